//! Programs of the tests that are written in Go, because what they are made of is.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program in Go, which collects its garbage less often than it does by itself, as do those that it starts: there is memory
/// enough, and processors are few.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("GOGC", "400");
    command
}

/// Builds the program in `tests/NAME`.
pub fn build(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(sources)
        .status()
        .expect("Go is installed");
    assert!(built.success(), "tests/{name} does not build");
    program
}
