//! Parse the command line, run, answer with an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    agentcore_policy_operator::cli::main()
}
