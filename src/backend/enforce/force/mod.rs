//! What is in force at each gateway, in memory: read once, and changed as records change.
//!
//! A call takes what is in force once, and is decided by that, whatever changes meanwhile. What is not loaded takes no
//! calls, and what cannot be loaded allows none.

mod follow;
mod gate;
mod load;
#[cfg(test)]
mod tests;

pub use follow::{Closed, Force};
pub use gate::{Engine, Gate};
