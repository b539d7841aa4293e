//! What those who wait for an object see: kubectl, Helm, Flux, and the people who read its columns
//! (kubernetes-conventions.md 1.2 to 1.7, checks A3 to A7).

mod golden;
mod helm;
mod history;
mod kubectl;
mod statuses;
mod truth;
