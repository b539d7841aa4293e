//! What keeps the program from starting is said in one line, with what to do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::program;
use crate::rig::process::Process;
use crate::rig::{ControlPlane, Namespace};

/// Runs the program, which has to end by itself with this exit code, and returns the line it ends with.
///
/// All before that line is log: JSON, one object a line.
#[track_caller]
pub fn refusal(dir: &Path, code: i32, args: &[&str]) -> String {
    let mut process = Process::start(program(args), dir, "refused");
    let status = process.wait(Duration::from_secs(20));
    let said = process.stderr();
    assert_eq!(status.code(), Some(code), "{args:?}: {said}");
    let mut lines: Vec<&str> = said.lines().collect();
    let last = lines.pop().expect("a line on standard error");
    for line in lines {
        let log: Result<Value, _> = serde_json::from_str(line);
        assert!(
            log.is_ok(),
            "{args:?}: more than one line for people: {line}\n{said}"
        );
    }
    let sentence = last.strip_prefix("agentcore-policy-operator: ");
    let sentence = sentence.unwrap_or_else(|| panic!("{args:?}: {said}")).to_owned();
    assert!(sentence.chars().count() <= 300, "long-winded: {sentence}");
    for noise in ["Error", "Some(", "{ ", "\\\"", "error: ", ".."] {
        assert!(
            !sentence.contains(noise),
            "{noise:?} tells a user nothing: {sentence}"
        );
    }
    sentence
}

