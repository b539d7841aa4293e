//! F41: a disk that is full, or that fails to flush. What was answered is kept, and what could not be kept is not answered
//! so. (Torn writes: `a_log_whose_end_is_torn_gives_all_commits_before_the_tear`, beside the store.)

use crate::rig::Backend;
use crate::rig::backend::{command, program};
use crate::rig::http::{get, request};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// How large a file may become, in blocks of 512 bytes, and the number of engines that surely need more.
const BLOCKS: &str = "1500";
const ENOUGH: usize = 400;

/// Fails to flush, as a broken disk does, while a file is there.
const BROKEN_DISK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int flush(const char *name, int fd) {
    const char *flag = getenv("BROKEN_DISK");
    if (flag && access(flag, F_OK) == 0) { errno = EIO; return -1; }
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    return real(fd);
}
int fsync(int fd) { return flush("fsync", fd); }
int fdatasync(int fd) { return flush("fdatasync", fd); }
"#;

/// Creates an engine; the status of the answer.
fn create(backend: &Backend, name: &str) -> u16 {
    let body = json!({"name": name, "description": "d".repeat(4000), "clientToken": token(name)}).to_string();
    let answer = request("POST", &format!("{}/policy-engines", backend.url), &body).expect("an answer");
    assert!(
        [202, 500].contains(&answer.status),
        "{name}: {} {}",
        answer.status,
        answer.body
    );
    answer.status
}

fn token(name: &str) -> String {
    format!("{name:a>33}").replace('_', "0")
}

/// The names of all engines.
fn names(backend: &Backend) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut next = String::new();
    loop {
        let url = format!("{}/policy-engines?maxResults=100{next}", backend.url);
        let answer = get(&url).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page: Value = serde_json::from_str(&answer.body).expect("JSON");
        let engines = page["policyEngines"].as_array().expect("a list").iter();
        names.extend(engines.map(|engine| engine["name"].as_str().expect("a name").to_owned()));
        match page["nextToken"].as_str() {
            Some(token) => next = format!("&nextToken={token}"),
            None => return names,
        }
    }
}

#[test]
fn f41_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing_that_was_answered() {
    let directory = TempDir::new().expect("a folder");
    let mut command = Command::new("sh");
    // The limit is told as an error and not as a signal.
    command.args([
        "-c",
        r#"trap '' XFSZ; ulimit -f "$0"; exec "$@""#,
        BLOCKS,
        program(),
    ]);
    let mut backend = Backend::launch(command, "127.0.0.1:0", directory.path(), &[]);
    let (mut kept, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..ENOUGH {
        let name = format!("engine_{number}");
        if create(&backend, &name) == 202 {
            kept.insert(name);
        } else {
            refused.insert(name);
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "the disk was never full");
    assert!(!kept.is_empty());
    assert_eq!(
        names(&backend),
        kept,
        "it goes on to answer, and shows what it kept"
    );
    assert!(backend.process().ended().is_none());
    let log = backend.process().stderr();
    assert!(log.contains("\"level\":\"error\""), "nobody was told:\n{log}");
    backend.kill();
    let backend = Backend::start(directory.path(), &[]);
    assert_eq!(names(&backend), kept, "after a restart with room");
    for name in &refused {
        assert_eq!(create(&backend, name), 202, "{name}");
    }
    kept.extend(refused);
    assert_eq!(names(&backend), kept);
}

#[test]
fn f41_what_could_not_be_flushed_is_not_answered_as_kept_and_is_there_at_most_once_afterwards() {
    let directory = TempDir::new().expect("a folder");
    let (library, flag) = (
        directory.path().join("broken.so"),
        directory.path().join("broken"),
    );
    compile(directory.path(), &library);
    let mut command = command();
    command.env("LD_PRELOAD", &library).env("BROKEN_DISK", &flag);
    let mut backend = Backend::launch(command, "127.0.0.1:0", directory.path(), &[]);
    assert_eq!(create(&backend, "before"), 202);
    fs::write(&flag, "").expect("a file");
    assert_eq!(create(&backend, "during"), 500);
    fs::remove_file(&flag).expect("it is there");
    assert_eq!(create(&backend, "after"), 202, "it goes on when the disk does");
    assert!(backend.process().ended().is_none());
    let shown = names(&backend);
    assert!(shown.contains("before") && shown.contains("after"), "{shown:?}");
    backend.kill();
    let backend = Backend::start(directory.path(), &[]);
    let left = names(&backend);
    assert!(left.contains("before") && left.contains("after"), "{left:?}");
    // Whether the disk kept it or not, the same request makes it good.
    assert_eq!(create(&backend, "during"), 202);
    let all: Vec<String> = names(&backend).into_iter().collect();
    assert_eq!(all, ["after", "before", "during"]);
}

fn compile(directory: &Path, library: &Path) {
    let source = directory.join("broken.c");
    fs::write(&source, BROKEN_DISK).expect("a file");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([library, source.as_path()])
        .arg("-ldl")
        .output()
        .expect("the compiler that links this program");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
}
