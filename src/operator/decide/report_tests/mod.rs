//! The report, tested: what the conditions say in every row of the table.

mod adoption_edits;
mod adoptions;
mod classes;
mod consents;
mod golden;
mod notes;
mod paces;
mod proofs;
mod rows;
pub(super) mod scene;
mod sequences;
mod successors;
