//! Two backends, each a program of its own, on one PostgreSQL database.

use crate::rig::http::request;
use crate::rig::{Backend, postgres, wait_until};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const STATEMENT: &str = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
                         when { principal.hasTag(\"role\") };";
const DEADLINE: Duration = Duration::from_secs(30);

struct Two {
    one: Backend,
    other: Backend,
    url: String,
    _directory: TempDir,
}

impl Two {
    /// Both start at once on an empty database.
    fn start(delay: &str) -> Self {
        let (directory, url) = (TempDir::new().unwrap(), postgres::database());
        let start = |name: &str| {
            let home = directory.path().join(name);
            std::fs::create_dir(&home).unwrap();
            Backend::start(&home, &["--transition-delay", delay, "--database-url", &url])
        };
        let (one, other) = std::thread::scope(|scope| {
            let other = scope.spawn(|| start("other"));
            (start("one"), other.join().unwrap())
        });
        Self {
            one,
            other,
            url,
            _directory: directory,
        }
    }

    fn engine(&self) -> String {
        let (status, engine) = call(&self.one, "POST", "/policy-engines", &json!({"name": "shared"}));
        assert_eq!(status, 202, "{engine}");
        let engine = format!("/policy-engines/{}", text(&engine["policyEngineId"]));
        settled(&self.one, &engine);
        engine
    }
}

#[test]
fn what_one_made_the_other_shows_within_a_second_and_both_give_the_same_pages() {
    let two = Two::start("10ms");
    let engine = two.engine();
    for n in 0..5 {
        let (_, policy) = create(&two.one, &engine, &format!("p{n}"));
        let answered = Instant::now();
        let path = format!("{engine}/policies/{}", text(&policy["policyId"]));
        let (status, seen) = call(&two.other, "GET", &path, &Value::Null);
        assert_eq!((status, &seen["name"]), (200, &policy["name"]));
        assert!(answered.elapsed() < Duration::from_secs(1));
    }
    let list = format!("{engine}/policy-summaries?maxResults=3");
    let (_, first) = call(&two.one, "GET", &list, &Value::Null);
    let next = format!("{list}&nextToken={}", text(&first["nextToken"]));
    let (status, second) = call(&two.other, "GET", &next, &Value::Null);
    assert_eq!(
        (status, second["policies"].as_array().unwrap().len()),
        (200, 2),
        "{second}"
    );
}

#[test]
fn of_two_equal_creates_one_is_refused_wherever_they_are_sent() {
    let two = Two::start("10ms");
    let engine = two.engine();
    std::thread::scope(|scope| {
        for n in 0..30 {
            let (two, engine) = (&two, &engine);
            scope.spawn(move || {
                let name = format!("p{n}");
                let (one, other) = std::thread::scope(|scope| {
                    let other = scope.spawn(|| create(&two.other, engine, &name).0);
                    (create(&two.one, engine, &name).0, other.join().unwrap())
                });
                assert_eq!([one.min(other), one.max(other)], [202, 409], "{name}");
            });
        }
    });
}

/// 200 KB of policies for one resource are twenty of 10,000 bytes and one of 4,800 (service.md 13).
#[test]
fn policies_that_both_take_in_have_the_size_of_one_quota() {
    let two = Two::start("10ms");
    let engine = two.engine();
    let large = format!("{STATEMENT:<10000}");
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let creates = (0..40).map(|n| {
            let (two, engine, large) = (&two, &engine, &large);
            scope.spawn(move || {
                let backend = [&two.one, &two.other][n % 2];
                let body = json!({"name": format!("p{n}"), "definition": {"cedar": {"statement": large}}});
                call(backend, "POST", &format!("{engine}/policies"), &body).0
            })
        });
        let creates: Vec<_> = creates.collect();
        creates.into_iter().map(|create| create.join().unwrap()).collect()
    });
    let answered = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((answered(202), answered(402)), (20, 20), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_transition_happens_twice_and_no_update_is_lost() {
    let two = Two::start("5ms");
    let engine = two.engine();
    let ids: Vec<String> = (0..10)
        .map(|n| text(&create(&two.one, &engine, &format!("p{n}")).1["policyId"]))
        .collect();
    let mut database = PgConnection::connect(&two.url).await.unwrap();
    for id in ids {
        let path = format!("{engine}/policies/{id}");
        settled(&two.other, &path);
        let accepted: i64 = std::thread::scope(|scope| {
            let updates = [&two.one, &two.other, &two.one, &two.other].map(|backend| {
                let path = &path;
                scope.spawn(move || {
                    let change = |n| json!({"description": {"optionalValue": format!("changed {n}")}});
                    let answers = (0..10).map(|n| call(backend, "PATCH", path, &change(n)).0);
                    answers.filter(|status| *status == 202).count()
                })
            });
            let accepted = updates.map(|update| update.join().unwrap());
            accepted.iter().sum::<usize>().try_into().unwrap()
        });
        assert!(accepted > 0);
        settled(&two.one, &path);
        // One version for the create and one for its transition; the same for every update that was accepted.
        let version: i64 = sqlx::query_scalar("SELECT version FROM records WHERE id = $1")
            .bind(&id)
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(version, 2 + 2 * accepted, "{id}");
    }
}

#[test]
fn what_one_leaves_behind_when_it_is_killed_the_other_brings_to_its_end() {
    let two = Two::start("300ms");
    let engine = two.engine();
    let ids: Vec<String> = (0..20)
        .map(|n| text(&create(&two.one, &engine, &format!("p{n}")).1["policyId"]))
        .collect();
    two.one.kill();
    let killed = Instant::now();
    for id in ids {
        assert_eq!(
            settled(&two.other, &format!("{engine}/policies/{id}"))["status"],
            "ACTIVE"
        );
    }
    // The delay, half a second until the other looks, and the work itself on a busy machine.
    assert!(
        killed.elapsed() < Duration::from_secs(10),
        "{:?}",
        killed.elapsed()
    );
}

fn create(backend: &Backend, engine: &str, name: &str) -> (u16, Value) {
    let body = json!({"name": name, "definition": {"cedar": {"statement": STATEMENT}}});
    call(backend, "POST", &format!("{engine}/policies"), &body)
}

/// Waits until a resource has left its transition.
#[track_caller]
fn settled(backend: &Backend, path: &str) -> Value {
    wait_until("the end of a transition", DEADLINE, || {
        let (_, seen) = call(backend, "GET", path, &Value::Null);
        if text(&seen["status"]).ends_with("ING") {
            Err(seen.to_string())
        } else {
            Ok(seen)
        }
    })
}

fn call(backend: &Backend, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = request(method, &format!("{}{path}", backend.url), &body).unwrap();
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
