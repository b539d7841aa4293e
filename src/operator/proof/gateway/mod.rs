//! One gateway that three objects and strangers write to, by random ways over the real functions of `decide`: its own object,
//! the attachment of an engine, and a target that is not to be exposed before (reliability.md 2.5, 2.6.2).

mod cloud;
mod pass;
mod walks;
mod world;
