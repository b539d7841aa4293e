//! The report, tested: what the conditions say in every row of the table.

mod rows;
mod scene;
mod sequences;
