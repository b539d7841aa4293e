//! Programs of the tests that are written in Go, because what they are made of is.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs in Go collect their garbage less often than they do by themselves: there is memory enough, and processors are few.
pub const GARBAGE: (&str, &str) = ("GOGC", "400");

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