/// The arguments of `run` with a backend that works.
fn run<'a>(data: &'a str, kubeconfig: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let always = [
        "run",
        "--backend",
        "local",
        "--data-dir",
        data,
        "--kubeconfig",
        kubeconfig,
    ];
    [&always, more].concat()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn a_command_line_that_is_none_is_refused_in_one_line() {
    let dir = TempDir::new().expect("a folder");
    for (line, said) in [
        (
            "run",
            "the following required arguments were not provided: --backend <BACKEND>. See --help",
        ),
        (
            "run --backend azure",
            "invalid value 'azure' for '--backend <BACKEND>' [possible values: local, aws]",
        ),
        ("run --backend local --dry", "unexpected argument '--dry' found"),
        (
            "run --backend local --reqion x",
            "a similar argument exists: '--region'",
        ),
        ("serve", "unrecognized subcommand 'serve'"),
        (
            "backend --listen here",
            "invalid value 'here' for '--listen <LISTEN>'",
        ),
        (
            "backend --transition-delay soon",
            "give a duration such as 50ms, 30s, 5m or 1h30m",
        ),
        ("backend --region US_East", "give a region such as us-east-1"),
        (
            "run --backend aws --endpoint-url host:443",
            "give a URL such as https://",
        ),
        (
            "run --backend local --watch-namespace a,B",
            "invalid value 'B' for '--watch-namespace <WATCH_NAMESPACES>': give the name of a namespace",
        ),
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let sentence = refusal(dir.path(), 2, &args);
        assert!(sentence.contains(said), "{line}: {sentence}");
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_with_what_it_should_be() {
    let dir = TempDir::new().expect("a folder");
    for (args, said) in [
        (
            &["backend", "--account-id", "12"][..],
            "`12` is no AWS account id; give twelve digits",
        ),
        (
            &["backend", "--log-level", "loud"],
            "is no level: use error, warn, info, debug, trace",
        ),
    ] {
        let sentence = refusal(dir.path(), 1, args);
        assert!(sentence.contains(said), "{args:?}: {sentence}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_written_or_holds_something_else_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("file");
    fs::write(&file, "something else").expect("a file");
    // Not even root makes a directory below a file.
    for data in [file.clone(), file.join("data")] {
        let sentence = refusal(
            dir.path(),
            1,
            &["backend", "--listen", "127.0.0.1:0", "--data-dir", &text(&data)],
        );
        let begin = format!("cannot use the data directory {}: ", text(&data));
        assert!(sentence.starts_with(&begin), "{sentence}");
        assert!(
            sentence.ends_with("choose a directory that this process may write to"),
            "{sentence}"
        );
    }
    assert_eq!(fs::read(&file).expect("the file"), b"something else");

    let data = dir.path().join("data");
    fs::create_dir(&data).expect("a folder");
    let database = data.join("backend.sqlite");
    let garbage = b"this is no database".repeat(300);
    fs::write(&database, &garbage).expect("a file");
    let kubeconfig = ControlPlane::shared().kubeconfig();
    for args in [
        vec!["backend", "--listen", "127.0.0.1:0", "--data-dir", &text(&data)],
        run(
            &text(&data),
            &text(&kubeconfig),
            &["--metrics-listen", "127.0.0.1:0"],
        ),
    ] {
        let sentence = refusal(dir.path(), 1, &args);
        let begin = format!(
            "the database {} is damaged or none of this program's",
            text(&database)
        );
        assert!(sentence.starts_with(&begin), "{sentence}");
        assert!(
            sentence.contains("restore it from a copy, or move it away"),
            "{sentence}"
        );
    }
    assert!(
        fs::read(&database).expect("the file") == garbage,
        "left as it was"
    );
}

#[test]
fn an_address_in_use_is_refused_with_the_flag_to_change() {
    let dir = TempDir::new().expect("a folder");
    let data = text(&dir.path().join("data"));
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address").to_string();
    let kubeconfig = text(&ControlPlane::shared().kubeconfig());
    let backend = format!("cannot listen on {address}: Address already in use");
    for (args, said) in [
        (
            vec!["backend", "--data-dir", &data, "--listen", &address],
            backend.as_str(),
        ),
        (run(&data, &kubeconfig, &["--local-listen", &address]), &backend),
        (
            run(&data, &kubeconfig, &["--metrics-listen", &address]),
            "Choose another --metrics-listen",
        ),
    ] {
        let sentence = refusal(dir.path(), 1, &args);
        assert!(
            sentence.contains(said) && sentence.contains(&address),
            "{sentence}"
        );
    }
}

#[test]
fn a_kubeconfig_that_is_not_there_or_none_is_refused_with_its_path() {
    let dir = TempDir::new().expect("a folder");
    let data = text(&dir.path().join("data"));
    let absent = text(&dir.path().join("absent"));
    let garbage = text(&dir.path().join("garbage"));
    fs::write(&garbage, "clusters: [").expect("a file");
    let empty = text(&dir.path().join("empty"));
    fs::write(&empty, "").expect("a file");
    for (path, said) in [
        (&absent, "No such file or directory"),
        (&garbage, "it is no YAML of a kubeconfig (line 1 column"),
        (&empty, "current context"),
    ] {
        let sentence = refusal(dir.path(), 1, &run(&data, path, &[]));
        let begin = format!("cannot use the kubeconfig {path}: ");
        assert!(
            sentence.starts_with(&begin) && sentence.contains(said),
            "{sentence}"
        );
        assert!(
            sentence.ends_with("Correct the file, or name another with --kubeconfig"),
            "{sentence}"
        );
    }
    let nowhere = ["run", "--backend", "local", "--data-dir", &data];
    let sentence = refusal(dir.path(), 1, &nowhere);
    assert!(
        sentence.starts_with("no way to a Kubernetes API server: /nonexistent/.kube/config"),
        "{sentence}"
    );
    assert!(
        sentence.contains("Set KUBECONFIG or --kubeconfig, or run in a Pod"),
        "{sentence}"
    );
}

/// The administrator's kubeconfig with another value for one of its members.
fn kubeconfig_with(dir: &Path, cluster: &ControlPlane, member: &str, value: &str) -> String {
    let admin = fs::read_to_string(cluster.kubeconfig()).expect("the administrator's kubeconfig");
    let begin = format!("{member}: ");
    let lines = admin.lines().map(|line| match line.find(&begin) {
        Some(at) => format!("{}{begin}{value}\n", &line[..at]),
        None => format!("{line}\n"),
    });
    let path = dir.join(format!("kubeconfig-{member}"));
    fs::write(&path, lines.collect::<String>()).expect("a kubeconfig");
    text(&path)
}

#[test]
fn an_api_server_that_does_not_answer_does_not_know_us_or_refuses_is_told_as_such() {
    let namespace = Namespace::new("cli-refused");
    let (cluster, dir) = (namespace.cluster, namespace.dir());
    let data = text(&dir.join("data"));
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("https://{}", listener.local_addr().expect("its address"))
    };
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = format!("https://{}", silent.local_addr().expect("its address"));
    namespace
        .kubectl(&["create", "serviceaccount", "stranger"])
        .success();
    let stranger = namespace.kubectl(&["create", "token", "stranger"]).success();
    for (member, value, said) in [
        ("server", nobody.as_str(), "does not answer: Connection refused"),
        ("server", &silent, "does not answer: "),
        (
            "token",
            "wrong",
            "does not accept the credentials: Unauthorized. Renew the token",
        ),
        ("token", &stranger, "cannot list resource \"policyengines\""),
    ] {
        let kubeconfig = kubeconfig_with(&dir, cluster, member, value);
        let sentence = refusal(
            &dir,
            1,
            &run(&data, &kubeconfig, &["--metrics-listen", "127.0.0.1:0"]),
        );
        assert!(sentence.contains(said), "{member} {value}: {sentence}");
        assert!(
            !sentence.contains(&stranger),
            "a token is never shown: {sentence}"
        );
        let server = member == "token" || sentence.contains(value);
        assert!(server, "the address is told: {sentence}");
    }
    let kubeconfig = kubeconfig_with(&dir, cluster, "token", &stranger);
    let sentence = refusal(&dir, 1, &run(&data, &kubeconfig, &[]));
    assert!(
        sentence.contains("Install the chart's RBAC for this account"),
        "{sentence}"
    );
}

#[test]
fn missing_crds_are_told_with_the_command_that_installs_them() {
    let cluster = ControlPlane::start();
    let dir = TempDir::new().expect("a folder");
    let (data, kubeconfig) = (text(&dir.path().join("data")), text(&cluster.kubeconfig()));
    let sentence = refusal(dir.path(), 1, &run(&data, &kubeconfig, &[]));
    assert!(
        sentence.contains("policyengines.agentcore.dev is not installed"),
        "{sentence}"
    );
    let command = "agentcore-policy-operator crds | kubectl apply --server-side -f -";
    assert!(sentence.contains(command), "{sentence}");
}

#[test]
fn aws_without_a_region_is_refused_before_anything_is_promised() {
    let dir = TempDir::new().expect("a folder");
    let kubeconfig = text(&ControlPlane::shared().kubeconfig());
    let args = [
        "run",
        "--backend",
        "aws",
        "--kubeconfig",
        &kubeconfig,
        "--metrics-listen",
        "127.0.0.1:0",
    ];
    let sentence = refusal(dir.path(), 1, &args);
    assert!(
        sentence.starts_with("no AWS region: give --region, set AWS_REGION"),
        "{sentence}"
    );
}
