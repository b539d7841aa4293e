//! The program as people and machines start it: what it prints, how it refuses, how it ends, what it
//! serves beside its work, and what it keeps to itself.

mod database;
mod generated;
mod log;
mod probes;
mod refused;
mod released;
mod started;

use std::process::Command;

use crate::rig::backend;

/// The program with nothing of this process's environment that it would read.
fn program(args: &[&str]) -> Command {
    let mut command = backend::command();
    let read = |name: &String| {
        ["AGENTCORE_", "AWS_", "KUBE"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    for name in std::env::vars().map(|(name, _)| name).filter(read) {
        command.env_remove(name);
    }
    // A home without a kubeconfig and without AWS's files; no network is asked for credentials or a region.
    command
        .args(args)
        .env("HOME", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}
