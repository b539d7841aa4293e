//! What can happen, one step at a time.

use super::backend::{Phase, STRANGER};
use super::kernel::Kernel;
use super::world::{Budget, Controller, ENGINE, OBJECTS, Pass, World};

/// Requests that may be under way with nobody waiting for them.
const LATE: usize = 2;

/// A step. Numbers are a controller's, an object's (which is its AWS name's), or a late request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A pass begins: it reads an object.
    Read(usize, usize),
    /// It looks at the service and sends what it plans.
    Look(usize),
    /// The same, but it sees the service as its last look showed it.
    LookBack(usize),
    /// The look fails.
    LookFails(usize),
    /// Its request arrives and is served.
    Deliver(usize),
    /// Its request arrives twice.
    DeliverTwice(usize),
    /// Its request is answered 429 or 503 and not served.
    Refuse(usize),
    /// Its request is lost.
    LoseRequest(usize),
    /// It gives its request up, which arrives later all the same.
    Delay(usize),
    /// It hears the answer.
    Hear(usize),
    /// The answer is lost.
    LoseReply(usize),
    /// It writes status or finalizer.
    Publish(usize),
    /// That write is lost.
    LosePublish(usize),
    /// It ends, with all it remembers; a request that it has sent may arrive.
    Crash(usize),
    /// It ends just before it sends its request.
    CrashUnsent(usize),
    /// A late request arrives.
    Arrive(usize),
    /// The service finishes what it is at, well or badly.
    Settle(usize, bool),
    /// Somebody deletes, or changes, a resource.
    Remove(usize),
    Alter(usize),
    /// Somebody edits, deletes, makes again an object, or wipes its status.
    Edit(usize),
    Delete(usize),
    Revive(usize),
    Wipe(usize),
    /// Much time passes while nothing is under way.
    Wait,
    /// Another process becomes the leader; the one before ends its pass all the same.
    Elect,
}

impl World {
    /// Every step that can be made.
    pub fn steps(&self, kernel: &Kernel, into: &mut Vec<Step>) {
        for c in 0..self.controllers.len() {
            self.controller_steps(c, into);
        }
        if self.budget.elections > 0 {
            into.push(Step::Elect);
        }
        into.extend((0..self.late.len()).map(Step::Arrive));
        for name in 0..OBJECTS {
            if let Some(resource) = self.backend.resources[name] {
                if resource.phase.busy() {
                    into.push(Step::Settle(name, true));
                    if self.budget.failures > 0 {
                        into.push(Step::Settle(name, false));
                    }
                } else {
                    let empty = name != ENGINE || self.backend.resources.iter().skip(1).all(Option::is_none);
                    if self.budget.removals > 0 && empty {
                        into.push(Step::Remove(name));
                    }
                    let ours = resource.maker != STRANGER;
                    if self.budget.alterations > 0 && ours && resource.phase == Phase::Active {
                        into.push(Step::Alter(name));
                    }
                }
            }
            self.object_steps(kernel, name, into);
        }
        if self.calm() {
            into.push(Step::Wait);
        }
    }

    fn object_steps(&self, kernel: &Kernel, slot: usize, into: &mut Vec<Step>) {
        let handled = kernel.setting.handled[slot];
        match self.objects[slot] {
            Some(object) => {
                if handled && self.budget.edits > 0 && !object.deleting {
                    into.push(Step::Edit(slot));
                }
                if handled && self.budget.deletions > 0 && !object.deleting {
                    into.push(Step::Delete(slot));
                }
                if self.budget.wipes > 0 && object.status != kernel.blank() {
                    into.push(Step::Wipe(slot));
                }
            }
            None => {
                if handled && self.budget.revivals > 0 && self.lives[slot] > 0 {
                    into.push(Step::Revive(slot));
                }
            }
        }
    }

    fn controller_steps(&self, c: usize, into: &mut Vec<Step>) {
        let Controller {
            memories,
            shelf,
            pass,
        } = &self.controllers[c];
        let Budget {
            crashes,
            lost,
            stale,
            refusals,
            ..
        } = self.budget;
        let room = self.late.len() < LATE;
        match pass {
            Pass::Idle => {
                let there = (0..OBJECTS).filter(|slot| c == self.leader && self.objects[*slot].is_some());
                into.extend(there.map(|slot| Step::Read(c, slot)));
            }
            Pass::Read { .. } => {
                into.push(Step::Look(c));
                if stale > 0 && shelf.is_some_and(|shelf| shelf != self.backend.resources) {
                    into.push(Step::LookBack(c));
                }
                if refusals > 0 {
                    into.push(Step::LookFails(c));
                }
            }
            Pass::Sent { .. } => {
                into.push(Step::Deliver(c));
                if lost > 0 {
                    into.push(Step::LoseRequest(c));
                    if room {
                        into.extend([Step::DeliverTwice(c), Step::Delay(c)]);
                    }
                }
                if refusals > 0 {
                    into.push(Step::Refuse(c));
                }
                if crashes > 0 {
                    into.push(Step::CrashUnsent(c));
                }
            }
            Pass::Answered { .. } => {
                into.push(Step::Hear(c));
                if lost > 0 {
                    into.push(Step::LoseReply(c));
                }
            }
            Pass::Concluded { .. } => {
                into.push(Step::Publish(c));
                if lost > 0 {
                    into.push(Step::LosePublish(c));
                }
            }
        }
        let forgets = *pass != Pass::Idle || memories.iter().any(Option::is_some);
        let sent = matches!(pass, Pass::Sent { .. });
        if crashes > 0 && forgets && (!sent || room) {
            into.push(Step::Crash(c));
        }
    }
}
