//! The command line: the only room that reads the environment.

mod args;
mod crds;
mod run;

pub use crds::{all as crds_yaml, to_yaml as crd_yaml};

use args::{Args, Command};
use clap::Parser as _;
use std::io::Write as _;
use std::process::ExitCode;

/// Runs the program that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let ended = match args.command {
        Command::Crds => crds::all().and_then(|yaml| {
            std::io::stdout()
                .write_all(yaml.as_bytes())
                .map_err(|error| format!("cannot print the CRDs: {error}"))
        }),
        Command::Backend(args) => run::backend(args),
        Command::Run(args) => run::operator(args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("agentcore-policy-operator: {message}");
            ExitCode::FAILURE
        }
    }
}
