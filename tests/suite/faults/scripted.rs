//! A scene whose backend has a fault script and a journal.

use std::time::Duration;

use agentcore_policy_operator::model::parse_iso8601;
use serde_json::{Value, json};

use crate::lifecycle::scene::{SOON, Scene};
use crate::rig::http;

pub struct Scripted {
    pub scene: Scene,
    admin: String,
}

/// A call that the backend got.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: String,
    pub path: String,
    /// When it was answered, since 1970.
    pub at: Duration,
    pub error: Option<String>,
}

impl Scripted {
    #[track_caller]
    pub fn new(what: &str) -> Self {
        Self::with_args(what, &[])
    }

    #[track_caller]
    pub fn with_args(what: &str, args: &[&str]) -> Self {
        let mut all = vec!["--admin-listen", "127.0.0.1:0"];
        all.extend_from_slice(args);
        let mut scene = Scene::with_backend(what, &all);
        let admin = scene.backend.process().line_after("admin on ", SOON);
        Self { scene, admin }
    }

    /// Sets the rules in the place of those before.
    #[track_caller]
    pub fn rules(&self, rules: &Value) {
        let script = json!({ "rules": rules }).to_string();
        let answer = http::request("PUT", &format!("{}/script", self.admin), &script).expect("an answer");
        assert!((200..300).contains(&answer.status), "{}", answer.body);
    }

    /// The number of the latest call.
    #[track_caller]
    pub fn last(&self) -> u64 {
        self.journal(u64::MAX)["last"].as_u64().expect("a number")
    }

    /// The calls after this one, the oldest first.
    #[track_caller]
    pub fn calls_since(&self, last: u64) -> Vec<Call> {
        let page = self.journal(last);
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let call = |entry: &Value| Call {
            operation: text(entry, "operation"),
            path: text(entry, "path"),
            at: parse_iso8601(&text(entry, "time"))
                .and_then(|micros| u64::try_from(micros).ok())
                .map(Duration::from_micros)
                .expect("a time"),
            error: entry["error"].as_str().map(str::to_owned),
        };
        page["entries"]
            .as_array()
            .expect("a list")
            .iter()
            .map(call)
            .collect()
    }

    /// Who called, by their ARNs, as far as that was verified.
    #[track_caller]
    pub fn principals(&self) -> Vec<String> {
        let page = self.journal(0);
        let entries = page["entries"].as_array().expect("a list").iter();
        entries
            .filter_map(|entry| entry["principal"].as_str().map(str::to_owned))
            .collect()
    }

    #[track_caller]
    fn journal(&self, after: u64) -> Value {
        let answer = http::get(&format!("{}/journal?after={after}", self.admin)).expect("an answer");
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

/// `calls` of an operation are answered with an error.
pub fn answered(operation: &str, calls: &Value, error: &str) -> Value {
    json!({"operation": operation, "calls": calls, "answer": {"error": error, "message": "the script says so"}})
}
