//! `decisions`: the decision log of the local backend as a table for people.

mod tail;

use super::args::DecisionsArgs;
use super::run::{announce, run};
use crate::backend::Chain;
use serde_json::Value;
use std::io::BufRead as _;
use std::path::Path;
use std::time::Duration;
use tail::Tail;

/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Widths of all columns but the last.
const WIDTHS: [usize; 6] = [24, 8, 8, 32, 28, 9];

pub(super) fn decisions(args: DecisionsArgs) -> Result<(), String> {
    if args.verify {
        return verify(&args.decision_log);
    }
    run(|shutdown| async move {
        announce(&row(&[
            "TIME",
            "DECISION",
            "MODE",
            "TOOL",
            "PRINCIPAL",
            "LATENCY",
            "REASON",
        ]
        .map(str::to_owned)))?;
        tokio::select! {
            ended = follow(&args.decision_log, args.follow) => ended,
            () = shutdown.cancelled() => Ok(()),
        }
    })
}

/// Says whether each line follows the one before it.
fn verify(path: &Path) -> Result<(), String> {
    let failed = |error| unreadable(path, &error);
    let mut file = std::io::BufReader::new(std::fs::File::open(path).map_err(failed)?);
    let mut chain = Chain::default();
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        chain.line(line.strip_suffix(b"\n").unwrap_or(&line));
        line.clear();
    }
    for broken in chain.broken() {
        announce(&printable(broken))?;
    }
    announce(&chain.told())?;
    match chain.broken().len() {
        0 => Ok(()),
        _ => Err(format!("{} is not as it was written", path.display())),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let shown = path.display();
    format!("cannot read {shown}: {error}; give --decision-log the file that the local backend was given")
}

/// Prints what is in the log, and what comes to it: to another file too, when this one is moved away.
async fn follow(path: &Path, follow: bool) -> Result<(), String> {
    let failed = |error| unreadable(path, &error);
    let mut tail = Tail::open(path).await.map_err(failed)?;
    print(&mut tail, path).await?;
    if !follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(LOOK).await;
        let another = tail.go_on().await.map_err(failed)?;
        print(&mut tail, path).await?;
        if let Some(another) = another {
            tail = another;
            print(&mut tail, path).await?;
        }
    }
}

async fn print(tail: &mut Tail, path: &Path) -> Result<(), String> {
    while let Some(line) = tail.line().await.map_err(|error| unreadable(path, &error))? {
        announce(&told(String::from_utf8_lossy(&line).trim_end()))?;
    }
    Ok(())
}

/// A record as a row; what is none, as it is.
fn told(line: &str) -> String {
    match serde_json::from_str::<Value>(line) {
        Ok(record) if record.get("policy").is_some_and(Value::is_object) => row(&cells(&record)),
        Ok(_) | Err(_) => printable(line),
    }
}

fn cells(record: &Value) -> [String; 7] {
    let text = |pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let attribute = |name: &str| {
        record
            .get("attributes")
            .and_then(|attributes| attributes.get(name))
    };
    let names = |value: Option<&Value>| -> Vec<String> {
        let names = value.and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(printable).collect()
    };
    let policy = |name: &str| attribute(&format!("aws.agentcore.policy.{name}"));
    let mode = attribute("aws.agentcore.gateway.policy.mode").and_then(Value::as_str);
    let latency = record
        .pointer("/policy/latencyMs")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    let (decision, tool, reason) = if text("/operation") == "AuthorizeAction" {
        let reason = policy("authorization_reason")
            .and_then(Value::as_str)
            .map(printable);
        let determining = names(record.pointer("/policy/determiningPolicies")).join(", ");
        (
            text("/policy/decision"),
            text("/toolName"),
            reason.unwrap_or(determining),
        )
    } else {
        let (allowed, denied) = (names(policy("allowed_tools")), names(policy("denied_tools")));
        let reason = format!(
            "{} of {} tools shown",
            allowed.len(),
            allowed.len() + denied.len()
        );
        ("LIST", "", reason)
    };
    let entity_type = text("/policy/principal/entityType");
    let kind = entity_type.rsplit("::").next().unwrap_or_default();
    [
        text("/timestamp")
            .get(..23)
            .map_or_else(String::new, |time| format!("{time}Z")),
        decision.to_owned(),
        mode.unwrap_or_default().to_owned(),
        printable(tool),
        format!("{kind}::{}", printable(text("/policy/principal/entityId"))),
        format!("{latency:.3}ms"),
        reason,
    ]
}

/// A text without what would move a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn row(cells: &[String; 7]) -> String {
    let mut row = String::new();
    for (at, cell) in cells.iter().enumerate() {
        row.push_str(&printable(cell));
        if let Some(width) = WIDTHS.get(at) {
            let missing = width.saturating_sub(cell.chars().count());
            row.push_str(&" ".repeat(missing + 1));
        }
    }
    row.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_a_row_and_anything_else_is_shown_as_it_is() {
        let record = json!({
            "timestamp": "2026-02-24T12:00:00.123456Z", "operation": "AuthorizeAction", "toolName": "T___a\u{1b}[2J",
            "policy": {
                "decision": "DENY", "determiningPolicies": [], "latencyMs": 0.0421,
                "principal": {"entityType": "AgentCore::OAuthUser", "entityId": "ann"},
            },
            "attributes": {
                "aws.agentcore.gateway.policy.mode": "ENFORCE",
                "aws.agentcore.policy.authorization_reason": "No policy applies",
            },
        });
        let row = told(&record.to_string());
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            words,
            [
                "2026-02-24T12:00:00.123Z",
                "DENY",
                "ENFORCE",
                "T___a\u{fffd}[2J",
                "OAuthUser::ann",
                "0.042ms",
                "No",
                "policy",
                "applies"
            ]
        );
        let list = json!({
            "timestamp": "2026-02-24T12:00:00.123456Z", "operation": "PartiallyAuthorizeActions", "policy": {},
            "attributes": {
                "aws.agentcore.policy.allowed_tools": ["a"], "aws.agentcore.policy.denied_tools": ["b", "c"],
            },
        });
        assert!(told(&list.to_string()).ends_with("1 of 3 tools shown"));
        for other in ["", "no JSON", "[1]", "{\"policy\": 1}"] {
            assert_eq!(told(other), other);
        }
    }
}
