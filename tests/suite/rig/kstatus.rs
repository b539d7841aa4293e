//! How waiting clients read an object's status: the kstatus algorithm that Helm and Flux use
//! (kubernetes-conventions.md 1.2), Flux's checks (1.5), and the rows of our own condition table (1.4).
//!
//! Pure functions over JSON. [`assert_contract`] holds them all against an object as it was read at any
//! moment.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// What kstatus makes of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kstatus {
    /// It is being deleted.
    Terminating,
    /// Waiters go on waiting.
    InProgress,
    /// Waiters give up with this message.
    Failed(String),
    /// Waiters are done.
    Current,
}

/// The kstatus of an object of a custom kind.
///
/// # Errors
/// When `status.observedGeneration` is no integer: Helm waits for its whole timeout then (helm#32615).
pub fn kstatus(object: &Value) -> Result<Kstatus, String> {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Ok(Kstatus::Terminating);
    }
    let observed = &object["status"]["observedGeneration"];
    if !observed.is_null() {
        let observed = observed
            .as_i64()
            .ok_or_else(|| format!("status.observedGeneration is no integer: {observed}"))?;
        if Some(observed) != object["metadata"]["generation"].as_i64() {
            return Ok(Kstatus::InProgress);
        }
    }
    for condition in conditions(object) {
        match (text(condition, "type"), text(condition, "status")) {
            ("Reconciling", "True") => return Ok(Kstatus::InProgress),
            ("Stalled", "True") => return Ok(Kstatus::Failed(text(condition, "message").to_owned())),
            _ => {}
        }
    }
    match ready(object).map(|condition| text(condition, "status")) {
        Some("False" | "Unknown") => Ok(Kstatus::InProgress),
        _ => Ok(Kstatus::Current),
    }
}

/// Which of Flux's checks apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// The pass is finished (F).
    Finished,
    /// The status was written while the service is at work (P).
    InProgress,
}

/// The conditions that are bad when True, the most important first.
const NEGATIVE: [&str; 3] = ["Drifted", "Stalled", "Reconciling"];

/// Flux's checks that an object fails, warnings included, each with its id.
pub fn flux_findings(object: &Value, set: Set) -> Vec<String> {
    let finished = set == Set::Finished;
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    // What is not told counts as 0 with Flux, and a Ready that is not there as Unknown.
    let observed = object["status"]["observedGeneration"].as_i64().unwrap_or(0);
    let all = conditions(object);
    let find = |kind: &str| {
        all.iter()
            .copied()
            .find(|condition| text(condition, "type") == kind)
    };
    let is = |kind: &str, status: &str| find(kind).is_some_and(|found| text(found, "status") == status);
    let there = |kind: &str| find(kind).is_some();
    let of = |condition: &Value| condition["observedGeneration"].as_i64().unwrap_or(0);
    let ready = is("Ready", "True");
    let negative_true = NEGATIVE.iter().any(|kind| is(kind, "True"));
    let negative_there = NEGATIVE.iter().any(|kind| there(kind));
    let unknown = !there("Ready") || is("Ready", "Unknown");
    // Flux's `IsReady`: Reconciling and Stalled each count only without the other.
    let at_rest = ready && is("Reconciling", "True") == is("Stalled", "True");
    let behind = observed < generation;
    // Reconciling and Stalled are excepted from the repetition, which leaves Drifted.
    let repeated = match (find("Ready"), find("Drifted")) {
        (Some(ready), Some(drifted)) => {
            ready["reason"] == drifted["reason"] && ready["message"] == drifted["message"]
        }
        _ => true,
    };
    let checks = [
        (
            finished && ready && negative_true,
            "FAIL0001: Ready with a negative condition that is True",
        ),
        (!there("Ready"), "FAIL0002: no Ready condition"),
        (
            finished && is("Reconciling", "True") && there("Ready") && !is("Ready", "False"),
            "FAIL0003: Reconciling, and Ready is not False",
        ),
        (
            is("Stalled", "True") && there("Ready") && !is("Ready", "False"),
            "FAIL0004: Stalled, and Ready is not False",
        ),
        (
            there("Reconciling") && there("Stalled"),
            "FAIL0005: Reconciling and Stalled are both there",
        ),
        (
            observed > generation,
            "FAIL0006: an observedGeneration from the future",
        ),
        (
            finished && behind && at_rest,
            "FAIL0007: Ready of a generation that is past",
        ),
        (
            finished && at_rest && all.iter().any(|c| of(c) < generation),
            "FAIL0008: Ready beside a condition of a generation that is past",
        ),
        (
            finished && at_rest && all.iter().any(|c| of(c) != observed),
            "FAIL0009: Ready beside a condition of another generation than status.observedGeneration",
        ),
        (
            !finished && unknown && !is("Reconciling", "True"),
            "FAIL0011: Ready is Unknown, and Reconciling is not True",
        ),
        (
            finished && ready && negative_there,
            "WARN0001: Ready with a negative condition that should be absent",
        ),
        (
            finished && !ready && !repeated,
            "WARN0002: Ready does not repeat Drifted's reason and message",
        ),
        (
            is("Reconciling", "False"),
            "WARN0003: Reconciling is False and should be absent",
        ),
        (
            is("Stalled", "False"),
            "WARN0004: Stalled is False and should be absent",
        ),
        (
            all.iter().any(|condition| of(condition) < 1),
            "WARN0005: a condition without an observedGeneration of at least 1",
        ),
    ];
    let failed = checks.iter().filter(|(fails, _)| *fails);
    failed.map(|(_, what)| (*what).to_owned()).collect()
}

