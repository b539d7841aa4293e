//! The URL of a database and the password in it.

use std::time::Duration;

use tempfile::TempDir;

use super::program;
use super::refused::refusal;
use crate::rig::http::request;
use crate::rig::postgres;
use crate::rig::process::Process;

const VARIABLE: &str = "AGENTCORE_OPERATOR_DATABASE_URL";

fn backend<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["backend", "--listen", "127.0.0.1:0"], more].concat()
}

fn password(url: &str) -> &str {
    let (user, _) = url.split_once('@').expect("a URL with a user");
    user.rsplit(':').next().expect("a password")
}

#[test]
fn a_database_that_cannot_be_used_is_told_in_one_line_without_the_password() {
    let dir = TempDir::new().expect("a folder");
    let url = postgres::database();
    let wrong = url.replace(password(&url), "s3cret");
    let missing = format!("{url}_not");
    for (url, said) in [
        (
            "mysql://me:s3cret@127.0.0.1/db",
            "give one such as postgres://user:password@host:5432/database",
        ),
        (
            "postgres://me:s3cret@127.0.0.1:1/db",
            "cannot reach PostgreSQL at 127.0.0.1:1: ",
        ),
        (wrong.as_str(), "does not take user `agentcore`"),
        (missing.as_str(), "make it (`createdb test_"),
    ] {
        let sentence = refusal(dir.path(), 1, &backend(&["--database-url", url]));
        assert!(sentence.contains(said), "{sentence}");
        assert!(!sentence.contains(password(url)), "{sentence}");
    }
}

#[test]
fn the_password_is_in_no_line_of_help_or_log() {
    let dir = TempDir::new().expect("a folder");
    let url = postgres::database();
    let help = program(&["backend", "--help"])
        .env(VARIABLE, &url)
        .output()
        .expect("it starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(
        help.contains(VARIABLE) && !help.contains(password(&url)),
        "{help}"
    );

    let mut command = program(&backend(&["--log-level", "trace"]));
    command.env(VARIABLE, &url).current_dir(dir.path());
    let mut process = Process::start(command, dir.path(), "backend");
    let address = process.line_after("listening on ", Duration::from_secs(20));
    let made = request("POST", &format!("{address}/policy-engines"), r#"{"name":"e"}"#).expect("an answer");
    assert_eq!(made.status, 202, "{made:?}");
    process.signal("TERM");
    assert!(process.wait(Duration::from_secs(20)).success());
    let said = process.stdout() + &process.stderr();
    assert!(said.contains("the backend is serving"), "{said}");
    assert!(!said.contains(password(&url)), "the password was logged");
    // And nothing was made where the SQLite database would be.
    assert!(!dir.path().join("agentcore-data").exists());
}

#[test]
fn an_empty_variable_is_none() {
    let dir = TempDir::new().expect("a folder");
    let mut command = program(&backend(&[]));
    command.env(VARIABLE, "").current_dir(dir.path());
    let mut process = Process::start(command, dir.path(), "backend");
    process.line_after("listening on ", Duration::from_secs(20));
    assert!(dir.path().join("agentcore-data/backend.sqlite").exists());
}
