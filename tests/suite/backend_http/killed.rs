//! The backend as a program of its own, killed in the middle of 500 concurrent creates.

use crate::rig::http::request;
use crate::rig::{Backend, postgres, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

const CREATES: usize = 500;
const DEADLINE: Duration = Duration::from_mins(1);
// Narrow, so that nothing is found against it.
const STATEMENT: &str = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
                         when { principal.hasTag(\"role\") };";

#[test]
fn what_was_accepted_is_there_once_after_kills_in_the_middle_of_creates() {
    survives(10, &[]);
}

#[test]
fn what_was_accepted_is_there_once_after_kills_in_the_middle_of_creates_on_postgresql() {
    survives(3, &["--database-url", &postgres::database()]);
}

/// So many kills.
fn survives(rounds: usize, store: &[&str]) {
    let directory = TempDir::new().unwrap();
    let flags = [&["--transition-delay", "20ms"], store].concat();
    let mut backend = Backend::start(directory.path(), &flags);
    let mut engines = Vec::new();
    for round in 0..rounds {
        let engine = engine(&backend, &format!("killed_{round}"));
        // The moment of the kill: after so many were accepted.
        let enough = rand::random_range(0..CREATES);
        let accepted = accepted_before_the_kill(backend, &engine, enough);
        backend = Backend::start(directory.path(), &flags);
        let found = policies(&backend, &engine);
        for (name, id) in &accepted {
            let there = found.get(name).map(|(id, _)| id);
            assert_eq!(
                there,
                Some(id),
                "round {round}, {enough}: {name} was accepted and is lost"
            );
        }
        // Nothing is half made: what was carried out and what was not are both made good by the same request, sent again.
        let again = wait_until("every create to be accepted", DEADLINE, || {
            let again = create_all(&backend.url, &engine, |_| {});
            if again.len() == CREATES {
                Ok(again)
            } else {
                Err(format!("{} are", again.len()))
            }
        });
        let all = policies(&backend, &engine);
        assert_eq!(all.len(), CREATES, "round {round}, {enough}");
        for (name, id) in &again {
            assert_eq!(all.get(name).map(|(id, _)| id), Some(id), "{name}");
            let before = found.get(name).map_or(id, |(id, _)| id);
            assert_eq!(before, id, "round {round}, {enough}: {name} was made twice");
        }
        engines.push(engine);
    }
    for engine in &engines {
        wait_until("every transition to end", DEADLINE, || {
            let found = policies(&backend, engine);
            let open = found.values().filter(|(_, status)| status != "ACTIVE").count();
            if open == 0 {
                Ok(())
            } else {
                Err(format!("{open} are open"))
            }
        });
    }
}

/// Sends all creates at once and kills the backend after `enough` were accepted. Gives names and ids of what was.
fn accepted_before_the_kill(backend: Backend, engine: &str, enough: usize) -> BTreeMap<String, String> {
    let url = backend.url.clone();
    let running = Mutex::new(Some(backend));
    let kill = || {
        if let Some(backend) = running.lock().unwrap().take() {
            backend.kill();
        }
    };
    if enough == 0 {
        kill();
    }
    create_all(&url, engine, |accepted| {
        if accepted >= enough {
            kill();
        }
    })
}

/// Sends all creates at once, each on a connection of its own; tells after each answer how many were accepted so far.
fn create_all(url: &str, engine: &str, then: impl Fn(usize) + Sync) -> BTreeMap<String, String> {
    let accepted = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for n in 0..CREATES {
            let (accepted, then) = (&accepted, &then);
            scope.spawn(move || {
                let body = json!({
                    "name": format!("p{n}_{}", &engine[engine.len() - 10..]),
                    "definition": {"cedar": {"statement": STATEMENT}},
                    "clientToken": format!("{n:0>40}"),
                });
                let path = format!("{url}/policy-engines/{engine}/policies");
                // A connection that breaks is the kill.
                let Ok(answer) = request("POST", &path, &body.to_string()) else {
                    return;
                };
                assert_eq!(answer.status, 202, "{answer:?}");
                // An answer that was cut off in its middle is none.
                let Ok(policy) = serde_json::from_str::<Value>(&answer.body) else {
                    return;
                };
                let count = {
                    let mut accepted = accepted.lock().unwrap();
                    accepted.insert(text(&policy["name"]), text(&policy["policyId"]));
                    accepted.len()
                };
                then(count);
            });
        }
    });
    accepted.into_inner().unwrap()
}

fn engine(backend: &Backend, name: &str) -> String {
    let (status, engine) = call(backend, "POST", "/policy-engines", &json!({"name": name}));
    assert_eq!(status, 202, "{engine}");
    let engine = text(&engine["policyEngineId"]);
    wait_until("an ACTIVE engine", DEADLINE, || {
        let (_, seen) = call(backend, "GET", &format!("/policy-engines/{engine}"), &Value::Null);
        if seen["status"] == "ACTIVE" {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    });
    engine
}

/// Name, id and status of every policy; a name that is there twice fails.
fn policies(backend: &Backend, engine: &str) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    let mut query = "?maxResults=100".to_owned();
    loop {
        let path = format!("/policy-engines/{engine}/policy-summaries{query}");
        let (status, page) = call(backend, "GET", &path, &Value::Null);
        assert_eq!(status, 200, "{page}");
        for policy in page["policies"].as_array().unwrap() {
            let seen = (text(&policy["policyId"]), text(&policy["status"]));
            let twice = found.insert(text(&policy["name"]), seen);
            assert_eq!(twice, None, "{policy} is there twice");
        }
        match page["nextToken"].as_str() {
            Some(token) => query = format!("?maxResults=100&nextToken={token}"),
            None => return found,
        }
    }
}

fn call(backend: &Backend, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = request(method, &format!("{}{path}", backend.url), &body.to_string()).unwrap();
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
