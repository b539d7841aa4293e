//! The readers of statuses (`rig::kstatus`) against the libraries that Helm and Flux are made of (`tests/kstatus`): over
//! objects in every row of the condition table, as the operator's own functions made them, and over every combination of
//! conditions and generations.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};

use super::statuses::condition;
use crate::rig::go;
use crate::rig::kstatus::{Kstatus, Set, assert_contract, flux_findings, kstatus, row};

/// What the libraries make of an object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    kstatus: String,
    message: String,
    finished: Vec<String>,
    in_progress: Vec<String>,
}

impl Verdict {
    fn findings(&self, set: Set) -> &[String] {
        match set {
            Set::Finished => &self.finished,
            Set::InProgress => &self.in_progress,
        }
    }
}

/// Asks the libraries.
fn judged(objects: &[Value]) -> Vec<Verdict> {
    let mut judge = Command::new(go::build("kstatus"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = judge.stdin.take().expect("its input is piped");
    let lines: Vec<String> = objects.iter().map(Value::to_string).collect();
    let writing = thread::spawn(move || stdin.write_all(lines.join("\n").as_bytes()));
    let output = judge.wait_with_output().expect("it ends");
    writing.join().expect("no panic").expect("it reads all");
    assert!(output.status.success());
    let verdicts = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let verdicts: Vec<Verdict> = verdicts.map(|verdict| verdict.expect("a verdict")).collect();
    assert_eq!(verdicts.len(), objects.len());
    verdicts
}

/// Every combination of conditions, in both orders, with every generation that could be told.
fn combinations() -> Vec<Value> {
    let values = ["True", "False", "Unknown"].map(Some);
    let all = || std::iter::once(None).chain(values);
    let mut made = Vec::new();
    for (ready, reconciling) in all().flat_map(|ready| all().map(move |other| (ready, other))) {
        for (stalled, drifted) in all().flat_map(|stalled| all().map(move |other| (stalled, other))) {
            // Flux's WARN0002 fails on an object with such a condition and no Ready, instead of telling so.
            if ready.is_none() && drifted.is_some() {
                continue;
            }
            let kinds = [
                ("Ready", ready),
                ("Reconciling", reconciling),
                ("Stalled", stalled),
                ("Drifted", drifted),
            ];
            let conditions: Vec<Value> = kinds
                .into_iter()
                .filter_map(|(kind, status)| Some(condition(&format!("{kind}={}/Why", status?))))
                .collect();
            for number in 0..15 {
                made.push(object_of(&conditions, number));
            }
        }
    }
    made
}

/// An object of generation 2 whose status and conditions tell of these generations; some are in another order, some
/// are being deleted, and in some the conditions say different things.
fn object_of(conditions: &[Value], number: usize) -> Value {
    let told = [json!(2), json!(1), json!(3), json!(-1), Value::Null];
    let of_conditions = [json!(2), json!(1), Value::Null];
    let mut conditions = conditions.to_vec();
    for condition in &mut conditions {
        condition["observedGeneration"] = of_conditions[number % 3].clone();
    }
    if number % 2 == 1 {
        conditions.reverse();
    }
    if number % 4 == 3
        && let Some(last) = conditions.last_mut()
    {
        last["message"] = json!("something else");
    }
    let mut object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "generation": 2},
        "status": {"observedGeneration": told[number % 5], "conditions": conditions},
    });
    if number == 0 {
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    without_nulls(&mut object);
    object
}

/// A member that is null and one that is not there differ to a library.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn assert_agreed(object: &Value, verdict: &Verdict) {
    let ours = kstatus(object).expect("an integer");
    let name = match &ours {
        Kstatus::Failed(message) => {
            assert_eq!(*message, verdict.message, "{object}");
            "Failed".to_owned()
        }
        other => format!("{other:?}"),
    };
    assert_eq!(name, verdict.kstatus, "{object}");
    for set in [Set::Finished, Set::InProgress] {
        let (found, mut theirs) = (flux_findings(object, set), verdict.findings(set).to_vec());
        theirs.sort();
        let ours: Vec<&str> = found.iter().map(|finding| &finding[..8]).collect();
        assert_eq!(ours, theirs, "{set:?}: {object}");
    }
}

#[test]
fn kstatus_and_flux_s_checks_are_read_as_their_own_libraries_do() {
    let objects = combinations();
    assert_eq!(objects.len(), (256 - 48) * 15);
    let mut failed = BTreeSet::new();
    for (object, verdict) in objects.iter().zip(judged(&objects)) {
        assert_agreed(object, &verdict);
        failed.extend(verdict.finished);
        failed.extend(verdict.in_progress);
    }
    assert_eq!(failed.len(), 15, "each check failed once at least: {failed:?}");
}

#[test]
fn every_row_of_the_condition_table_satisfies_kstatus_and_flux_by_their_own_libraries() {
    let golden = include_str!("golden/rows.snap");
    let json = golden.splitn(3, "---\n").nth(2).expect("a header and the rows");
    let rows: Vec<Value> = serde_json::from_str(json).expect("JSON");
    let mut objects: Vec<Value> = rows.iter().map(|row| row["object"].clone()).collect();
    objects.iter_mut().for_each(without_nulls);
    for ((object, verdict), told) in objects.iter().zip(judged(&objects)).zip(&rows) {
        assert_agreed(object, &verdict);
        let number = told["row"].as_str().expect("a row");
        let expected = match number {
            "S3" | "S4" | "S5" | "S15" => "Current",
            "S7" | "S10" | "S11" | "S12" | "S14" | "S19" => "Failed",
            "S17" | "S18" => "Terminating",
            _ => "InProgress",
        };
        assert_eq!(verdict.kstatus, expected, "{number}: {object}");
        assert_contract(object);
        // S1 and S16 are told of another generation: waiters wait, and there is nothing else to hold.
        if object["status"]["observedGeneration"] == object["metadata"]["generation"] {
            let set = row(object).expect("a row");
            assert!(
                verdict.findings(set).is_empty(),
                "{number}: {verdict:?} of {object}"
            );
        }
    }
}