/// The reasons of Ready=False that pass by themselves (S8, S9, S13, S20).
const RETRYING: [&str; 5] = [
    "Throttled",
    "BackendUnavailable",
    "DependencyNotReady",
    "AccessDenied",
    "InternalError",
];
/// The reasons of Ready=False that a person must mend (S10, S11, S12, S14, S18, S19); S7 has a row of its own.
const STALLED: [&str; 13] = [
    "RetriesExhausted",
    "InvalidPolicy",
    "InvalidSpec",
    "UnsupportedGatewayFields",
    "CreateFailed",
    "UpdateFailed",
    "DeleteFailed",
    "Conflict",
    "AccessDenied",
    "QuotaExceeded",
    "ClockSkew",
    "DeletionBlocked",
    "NoUsableAsset",
];

/// Which set of Flux's checks a row of the condition table is held to.
///
/// # Errors
/// When the conditions are no row of the table.
pub fn row(object: &Value) -> Result<Set, String> {
    let of = |kind: &str| {
        let found = conditions(object).into_iter().find(|c| text(c, "type") == kind);
        found.map(|c| (text(c, "status"), text(c, "reason"), text(c, "message")))
    };
    let (ready, reconciling, stalled, drifted) =
        (of("Ready"), of("Reconciling"), of("Stalled"), of("Drifted"));
    let none = || {
        Err(format!(
            "no row of the condition table: {}",
            object["status"]["conditions"]
        ))
    };
    let Some((status, reason, message)) = ready else {
        return none();
    };
    let same = Some(("True", reason, message));
    let retry = Some(("True", "ProgressingWithRetry", message));
    let nothing_drifted = drifted.is_none();
    match (status, reason) {
        ("True", "Synced" | "Stale" | "GenerationChanged")
            if (reconciling, stalled, drifted) == (None, None, None) =>
        {
            Ok(Set::Finished)
        }
        ("Unknown", "Creating" | "Updating" | "Generating" | "DriftCorrecting")
            if (reconciling, stalled) == (same, None) && nothing_drifted =>
        {
            Ok(Set::InProgress)
        }
        ("False", "Deleting") if (reconciling, stalled) == (same, None) && nothing_drifted => {
            Ok(Set::Finished)
        }
        ("False", "DriftDetected") if (reconciling, stalled, drifted) == (None, same, same) => {
            Ok(Set::Finished)
        }
        ("False", reason)
            if RETRYING.contains(&reason) && (reconciling, stalled) == (retry, None) && nothing_drifted =>
        {
            Ok(Set::Finished)
        }
        ("False", reason)
            if STALLED.contains(&reason) && (reconciling, stalled) == (None, same) && nothing_drifted =>
        {
            Ok(Set::Finished)
        }
        _ => none(),
    }
}

/// What in the messages of an object would change although their cause has not, or says nothing (1.6).
pub fn hygiene_findings(object: &Value) -> Vec<String> {
    static CHANGING: LazyLock<Regex> = LazyLock::new(|| {
        let patterns = [
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "(?i)request ?id",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "[0-9]{2}:[0-9]{2}:[0-9]{2}",
            "(?i)attempt [0-9]",
        ];
        Regex::new(&patterns.join("|")).expect("a pattern")
    });
    let mut found = Vec::new();
    for condition in conditions(object) {
        let (kind, message) = (text(condition, "type"), text(condition, "message"));
        if message.trim().is_empty() || message.trim() != message {
            found.push(format!("{kind}: {message:?} is empty or not trimmed"));
        }
        if message.chars().count() > 1024 {
            found.push(format!("{kind}: {} characters", message.chars().count()));
        }
        if let Some(changing) = CHANGING.find(message) {
            found.push(format!("{kind}: {:?} in {message:?}", changing.as_str()));
        }
    }
    found
}

/// All of the above about an object as it was read, at any moment after its creation: panics with every
/// finding, and returns what kstatus makes of it.
///
/// A status of a generation that is past is held to what waiters need: that they see it is past.
#[track_caller]
pub fn assert_contract(object: &Value) -> Kstatus {
    let seen = kstatus(object).unwrap_or_else(|error| panic!("{error}: {object}"));
    let mut findings = hygiene_findings(object);
    let status = &object["status"];
    let current = status["observedGeneration"] == object["metadata"]["generation"];
    if current {
        match row(object) {
            Ok(set) => findings.extend(flux_findings(object, set)),
            Err(error) => findings.push(error),
        }
    } else {
        let waits = matches!(seen, Kstatus::InProgress | Kstatus::Terminating);
        let past = status["observedGeneration"].as_i64() < object["metadata"]["generation"].as_i64();
        if !waits || !past {
            findings.push(format!("of another generation, and yet {seen:?}"));
        }
        if conditions(object)
            .iter()
            .any(|c| c["observedGeneration"] != status["observedGeneration"])
        {
            findings.push("a condition of another generation than the status".to_owned());
        }
    }
    assert!(
        findings.is_empty(),
        "{} {}: {findings:#?}\nmetadata.generation {}, status {status:#}",
        object["kind"],
        object["metadata"]["name"],
        object["metadata"]["generation"]
    );
    seen
}

/// The reason of Ready, if it is there.
pub fn reason(object: &Value) -> Option<&str> {
    ready(object).map(|condition| text(condition, "reason"))
}

fn ready(object: &Value) -> Option<&Value> {
    conditions(object)
        .into_iter()
        .find(|condition| text(condition, "type") == "Ready")
}

fn conditions(object: &Value) -> Vec<&Value> {
    let list = object["status"]["conditions"].as_array();
    list.into_iter().flatten().collect()
}

fn text<'a>(condition: &'a Value, member: &str) -> &'a str {
    condition[member].as_str().unwrap_or_default()
}
