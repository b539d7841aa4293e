//! Parse the command line, run, answer with an exit code.

use std::process::ExitCode;

/// The allocator: with that of glibc the operator keeps nearly twice as much after a burst of passes, and that of musl makes
/// threads wait for each other (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    agentcore_policy_operator::cli::main()
}
