//! The control plane that every other test stands on.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::rig::wait::wait_for;
use crate::rig::{ControlPlane, controlplane};

#[test]
fn a_control_plane_serves_and_deletes_namespaces_and_leaves_nothing_behind() {
    let cluster = ControlPlane::start();
    let version = cluster.kubectl(&["version", "-o", "json"]).success();
    let version: serde_json::Value = serde_json::from_str(&version).expect("JSON");
    assert!(
        version["serverVersion"]["gitVersion"]
            .as_str()
            .expect("a version")
            .starts_with("v1.")
    );
    cluster.kubectl(&["create", "namespace", "short-lived"]).success();
    cluster
        .kubectl(&["delete", "namespace", "short-lived", "--timeout=60s"])
        .success();

    let dir = cluster.dir().to_owned();
    let addresses = addresses(&dir);
    assert!(addresses.iter().all(|address| listens(address)));
    drop(cluster);
    assert!(!dir.exists(), "its folder is removed");
    assert!(
        !addresses.iter().any(|address| listens(address)),
        "its programs have ended"
    );
}

#[test]
fn a_killed_supervisor_takes_its_programs_with_it() {
    let dir = std::env::temp_dir().join(format!("agentcore-suite-{}-killed", std::process::id()));
    let start = Command::new(controlplane::program())
        .arg("start")
        .arg(&dir)
        .output()
        .expect("it starts");
    assert!(
        start.status.success(),
        "{}",
        String::from_utf8_lossy(&start.stderr)
    );
    let pid = fs::read_to_string(dir.join("controlplane.pid")).expect("its process id");
    let addresses = addresses(&dir);
    Command::new("sh")
        .args(["-c", r#"kill -KILL "$1""#, "sh", pid.trim()])
        .status()
        .expect("a shell");
    wait_for("the programs to end", Duration::from_secs(10), || {
        !addresses.iter().any(|address| listens(address))
    });

    let stop = Command::new(controlplane::program())
        .arg("stop")
        .arg(&dir)
        .status()
        .expect("it starts");
    assert!(stop.success());
    assert!(!dir.exists(), "what it left is removed by stop");
}

/// Where the API server and etcd listen.
fn addresses(dir: &Path) -> [String; 2] {
    let kubeconfig = fs::read_to_string(dir.join("kubeconfig")).expect("a kubeconfig");
    let server = kubeconfig
        .lines()
        .find_map(|line| line.trim().strip_prefix("server: https://"));
    let etcd = fs::read_to_string(dir.join("etcd.endpoint")).expect("etcd's address");
    [
        server.expect("a server").to_owned(),
        etcd.trim_start_matches("http://").to_owned(),
    ]
}

fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}
