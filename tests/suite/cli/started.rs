//! What the program prints when it starts, how it is set up, and how it ends.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::program;
use crate::lifecycle::scene::{Scene, engine, permit, policy};
use crate::rig::process::Process;
use crate::rig::wait::wait_until;
use crate::rig::{Backend, ControlPlane, Namespace, OperatorSetup, http};

const SOON: Duration = Duration::from_secs(20);
/// How long an orderly end may take.
const END: Duration = Duration::from_secs(10);

#[test]
fn crds_prints_what_kubectl_applies() {
    let dir = TempDir::new().expect("a folder");
    let mut process = Process::start(program(&["crds"]), dir.path(), "crds");
    assert!(process.wait(SOON).success(), "{}", process.stderr());
    assert_eq!(process.stderr(), "");
    let cluster = ControlPlane::shared();
    let args = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
    let applied = cluster
        .kubectl_with(&cluster.kubeconfig(), &args, &process.stdout())
        .success();
    for name in ["policyengines.agentcore.dev", "policies.agentcore.dev"] {
        assert!(applied.contains(name), "{applied}");
    }
}

#[test]
fn the_first_line_of_a_backend_says_where_it_listens() {
    let dir = TempDir::new().expect("a folder");
    let mut backend = Backend::start(dir.path(), &[]);
    let printed = backend.process().stdout();
    let url = printed
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("listening on "));
    let url = url.unwrap_or_else(|| panic!("the first line: {printed}"));
    assert!(
        url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"),
        "{url}"
    );
    let answer = http::get(&format!("{url}/policy-engines")).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_backend_ends_well_on_sigterm_and_on_sigint_with_connections_open() {
    for signal in ["TERM", "INT"] {
        let dir = TempDir::new().expect("a folder");
        let mut backend = Backend::start(dir.path(), &["--transition-delay", "30s"]);
        let created = http::request(
            "POST",
            &format!("{}/policy-engines", backend.url),
            r#"{"name": "Slow"}"#,
        );
        assert_eq!(created.expect("an answer").status, 202);
        // One client says nothing, another has begun a request.
        let address = backend.url.trim_start_matches("http://").to_owned();
        let _idle = TcpStream::connect(&address).expect("a connection");
        let mut half = TcpStream::connect(&address).expect("a connection");
        half.write_all(b"POST /policy-engines HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            .expect("a beginning");
        let began = Instant::now();
        backend.process().signal(signal);
        let status = backend.process().wait(SOON);
        assert_eq!(status.code(), Some(0), "{signal}: {}", backend.process().stderr());
        assert!(began.elapsed() < END, "{signal}: {:?}", began.elapsed());
        // What was accepted is there at the next start.
        drop(backend);
        let backend = Backend::start(dir.path(), &[]);
        let listed = http::get(&format!("{}/policy-engines", backend.url)).expect("an answer");
        assert!(listed.body.contains("\"Slow\""), "{}", listed.body);
    }
}

#[test]
fn an_operator_ends_well_on_sigterm_also_in_the_middle_of_work() {
    let scene = Scene::with_backend("cli-term", &["--transition-delay", "30s"]);
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_reason("acpe/refunds", "Creating");
    let began = Instant::now();
    assert_eq!(operator.terminate().code(), Some(0), "with AWS at work");
    assert!(began.elapsed() < END, "{:?}", began.elapsed());

    let namespace = Namespace::new("cli-term-local");
    let mut operator = OperatorSetup::local(&namespace).start_ready();
    let url = operator.backend_url();
    let _idle = TcpStream::connect(url.trim_start_matches("http://")).expect("a connection");
    let began = Instant::now();
    assert_eq!(
        operator.terminate().code(),
        Some(0),
        "with the backend in its process"
    );
    assert!(began.elapsed() < END, "{:?}", began.elapsed());
}

#[test]
fn a_backend_is_set_up_by_variables_and_a_flag_counts_more() {
    let dir = TempDir::new().expect("a folder");
    let data = dir.path().join("from-variable");
    let mut command = program(&["backend", "--account-id", "210987654321"]);
    command
        .env("AGENTCORE_OPERATOR_LISTEN", "127.0.0.1:0")
        .env("AGENTCORE_OPERATOR_DATA_DIR", &data)
        .env("AGENTCORE_OPERATOR_REGION", "eu-west-1")
        .env("AGENTCORE_OPERATOR_ACCOUNT_ID", "999999999999")
        .env("AGENTCORE_OPERATOR_TRANSITION_DELAY", "0s");
    let mut process = Process::start(command, dir.path(), "backend");
    let url = process.line_after("listening on ", SOON);
    let created = http::request("POST", &format!("{url}/policy-engines"), r#"{"name": "Engine"}"#);
    let created: Value = serde_json::from_str(&created.expect("an answer").body).expect("JSON");
    let arn = created["policyEngineArn"].as_str().expect("an ARN");
    let begin = "arn:aws:bedrock-agentcore:eu-west-1:210987654321:policy-engine/Engine-";
    assert!(arn.starts_with(begin), "{arn}");
    assert!(data.join("backend.sqlite").exists());
}

#[test]
fn an_operator_is_set_up_by_variables_alone() {
    let namespace = Namespace::new("cli-env");
    let setup = OperatorSetup::local(&namespace);
    let dir = namespace.dir();
    let mut command = program(&["run"]);
    command
        .env("KUBECONFIG", setup.kubeconfig())
        .env("AGENTCORE_OPERATOR_BACKEND", "local")
        .env("AGENTCORE_OPERATOR_DATA_DIR", dir.join("data"))
        .env("AGENTCORE_OPERATOR_REGION", "eu-central-1")
        .env("AGENTCORE_OPERATOR_WATCH_NAMESPACE", &namespace.name)
        .env("AGENTCORE_OPERATOR_CLUSTER_ID", "variables")
        .env("AGENTCORE_OPERATOR_METRICS_LISTEN", "127.0.0.1:0")
        .env("AGENTCORE_OPERATOR_LOG_FORMAT", "text");
    let mut process = Process::start(command, &dir, "from-variables");
    process.line_after("backend listening on ", SOON);
    namespace
        .apply(&engine("refunds", json!({})).to_string())
        .success();
    let arn = wait_until("the engine's ARN", SOON, || {
        let ended = process.ended();
        assert!(ended.is_none(), "it ended: {}", process.stderr());
        let engine = namespace.get("acpe", "refunds").unwrap_or_default();
        let arn = engine["status"]["policyEngineArn"].as_str();
        arn.map(str::to_owned).ok_or_else(|| engine["status"].to_string())
    });
    assert!(arn.contains(":eu-central-1:"), "{arn}");
    let log = process.stderr();
    assert!(
        log.lines().all(|line| !line.starts_with('{')),
        "text, not JSON: {log}"
    );
}

#[test]
fn a_taken_down_operator_leaves_its_data_to_the_next() {
    let namespace = Namespace::new("cli-again");
    let setup = OperatorSetup::local(&namespace);
    let operator = setup.start_ready();
    namespace
        .apply(&engine("refunds", json!({})).to_string())
        .success();
    let ready = ["wait", "--for=condition=Ready", "acpe/refunds", "--timeout=20s"];
    namespace.kubectl(&ready).success();
    assert_eq!(operator.terminate().code(), Some(0));
    assert!(fs::metadata(namespace.dir().join("data/backend.sqlite")).is_ok());
    let mut operator = setup.start_ready();
    let listed = http::get(&format!("{}/policy-engines", operator.backend_url())).expect("an answer");
    assert_eq!(
        listed.body.matches("policyEngineId").count(),
        1,
        "{}",
        listed.body
    );
}

#[test]
fn an_operator_signs_for_a_backend_of_its_own_that_verifies() {
    let namespace = Namespace::new("cli-signed");
    let keys = namespace.dir().join("keys.yaml");
    let text = json!([
        {
            "accessKeyId": "AKIAOPERATOR", "secretAccessKey": "sesame7f3d", "sessionToken": "sesame7f3d-token",
            "arn": "arn:aws:iam::123456789012:user/operator",
        },
        {"accessKeyId": "AKIAALICE", "secretAccessKey": "second", "arn": "arn:aws:iam::123456789012:user/alice"},
    ]);
    fs::write(&keys, text.to_string()).expect("a file");
    let guarded = [
        "--credentials",
        &keys.to_string_lossy(),
        "--admin-listen",
        "127.0.0.1:0",
    ];
    let mut operator = OperatorSetup::local(&namespace).args(&guarded).start_ready();
    namespace
        .apply(&engine("refunds", json!({})).to_string())
        .success();
    let ready = ["wait", "--for=condition=Ready", "acpe/refunds", "--timeout=20s"];
    namespace.kubectl(&ready).success();
    let unsigned = http::get(&format!("{}/policy-engines", operator.backend_url())).expect("an answer");
    assert_eq!(unsigned.status, 403, "{}", unsigned.body);
    let admin = operator.process().line_after("admin on ", SOON);
    let journal = http::get(&format!("{admin}/journal")).expect("an answer");
    let journal: Value = serde_json::from_str(&journal.body).expect("JSON");
    let entries = journal["entries"].as_array().expect("entries");
    let created = entries
        .iter()
        .find(|entry| entry["operation"] == "CreatePolicyEngine")
        .expect("the engine's creation");
    assert_eq!(
        created["principal"], "arn:aws:iam::123456789012:user/operator",
        "{created}"
    );
    let log = operator.process().stderr();
    assert!(!log.contains("sesame7f3d"), "a secret in {log}");
}

#[test]
fn an_operator_works_with_a_local_backend_that_runs_already_and_signs_for_it() {
    let namespace = Namespace::new("cli-beside");
    let keys = namespace.dir().join("keys.yaml");
    let key = json!([{
        "accessKeyId": "AKIAOPERATOR", "secretAccessKey": "sesame7f3d",
        "arn": "arn:aws:iam::123456789012:user/operator",
    }]);
    fs::write(&keys, key.to_string()).expect("a file");
    let keys = keys.to_string_lossy();
    let backend = Backend::start(&namespace.dir(), &["--credentials", &keys]);
    let operator = OperatorSetup::beside(&namespace, &backend.url)
        .args(&["--credentials", &keys])
        .start_ready();
    namespace
        .apply(&engine("refunds", json!({})).to_string())
        .success();
    let ready = ["wait", "--for=condition=Ready", "acpe/refunds", "--timeout=20s"];
    namespace.kubectl(&ready).success();
    assert_eq!(operator.terminate().code(), Some(0), "without the backend");
    let unsigned = http::get(&format!("{}/policy-engines", backend.url)).expect("it still answers");
    assert_eq!(unsigned.status, 403, "{}", unsigned.body);
}
