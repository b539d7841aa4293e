//! What every step does to the world.

use super::backend::{ALTERED, Phase};
use super::kernel::{Kernel, Key};
use super::offers::Step;
use super::world::{Call, Controller, ENGINE, Harm, OBJECTS, Object, Pass, Reply, Verb, World};
use crate::model::FaultClass;
use crate::operator::decide::FinalizerChange;

impl World {
    /// The world after a step.
    pub fn after(&self, kernel: &Kernel, step: Step) -> Self {
        let mut next = self.clone();
        next.take(kernel, step);
        next.canonical()
    }

    fn take(&mut self, kernel: &Kernel, step: Step) {
        match step {
            Step::Read(c, slot) => self.read(c, slot),
            Step::Look(c) => {
                self.controllers[c].shelf = Some(self.backend.resources);
                self.look(kernel, c, Ok(()));
            }
            Step::LookBack(c) => {
                self.budget.stale -= 1;
                self.look(kernel, c, Ok(()));
            }
            Step::LookFails(c) => {
                self.budget.refusals -= 1;
                self.look(kernel, c, Err(FaultClass::Throttled));
            }
            Step::Deliver(c) => self.deliver(c),
            Step::DeliverTwice(c) => {
                self.budget.lost -= 1;
                self.send_late(c);
                self.deliver(c);
            }
            Step::Refuse(c) => {
                self.budget.refusals -= 1;
                self.hear(kernel, c, Some(Reply::Failed(FaultClass::Throttled)));
            }
            Step::LoseRequest(c) | Step::LoseReply(c) => {
                self.budget.lost -= 1;
                self.hear(kernel, c, Some(Reply::Failed(FaultClass::Unavailable)));
            }
            Step::Delay(c) => {
                self.budget.lost -= 1;
                self.send_late(c);
                self.hear(kernel, c, Some(Reply::Failed(FaultClass::Unavailable)));
            }
            Step::Hear(c) => self.hear(kernel, c, None),
            Step::Publish(c) => self.publish(kernel, c),
            Step::LosePublish(c) => {
                self.budget.lost -= 1;
                self.controllers[c].pass = Pass::Idle;
            }
            Step::Crash(c) => {
                self.budget.crashes -= 1;
                self.send_late(c);
                self.controllers[c] = Controller::FRESH;
            }
            Step::CrashUnsent(c) => {
                self.budget.crashes -= 1;
                self.controllers[c] = Controller::FRESH;
            }
            Step::Arrive(_)
            | Step::Settle(..)
            | Step::Remove(_)
            | Step::Alter(_)
            | Step::Edit(_)
            | Step::Delete(_)
            | Step::Revive(_)
            | Step::Wipe(_)
            | Step::Wait
            | Step::Elect => self.take_elsewhere(kernel, step),
        }
    }

    /// A step that is no controller's.
    fn take_elsewhere(&mut self, kernel: &Kernel, step: Step) {
        match step {
            Step::Arrive(late) => {
                let call = self.late.remove(late);
                self.serve_late(call);
            }
            Step::Settle(name, well) => {
                self.budget.failures -= u8::from(!well);
                self.backend.settle(name, well);
            }
            Step::Remove(name) => {
                self.budget.removals -= 1;
                self.backend.resources[name]
                    .iter_mut()
                    .for_each(|r| r.phase = Phase::Deleting);
            }
            Step::Alter(name) => {
                self.budget.alterations -= 1;
                self.backend.resources[name]
                    .iter_mut()
                    .for_each(|r| (r.content, r.clouded) = (ALTERED, true));
            }
            Step::Edit(slot) => {
                self.budget.edits -= 1;
                self.objects[slot].iter_mut().for_each(|object| object.spec += 1);
            }
            Step::Delete(slot) => {
                self.budget.deletions -= 1;
                self.objects[slot]
                    .iter_mut()
                    .for_each(|object| object.deleting = true);
                if self.objects[slot].is_some_and(|object| !object.held) {
                    self.gone(slot);
                }
            }
            Step::Revive(slot) => {
                self.budget.revivals -= 1;
                self.objects[slot] = Some(Object {
                    life: self.lives[slot],
                    spec: 0,
                    deleting: false,
                    held: false,
                    status: kernel.blank(),
                });
                self.lives[slot] += 1;
            }
            Step::Wipe(slot) => {
                self.budget.wipes -= 1;
                let blank = kernel.blank();
                self.objects[slot]
                    .iter_mut()
                    .for_each(|object| object.status = blank);
            }
            Step::Wait => self.wait(kernel),
            Step::Elect => {
                self.budget.elections -= 1;
                self.controllers[self.leader].memories = [None; OBJECTS];
                self.leader = 1 - self.leader;
                self.controllers[self.leader].shelf = None;
            }
            Step::Read(..)
            | Step::Look(_)
            | Step::LookBack(_)
            | Step::LookFails(_)
            | Step::Deliver(_)
            | Step::DeliverTwice(_)
            | Step::Refuse(_)
            | Step::LoseRequest(_)
            | Step::Delay(_)
            | Step::Hear(_)
            | Step::LoseReply(_)
            | Step::Publish(_)
            | Step::LosePublish(_)
            | Step::Crash(_)
            | Step::CrashUnsent(_) => {}
        }
    }

