//! The command line: the only room that reads the environment.

use std::process::ExitCode;

/// Runs the program that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
