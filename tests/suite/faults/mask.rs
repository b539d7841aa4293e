//! What there is, without what differs from run to run: ids, times, the namespace's name.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

/// Members whose values are new in every run, or tell how it came about and not what is.
const DROPPED: [&str; 16] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
    "lastTransitionTime",
    "createdAt",
    "updatedAt",
    "lastHandledReconcileAt",
    "selfLink",
    "targetId",
    "apiVersion",
    // With the UID in it.
    "appliedDigest",
    // With the ARN of a gateway in it; the statement itself is compared.
    "statementDigest",
    // With the ids of assets in it.
    "assetsDigest",
    // An engine's count of its policies, which follows them by some seconds.
    "policies",
];

/// `value` in words that are the same in every run.
pub fn masked(value: &Value, namespace: &str) -> Value {
    static NEW: LazyLock<Regex> = LazyLock::new(|| {
        // An AWS id, and the digest at the end of a default name.
        Regex::new(r"([A-Za-z]\w*?)([_-][0-9a-f]{8})?-[a-z0-9_]{10}\b|[_-][0-9a-f]{8}\b").expect("a pattern")
    });
    match value {
        Value::String(text) => {
            let text = text.replace(namespace, "*");
            let name = |found: &Captures<'_>| found.get(1).map_or("*", |name| name.as_str()).to_owned() + "*";
            Value::String(NEW.replace_all(&text, name).into_owned())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| masked(item, namespace)).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            // What names an asset says another id in every run.
            let adopts = members.contains_key("adopted");
            let is_new = |name: &str| DROPPED.contains(&name) || adopts && name == "specDigest";
            let kept = members.iter().filter(|(name, _)| !is_new(name));
            let kept: Map<String, Value> = kept
                .map(|(name, value)| (name.clone(), masked(value, namespace)))
                .collect();
            Value::Object(kept)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Where two values differ, as `/path: this, not that`.
pub fn differences(expected: &Value, found: &Value, path: &str) -> Vec<String> {
    match (expected, found) {
        (Value::Object(some), Value::Object(others)) => {
            let mut names: Vec<&String> = some.keys().chain(others.keys()).collect();
            names.sort();
            names.dedup();
            let of = |name: &String| {
                let (some, other) = (some.get(name), others.get(name));
                differences(
                    some.unwrap_or(&Value::Null),
                    other.unwrap_or(&Value::Null),
                    &format!("{path}/{name}"),
                )
            };
            names.into_iter().flat_map(of).collect()
        }
        (Value::Array(some), Value::Array(others)) if some.len() == others.len() => {
            let both = some.iter().zip(others).enumerate();
            let of = |(at, (some, other))| differences(some, other, &format!("{path}/{at}"));
            both.flat_map(of).collect()
        }
        _ if expected == found => Vec::new(),
        _ => vec![format!("{path}: {found}, not {expected}")],
    }
}

#[test]
fn ids_times_and_names_of_a_run_are_left_out_and_what_is_stays() {
    let run = |namespace: &str, id: &str, digest: &str| {
        serde_json::json!({
            "metadata": {"name": "agents", "uid": id, "generation": 2, "namespace": namespace},
            "policyId": format!("agents_{digest}-{id}"),
            "note": format!("PolicyEngine refunds of {namespace}"),
            "tags": ["b", "a"],
        })
    };
    let one = masked(&run("faults-1", "abcdefghij", "0123abcd"), "faults-1");
    let two = masked(&run("faults-22", "0123456789", "ffffffff"), "faults-22");
    assert_eq!(differences(&one, &two, ""), [""; 0]);
    let other = masked(&run("faults-1", "abcdefghij", "0123abcd"), "other");
    assert_eq!(
        differences(&one, &other, "")[0],
        r#"/metadata/namespace: "faults-1", not "*""#
    );
    assert_eq!(one["metadata"]["generation"], 2);
    assert_eq!(one["policyId"], "agents*");
    assert_eq!(one["tags"], serde_json::json!(["a", "b"]));
}
