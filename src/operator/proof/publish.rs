//! What the API server does with what a pass publishes, and whether that is the truth.

use super::backend::Phase;
use super::kernel::{Kernel, Key};
use super::mutant::Mutant;
use super::world::{Harm, Object, Pass, World};
use crate::operator::decide::FinalizerChange;

impl World {
    /// Status first, then the finalizer, each guarded by the version that was read.
    pub fn publish(&mut self, kernel: &Kernel, c: usize) {
        let Pass::Concluded { input, reply } = self.controllers[c].pass else {
            return;
        };
        self.controllers[c].pass = Pass::Idle;
        let key = kernel.key(input);
        let conclusion = kernel.conclude(input, reply);
        let guarded = Mutant::guards_status(kernel.mutant);
        let as_read = |object: &Object| *object == key.object || (!guarded && object.life == key.object.life);
        let Some(mut object) = self.objects[key.slot].filter(as_read) else {
            return;
        };
        if let Some(patch) = conclusion.patch {
            let before = object;
            object.status = kernel.merged(object.status, patch);
            self.objects[key.slot] = Some(object);
            if untrue(kernel, &key, before, object) {
                self.harm = Some(Harm::Untrue);
            }
        }
        let unchanged = object == key.object;
        match conclusion.finalizer {
            FinalizerChange::Keep => {}
            // The API server takes no new finalizer on what is being deleted.
            FinalizerChange::Add => {
                if unchanged && !object.deleting {
                    self.objects[key.slot] = Some(Object { held: true, ..object });
                }
            }
            FinalizerChange::Remove => {
                if unchanged {
                    self.objects[key.slot] = Some(Object {
                        held: false,
                        ..object
                    });
                    if object.deleting {
                        self.gone(key.slot);
                    }
                }
            }
        }
    }

    /// The object is gone, and what was remembered of it is forgotten.
    pub fn gone(&mut self, slot: usize) {
        self.objects[slot] = None;
        for controller in &mut self.controllers {
            controller.memories[slot] = None;
        }
    }
}

/// I3: `Ready` of this very generation is said, and the look that said so did not show it.
fn untrue(kernel: &Kernel, key: &Key, before: Object, after: Object) -> bool {
    let (told_before, told) = (kernel.told(before.status), kernel.told(after.status));
    let claims = |told: &super::kernel::Told| told.ready && told.observed == after.generation();
    if !claims(&told) {
        return false;
    }
    // Stale: what was true at the last look still stands.
    if told.reason == "Stale" && claims(&told_before) {
        return false;
    }
    let seen = key.listing.ok().and_then(|listing| listing[key.slot]);
    !seen.is_some_and(|it| it.maker == key.slot && it.phase == Phase::Active && it.content == after.spec)
}
