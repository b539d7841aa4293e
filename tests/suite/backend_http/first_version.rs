//! Databases of the first version: every later one brings them up to date and goes on with them.

use super::running::{Running, config, soon};
use crate::rig::postgres;
use agentcore_policy_operator::backend::BackendConfig;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, raw_sql};
use tempfile::TempDir;

/// Bytes of all policies for one resource (service.md 13).
const MOST_BYTES: usize = 200 * 1024;
const SCOPE: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789";
const SIZES: &str = "SELECT size FROM records WHERE parent = 'odd' ORDER BY id";
const SUMS: &str = "SELECT scope, size FROM sizes WHERE parent = 'odd' ORDER BY scope";
/// Statements that JSON writes with escapes, or that have more bytes than characters. One of the first version's
/// member `policy`, and one of a gateway, are told by their place.
const ODD: [&str; 6] = [
    "plain",
    "\"quoted\" and \\ \\\\u0000 \\\" and / and {\"statement\":\"x\"}",
    "lines\n\r\n\ttabs \u{8}\u{c}\u{1f}\u{7f}",
    "none: \0\0 \\\0",
    "Ünïcödé € 🙂 \u{2028}",
    "",
];

/// The body of a policy as the first version wrote it.
fn odd(number: usize) -> String {
    let member = if number == 2 { "policy" } else { "cedar" };
    let rule = json!({"definition": {member: {"statement": ODD[number]}}, "enforcement_mode": "ACTIVE"});
    let description = json!(r#"{"asked":{"definition":{"cedar":{"statement":"described"}}}}"#);
    format!(
        r#"{{"name":"n","description":{description},"asked":{rule},"in_force":{rule},"validation_mode":"FAIL_ON_ANY_FINDINGS","tags":{{}},"status_reasons":[],"updated":1}}"#
    )
}

/// Scope of an odd policy.
fn scope(number: usize) -> Option<&'static str> {
    (number == 3).then_some(SCOPE)
}

