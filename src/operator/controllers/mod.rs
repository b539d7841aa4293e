//! Glue: the one pass that every kind goes through, when to make it, and which watch wakes whom.

mod backoff;
mod clock;
mod config;
mod context;
mod draft;
mod holders;
mod kinds;
mod lanes;
mod lead;
mod notices;
mod pass;
mod release;
mod remembered;
mod rooms;
mod run;
mod tell;
mod waiting;
mod wake;

pub use config::{OperatorConfig, OperatorError};
pub use draft::{DraftAnswer, DraftConfig, DraftError, draft};
pub use release::release_finalizers;
pub use run::run;
