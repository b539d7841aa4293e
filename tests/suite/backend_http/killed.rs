//! The backend as a program of its own, killed in the middle of creates.

use crate::rig::http::request;
use crate::rig::{Backend, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

const DELAY: [&str; 2] = ["--transition-delay", "20ms"];
const CLIENTS: usize = 8;
const ROUNDS: usize = 3;
const DEADLINE: Duration = Duration::from_secs(20);

fn call(backend: &Backend, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
    let answer = request(method, &format!("{}{path}", backend.url), &body.to_string()).ok()?;
    Some((answer.status, serde_json::from_str(&answer.body).ok()?))
}

/// Name and status of every policy; a name that is there twice fails.
fn policies(backend: &Backend, engine: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut query = "?maxResults=100".to_owned();
    loop {
        let path = format!("/policy-engines/{engine}/policy-summaries{query}");
        let (status, page) = call(backend, "GET", &path, &Value::Null).unwrap();
        assert_eq!(status, 200, "{page}");
        for policy in page["policies"].as_array().unwrap() {
            let word = |member: &str| policy[member].as_str().unwrap().to_owned();
            assert_eq!(
                found.insert(word("name"), word("status")),
                None,
                "{policy} is there twice"
            );
        }
        match page["nextToken"].as_str() {
            Some(token) => query = format!("?maxResults=100&nextToken={token}"),
            None => return found,
        }
    }
}

/// Creates policies until the backend is killed, which happens after `enough` were accepted. Gives their names.
fn accepted_before_the_kill(backend: Backend, engine: &str, round: usize, enough: usize) -> Vec<String> {
    let accepted = Mutex::new(Vec::new());
    let statement = "permit(principal, action, resource is AgentCore::Gateway);";
    std::thread::scope(|scope| {
        let url = backend.url.clone();
        for client in 0..CLIENTS {
            let (accepted, url) = (&accepted, url.clone());
            scope.spawn(move || {
                for n in 0.. {
                    let name = format!("p{round}_{client}_{n}");
                    let body = json!({"name": name, "definition": {"cedar": {"statement": statement}}});
                    let path = format!("{url}/policy-engines/{engine}/policies");
                    match request("POST", &path, &body.to_string()) {
                        Ok(answer) if answer.status == 202 => accepted.lock().unwrap().push(name),
                        Ok(answer) => panic!("{answer:?}"),
                        Err(_) => return,
                    }
                }
            });
        }
        wait_until("enough accepted creates", DEADLINE, || {
            let count = accepted.lock().unwrap().len();
            if count >= enough {
                Ok(())
            } else {
                Err(format!("{count} accepted"))
            }
        });
        backend.kill();
    });
    accepted.into_inner().unwrap()
}

#[test]
fn what_was_accepted_is_there_once_after_a_kill_in_the_middle_and_ends_its_transition() {
    let directory = TempDir::new().unwrap();
    let mut backend = Backend::start(directory.path(), &DELAY);
    let (status, engine) = call(&backend, "POST", "/policy-engines", &json!({"name": "killed"})).unwrap();
    assert_eq!(status, 202, "{engine}");
    let engine = engine["policyEngineId"].as_str().unwrap().to_owned();
    wait_until("an ACTIVE engine", DEADLINE, || {
        let (_, seen) = call(
            &backend,
            "GET",
            &format!("/policy-engines/{engine}"),
            &Value::Null,
        )
        .unwrap();
        if seen["status"] == "ACTIVE" {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    });

    let mut accepted = Vec::new();
    for round in 0..ROUNDS {
        accepted.extend(accepted_before_the_kill(backend, &engine, round, 15 + 20 * round));
        backend = Backend::start(directory.path(), &DELAY);
        let found = policies(&backend, &engine);
        for name in &accepted {
            assert!(found.contains_key(name), "{name} was accepted and is lost");
        }
        // A request whose answer was lost may have been carried out: at most one a client and kill.
        assert!(found.len() <= accepted.len() + CLIENTS * (round + 1));
        wait_until("every transition to end", DEADLINE, || {
            let found = policies(&backend, &engine);
            if found.values().all(|status| status == "ACTIVE") {
                Ok(())
            } else {
                Err(format!("{found:?}"))
            }
        });
    }
}
