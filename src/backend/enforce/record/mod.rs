//! The record of what was decided: one line of JSON a decision, appended to a file and chained to the line before it.
//!
//! A line is written before the tool is called: the operating system has it then, so that it outlives this process. What
//! could not be written is not called, unless that is wanted ([`DecisionLogFailure`]).

mod chain;
mod counted;
mod file;
mod line;
mod shape;
mod writer;

pub use chain::Chain;
pub use counted::blame;
pub use line::{Asked, Decided, Shown};
pub use writer::{DecisionLog, DecisionLogError, DecisionLogFailure};
