//! The record of what was decided: one line of JSON a decision, appended to a file.
//!
//! A decision is handed to its writer before the tool is called. When the writer cannot keep up, callers wait: nothing is
//! left out.

mod counted;
mod line;
mod writer;

pub use line::{Asked, Decided, Shown};
pub use writer::{DecisionLog, DecisionLogError};
