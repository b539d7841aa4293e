//! The planner, proved: stateright walks through every state that crashes, lost answers, stale looks, strangers and two
//! controllers can bring about, over the real functions of `decide` (reliability.md 6; docs/reliability.md).

mod backend;
mod drain;
mod gateway;
mod kernel;
mod manifest;
mod model;
mod mutant;
mod mutants;
mod offers;
mod publish;
mod setting;
mod steps;
mod tests;
mod walks;
mod world;
