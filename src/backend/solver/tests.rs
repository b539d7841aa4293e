//! The solver's process: answers, and what becomes of bad ones.

use super::*;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A program that answers like this: a shell script.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("solver");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path
}

/// Answers each `(check-sat)` with the next of these words.
fn answering(words: &[&str]) -> String {
    let cases: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(index, word)| format!("{index}) echo '{word}';;"))
        .collect();
    let cases = cases.join(" ");
    format!(
        "n=0; while read -r line; do case \"$line\" in '(check-sat)') case $n in {cases} *) exit;; esac; n=$((n+1));; \
         esac; done"
    )
}

#[tokio::test]
async fn without_a_solver_nothing_is_proved() {
    let solver = Solver::start(&Cvc5::Off).await.expect("nothing is started");
    assert_eq!(solver.unsat(&["x", "y"]).await, [false, false]);
}

#[tokio::test]
async fn a_program_that_was_named_must_be_a_solver() {
    let folder = tempfile::tempdir().expect("a folder");
    for (script, why) in [
        ("exit 3", "cvc5 "),
        (
            &answering(&["unsat", "unsat", "unsat"]),
            "it gives a wrong answer to a question whose answer is known",
        ),
        (&answering(&["unknown"]), "cvc5 answers `unknown`"),
    ] {
        let error = Solver::start(&Cvc5::At(program(folder.path(), script)))
            .await
            .expect_err("it is no solver")
            .to_string();
        assert!(error.contains(why), "{error}");
        assert!(
            error.ends_with("; give the path of cvc5 1.0.3 or newer, or off"),
            "{error}"
        );
    }
    let missing = Solver::start(&Cvc5::At(folder.path().join("missing")))
        .await
        .expect_err("it is not there");
    assert!(missing.to_string().contains("it cannot be started"), "{missing}");
}

#[tokio::test]
async fn a_bad_answer_is_no_proof_and_the_next_question_gets_a_new_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = program(
        folder.path(),
        &answering(&["unsat", "sat", "unsat", "unsat", "(error \"x\")", "unsat"]),
    );
    let solver = Solver::start(&Cvc5::At(program))
        .await
        .expect("it knows the known answers");
    let scripts = ["(check-sat)\n"; 4];
    // Its fourth and fifth answer; then it is started anew and gives its first and second.
    assert_eq!(solver.unsat(&scripts).await, [true, false, true, false]);
}
