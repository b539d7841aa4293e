//! Databases of the first version: every later one brings them up to date and goes on with them.

use super::running::{Running, config, soon};
use crate::rig::postgres;
use agentcore_policy_operator::backend::BackendConfig;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, raw_sql};
use tempfile::TempDir;

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
    database.close().await.unwrap();
    goes_on(config(directory.path(), soon())).await;
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
    database.close().await.unwrap();
    goes_on(BackendConfig {
        database_url: Some(url.into()),
        ..config(directory.path(), soon())
    })
    .await;
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