    /// Much time passes: every patience is over, and every listing is up to date.
    pub fn wait(&mut self, kernel: &Kernel) {
        for controller in &mut self.controllers {
            for (_, memory) in controller.memories.iter_mut().flatten() {
                *memory = kernel.aged(*memory);
            }
            controller.shelf = controller.shelf.map(|_| self.backend.resources);
        }
    }

    pub fn read(&mut self, c: usize, slot: usize) {
        if let Some(object) = self.objects[slot] {
            let engine = self.objects[ENGINE].filter(|_| slot != ENGINE);
            self.controllers[c].pass = Pass::Read { slot, object, engine };
        }
    }

    pub fn look(&mut self, kernel: &Kernel, c: usize, seen: Result<(), FaultClass>) {
        let Pass::Read { slot, object, engine } = self.controllers[c].pass else {
            return;
        };
        let listing = self.controllers[c].shelf.unwrap_or(self.backend.resources);
        let memory = self.controllers[c].memories[slot].filter(|(life, _)| *life == object.life);
        let (input, decision) = kernel.decide(Key {
            slot,
            object,
            engine,
            listing: seen.map(|()| listing),
            dependents: [false, self.objects[1].is_some(), self.objects[2].is_some()],
            memory: memory.map(|(_, id)| id),
        });
        match decision.call {
            None => self.end(kernel, c, input, Reply::Nothing),
            Some(call) => {
                if !object.held {
                    self.harm = Some(Harm::Unheld);
                }
                self.controllers[c].pass = Pass::Sent { input, call };
            }
        }
    }

    /// The request of a pass goes its own way.
    fn send_late(&mut self, c: usize) {
        if let Pass::Sent { call, .. } = self.controllers[c].pass {
            self.late.push(call);
        }
    }

    pub fn deliver(&mut self, c: usize) {
        if let Pass::Sent { input, call } = self.controllers[c].pass {
            let reply = self.serve(call);
            self.controllers[c].pass = Pass::Answered { input, reply };
        }
    }

    /// The service serves a request that nobody waits for.
    pub fn serve_late(&mut self, call: Call) {
        let before = self.backend.resources[call.slot];
        self.serve(call);
        if before.is_none()
            && let Some(made) = &mut self.backend.resources[call.slot]
        {
            made.clouded = true;
        }
    }

    /// The service serves a request; what it must never be asked for is noted.
    pub fn serve(&mut self, call: Call) -> Reply {
        let before = self.backend.resources[call.slot];
        let reply = self.backend.serve(call);
        if let (Reply::Accepted(_), Some(before)) = (reply, before) {
            let writes = !matches!(call.verb, Verb::Create { .. });
            let declared = self.objects[call.slot].is_some_and(|object| !object.deleting);
            if writes && before.maker != call.slot {
                self.harm = Some(Harm::Touched);
            } else if matches!(call.verb, Verb::Delete { .. }) && declared && before.in_force {
                self.harm = Some(Harm::Open);
            }
        }
        if reply == Reply::Failed(FaultClass::TokenMismatch) {
            self.harm = Some(Harm::Mismatched);
        }
        reply
    }

    pub fn hear(&mut self, kernel: &Kernel, c: usize, instead: Option<Reply>) {
        match self.controllers[c].pass {
            Pass::Sent { input, .. } => {
                if let Some(reply) = instead {
                    self.end(kernel, c, input, reply);
                }
            }
            Pass::Answered { input, reply } => self.end(kernel, c, input, instead.unwrap_or(reply)),
            Pass::Idle | Pass::Read { .. } | Pass::Concluded { .. } => {}
        }
    }

    /// The pass has its answer: it is remembered before anything is published.
    fn end(&mut self, kernel: &Kernel, c: usize, input: u32, reply: Reply) {
        let key = kernel.key(input);
        let conclusion = kernel.conclude(input, reply);
        let controller = &mut self.controllers[c];
        if c == self.leader {
            controller.memories[key.slot] = Some((key.object.life, conclusion.memory));
        }
        let silent = conclusion.patch.is_none() && conclusion.finalizer == FinalizerChange::Keep;
        controller.pass = if silent {
            Pass::Idle
        } else {
            Pass::Concluded { input, reply }
        };
    }
}