/// That every policy of the first version has its size, and that they were added up.
fn are_weighed(sizes: &[i64], sums: &[(String, i64)]) {
    let expected = ODD.map(|statement| i64::try_from(statement.len()).unwrap());
    assert_eq!(sizes, expected);
    let of_gateway = expected[3];
    let all: i64 = expected.iter().sum();
    assert_eq!(
        sums,
        [(String::new(), all - of_gateway), (SCOPE.to_owned(), of_gateway)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let directory = TempDir::new().unwrap();
    let file = SqliteConnectOptions::new()
        .filename(directory.path().join("backend.sqlite"))
        .create_if_missing(true);
    let mut database = file.connect().await.unwrap();
    raw_sql(include_str!("first_version/sqlite.sql"))
        .execute(&mut database)
        .await
        .unwrap();
    for number in 0..ODD.len() {
        let row = "INSERT INTO records VALUES ('policy', ?, 'odd', NULL, ?, 1, 'ACTIVE', NULL, 1, ?)";
        sqlx::query(row)
            .bind(number.to_string())
            .bind(scope(number))
            .bind(odd(number))
            .execute(&mut database)
            .await
            .unwrap();
    }
    goes_on(config(directory.path(), soon())).await;
    let sizes: Vec<i64> = sqlx::query_scalar(SIZES).fetch_all(&mut database).await.unwrap();
    let sums: Vec<(String, i64)> = sqlx::query_as(SUMS).fetch_all(&mut database).await.unwrap();
    are_weighed(&sizes, &sums);
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql() {
    let directory = TempDir::new().unwrap();
    let url = postgres::database();
    let mut database = PgConnection::connect(&url).await.unwrap();
    raw_sql(include_str!("first_version/postgres.sql"))
        .execute(&mut database)
        .await
        .unwrap();
    for number in 0..ODD.len() {
        let row = "INSERT INTO records VALUES ('policy', $1, 'odd', NULL, $2, 1, 'ACTIVE', NULL, 1, $3, 1)";
        sqlx::query(row)
            .bind(number.to_string())
            .bind(scope(number))
            .bind(odd(number))
            .execute(&mut database)
            .await
            .unwrap();
    }
    goes_on(BackendConfig {
        database_url: Some(url.into()),
        ..config(directory.path(), soon())
    })
    .await;
    let sizes: Vec<i64> = sqlx::query_scalar(SIZES).fetch_all(&mut database).await.unwrap();
    let sums: Vec<(String, i64)> = sqlx::query_as(SUMS).fetch_all(&mut database).await.unwrap();
    are_weighed(&sizes, &sums);
    database.close().await.unwrap();
}

async fn goes_on(config: BackendConfig) {
    let backend = Running::of(config).await;
    let engines = backend.json("GET", "/policy-engines", Value::Null).await;
    let engine = &engines["policyEngines"][0];
    assert_eq!(
        (&engine["name"], &engine["status"], &engine["description"]),
        (&json!("refunds"), &json!("ACTIVE"), &json!("first version"))
    );
    let tags = format!(
        "/tags/{}",
        engine["policyEngineArn"].as_str().unwrap().replace('/', "%2F")
    );
    let tags = backend.json("GET", &tags, Value::Null).await;
    assert_eq!(tags["tags"], json!({"team": "a"}));

    let engine = format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap());
    let policies = format!("{engine}/policies");
    let listed = backend.json("GET", &policies, Value::Null).await;
    let listed = listed["policies"].as_array().unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|policy| policy["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["everyone", "wrong", "second"]);
    assert_eq!(
        listed[0]["definition"]["cedar"]["statement"],
        "permit(principal, action, resource is AgentCore::Gateway);"
    );
    count(&backend, &policies, listed).await;
    for (policy, status) in listed.iter().zip(["ACTIVE", "CREATE_FAILED", "ACTIVE"]) {
        let policy = format!("{policies}/{}", policy["policyId"].as_str().unwrap());
        assert_eq!(backend.settled(&policy).await["status"], status);
        backend.json("DELETE", &policy, Value::Null).await;
        backend.settled(&policy).await;
    }
    backend.json("DELETE", &engine, Value::Null).await;
    backend.settled(&engine).await;
    backend.stop().await;
}

/// The policies of the first version count among all that are for one resource: to the byte.
async fn count(backend: &Running, policies: &str, there: &[Value]) {
    let statements = there
        .iter()
        .map(|policy| &policy["definition"]["cedar"]["statement"]);
    let bytes: usize = statements
        .map(|statement| statement.as_str().unwrap().len())
        .sum();
    let policy = |bytes: usize| {
        let statement = "forbid(principal, action, resource is AgentCore::Gateway); //";
        json!({"cedar": {"statement": format!("{statement:x<bytes$}")}})
    };
    let mut fillers = Vec::new();
    let mut left = MOST_BYTES - bytes;
    while left > 0 {
        let bytes = left.min(10_000);
        let body = json!({"name": format!("filler_{left}"), "definition": policy(bytes)});
        let filler = backend.json("POST", policies, body).await;
        fillers.push(format!("{policies}/{}", filler["policyId"].as_str().unwrap()));
        left -= bytes;
    }
    let late = json!({"name": "late", "definition": policy(100)}).to_string();
    let refused = backend.call("POST", policies, &late).await;
    let (status, class, _) = refused.error();
    assert_eq!((status, class), (402, "ServiceQuotaExceededException"));
    let known = format!("{policies}/{}", there[0]["policyId"].as_str().unwrap());
    let longer = json!({"definition": policy(100)}).to_string();
    assert_eq!(backend.call("PATCH", &known, &longer).await.status, 402);
    for filler in fillers {
        backend.settled(&filler).await;
        backend.json("DELETE", &filler, Value::Null).await;
        backend.settled(&filler).await;
    }
    let made = backend.call("POST", policies, &late).await;
    assert_eq!(made.status, 202, "{made:?}");
    let made = format!("{policies}/{}", made.json()["policyId"].as_str().unwrap());
    backend.settled(&made).await;
    backend.json("DELETE", &made, Value::Null).await;
    backend.settled(&made).await;
}
