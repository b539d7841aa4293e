//! What the crate depends on is what `deny.toml` allows, judged offline.
//!
//! The same file is for `cargo deny`; this test holds bans, licences and sources without it.

mod deny;
mod graph;
mod licence;

use std::process::Command;

use deny::{Deny, read};
use graph::Graph;

const MANIFEST_FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(MANIFEST_FOLDER)
        .output()
        .map_err(|error| format!("{program} does not start: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{program} {}: {told}", arguments.join(" ")));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// What cargo resolves for the target that these tests run on.
///
/// A build does not download optional packages that no feature turns on, but cargo describes the
/// graph only with their manifests: where they are missing, and then alone, it may fetch them.
fn resolved() -> Graph {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let version = run(&cargo, &["-vV"]).expect("cargo tells its version");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("cargo names its host");
    let arguments = [
        "metadata",
        "--locked",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ];
    let metadata = run(&cargo, &[&arguments, ["--offline"].as_slice()].concat())
        .or_else(|offline| run(&cargo, &arguments).map_err(|online| format!("{offline}\n{online}")));
    Graph::read(&metadata.unwrap_or_else(|error| panic!("{error}")))
}

fn allowed() -> Deny {
    let path = format!("{MANIFEST_FOLDER}/deny.toml");
    read(&std::fs::read_to_string(&path).expect("deny.toml is there"))
        .expect("deny.toml says what this test reads")
}

#[test]
fn what_the_crate_depends_on_is_what_deny_toml_allows() {
    let graph = resolved();
    assert!(graph.packages().count() > 100, "the dependencies were found");
    let found = allowed().violations(&graph);
    assert!(
        found.is_empty(),
        "{} dependencies are not allowed:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn deny_toml_bans_every_second_tls_and_http_stack() {
    let deny = allowed();
    for (name, version) in [
        ("ring", "0.17.14"),
        ("openssl", "0.10.0"),
        ("openssl-sys", "0.9.0"),
        ("native-tls", "0.2.0"),
        ("rustls", "0.21.12"),
        ("hyper", "0.14.32"),
    ] {
        assert!(deny.ban(name, version).is_some(), "{name} {version}");
    }
    for (name, version) in [
        ("rustls", "0.23.46"),
        ("hyper", "1.0.0"),
        ("hyper-rustls", "0.14.0"),
    ] {
        assert_eq!(deny.ban(name, version), None, "{name} {version}");
    }
}
