//! The model as stateright takes it: states, steps, and what must hold of every state.

use super::drain::Drain;
use super::kernel::Kernel;
use super::mutant::Mutant;
use super::offers::Step;
use super::setting::Setting;
use super::world::{Harm, OBJECTS, World};
use stateright::{Model, Property};

/// The operator among faults.
#[derive(Debug)]
pub struct Operator {
    pub kernel: Kernel,
    pub drain: Drain,
}

impl Operator {
    pub fn new(setting: Setting, mutant: Option<Mutant>) -> Self {
        Self {
            kernel: Kernel::new(setting, mutant),
            drain: Drain::default(),
        }
    }
}

impl Model for Operator {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![self.kernel.setting.world(&self.kernel)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        if world.harm.is_none() {
            world.steps(&self.kernel, steps);
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        Some(world.after(&self.kernel, step)).filter(|next| next != world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(I2, |_, world: &World| world.harm != Some(Harm::Touched)),
            Property::always(I3, |_, world: &World| world.harm != Some(Harm::Untrue)),
            Property::always(HELD, |_, world: &World| world.harm != Some(Harm::Unheld)),
            Property::always(TOKEN, |_, world: &World| world.harm != Some(Harm::Mismatched)),
            Property::always(I8, |_, world: &World| world.harm != Some(Harm::Open)),
            Property::always(I4, |model: &Self, world: &World| !leaks(model, world)),
            Property::always(I6, |model: &Self, world: &World| {
                world.harm.is_some() || model.drain.rounds(&model.kernel, world).is_ok()
            }),
        ]
    }
}

pub const I2: &str = "I2: what is not marked as owned is never changed or deleted";
pub const I3: &str = "I3: Ready is said only of what was seen to be so";
pub const HELD: &str = "2.6.1: the finalizer is durable before the first request";
pub const TOKEN: &str = "2.2.1: no client token is sent with two requests";
pub const I8: &str = "I8: a declared policy in force is never deleted by the operator";
pub const I4: &str = "I4: an object goes only after its resource";
pub const I6: &str =
    "I5, I6: without faults the goal is reached in bounded rounds, and then nothing is written";

/// A resource whose object is gone, though it was not to be retained.
fn leaks(model: &Operator, world: &World) -> bool {
    (0..OBJECTS).any(|slot| {
        let ours = world.backend.resources[slot].is_some_and(|resource| resource.maker == slot);
        ours && world.objects[slot].is_none() && !model.kernel.setting.retained[slot]
    })
}
