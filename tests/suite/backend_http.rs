//! The local backend over plain HTTP: what any client of the protocol sees.

mod disk;
mod first_version;
mod killed;
mod running;
mod sdk;
mod start;
mod two;

use futures::future::join_all;
use running::{ACCOUNT, Running, receive, send, soon};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;

const TOO_LONG: &str = "1 validation error detected. Value with length 52 at '/name' failed to satisfy constraint: \
                        Member must have length between 1 and 48, inclusive";
const STATEMENT: &str = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
    when { principal.hasTag(\"role\") };";

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_and_a_policy_live_and_go() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;

    let created = backend
        .json(
            "POST",
            "/policy-engines",
            json!({"name": "refunds", "description": "d", "ignored": {"x": [1]}}),
        )
        .await;
    assert_eq!(created["status"], "CREATING");
    assert_eq!(created["statusReasons"], json!([]));
    assert_eq!(created["createdAt"], created["updatedAt"]);
    assert_eq!(
        created["createdAt"].as_str().unwrap().len(),
        "2026-02-24T12:00:00.123456Z".len()
    );
    let id = created["policyEngineId"].as_str().unwrap();
    assert_eq!(
        created["policyEngineArn"],
        format!("arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:policy-engine/{id}")
    );
    let engine = format!("/policy-engines/{id}");
    assert_eq!(backend.settled(&engine).await["status"], "ACTIVE");

    let policies = format!("{engine}/policies");
    let policy = json!({"name": "all", "definition": {"cedar": {"statement": STATEMENT}}});
    let policy = backend.json("POST", &policies, policy).await;
    assert_eq!(policy["status"], "CREATING");
    assert_eq!(policy["enforcementMode"], "ACTIVE");
    let policy = format!("{policies}/{}", policy["policyId"].as_str().unwrap());
    assert_eq!(backend.settled(&policy).await["status"], "ACTIVE");

    let listed = backend.json("GET", &format!("{policies}/"), Value::Null).await;
    assert_eq!(
        listed["policies"][0]["definition"]["cedar"]["statement"],
        STATEMENT
    );
    assert!(listed.get("nextToken").is_none());
    let summaries = backend
        .json("GET", &format!("{engine}/policy-summaries"), Value::Null)
        .await;
    assert!(summaries["policies"][0].get("definition").is_none());
    assert_eq!(summaries["policies"][0]["name"], "all");

    let busy = backend.call("DELETE", &engine, "").await;
    assert_eq!(
        busy.error(),
        (
            409,
            "ConflictException",
            "Policy engine still contains 1 policy and cannot be deleted".to_owned()
        )
    );
    assert_eq!(
        backend.json("DELETE", &policy, Value::Null).await["status"],
        "DELETING"
    );
    assert!(backend.settled(&policy).await["message"].is_string());
    assert_eq!(
        backend.json("DELETE", &engine, Value::Null).await["status"],
        "DELETING"
    );
    backend.settled(&engine).await;
    let gone = backend.call("GET", &engine, "").await;
    assert_eq!(gone.error().1, "ResourceNotFoundException");
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_an_error_in_the_aws_shape() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let long = format!(r#"{{"name":"{}"}}"#, "a".repeat(52));
    let large = format!(r#"{{"name":"{}"}}"#, "a".repeat(3_000_000));
    let (unknown, invalid) = ("UnknownOperationException", "ValidationException");
    let engines = "/policy-engines";
    for (request, body, status, class, text) in [
        ("GET /nothing", "", 404, unknown, "GET /nothing"),
        ("PATCH /policy-engines", "", 404, unknown, "PATCH"),
        (
            "POST /policy-engines",
            "{",
            400,
            invalid,
            "could not be parsed as JSON",
        ),
        (
            "POST /policy-engines",
            r#"{"name":[]}"#,
            400,
            invalid,
            "at '/name'",
        ),
        (
            "POST /policy-engines",
            "",
            400,
            invalid,
            "at '/name' failed to satisfy constraint: Member must not be null",
        ),
        ("POST /policy-engines", &long, 400, invalid, TOO_LONG),
        (
            "POST /policy-engines",
            &large,
            413,
            "RequestEntityTooLargeException",
            "larger",
        ),
        (
            "GET /policy-engines?maxResults=0",
            "",
            400,
            invalid,
            "between 1 and 100, inclusive",
        ),
        (
            "GET /policy-engines?maxResults=x",
            "",
            400,
            invalid,
            "expected an integer",
        ),
        (
            "GET /policy-engines?nextToken=",
            "",
            400,
            invalid,
            "Value with length 0 at '/nextToken'",
        ),
        (
            "GET /policy-engines?nextToken=abc",
            "",
            400,
            invalid,
            "at '/nextToken'",
        ),
        (
            "GET /policy-engines/arn%3Aaws%3Ax",
            "",
            400,
            invalid,
            "'/policyEngineId'",
        ),
        (
            "GET /policy-engines/engine-0123456789",
            "",
            404,
            "ResourceNotFoundException",
            "engine-0123456789",
        ),
    ] {
        let (method, path) = request.split_once(' ').unwrap();
        let answer = backend.call(method, path, body).await;
        let (seen, name, message) = answer.error();
        assert_eq!((seen, name), (status, class), "{request}: {message}");
        assert!(message.contains(text), "{request}: {message}");
        assert_eq!(answer.json()["reason"].is_string(), class == invalid);
    }
    let fields = backend.call("POST", engines, &long).await.json();
    assert_eq!(fields["reason"], "FieldValidationFailed");
    assert_eq!(fields["fieldList"][0]["name"], "/name");
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_policy_fails_with_cedars_words_and_an_update_repairs_it() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let engine = backend.engine("e").await;
    let broken = STATEMENT.replace(';', " when { principal.nope == 1 };");
    let body = json!({"name": "p", "definition": {"policy": {"statement": broken}}});
    let policy = backend.json("POST", &format!("{engine}/policies"), body).await;
    let path = format!("{engine}/policies/{}", policy["policyId"].as_str().unwrap());
    let failed = backend.settled(&path).await;
    assert_eq!(failed["status"], "CREATE_FAILED");
    assert!(
        failed["statusReasons"][0].as_str().unwrap().contains("`nope`"),
        "{failed}"
    );

    let repaired = json!({"definition": {"cedar": {"statement": STATEMENT}}});
    let updating = backend.json("PATCH", &path, repaired).await;
    assert_eq!(
        (&updating["status"], &updating["statusReasons"]),
        (&json!("UPDATING"), &json!([]))
    );
    let active = backend.settled(&path).await;
    assert_eq!(active["status"], "ACTIVE");
    assert_eq!(active["definition"], json!({"cedar": {"statement": STATEMENT}}));
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_goes_on_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), Duration::from_millis(300)).await;
    let mut paths = Vec::new();
    for name in ["one", "two"] {
        let engine = backend
            .json("POST", "/policy-engines", json!({"name": name}))
            .await;
        paths.push((
            format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap()),
            engine,
        ));
    }
    // No graceful end: the task is dropped where it stands.
    backend.serving.abort();
    assert!(backend.serving.await.unwrap_err().is_cancelled());

    let backend = Running::start(directory.path(), Duration::from_hours(1)).await;
    for (path, created) in &paths {
        let active = backend.settled(path).await;
        assert_eq!(
            (&active["status"], &active["createdAt"]),
            (&json!("ACTIVE"), &created["createdAt"])
        );
    }
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_creates_of_one_name_at_once_make_one_engine() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let creates = (0..24).map(|_| backend.call("POST", "/policy-engines", r#"{"name":"one"}"#));
    let mut statuses: Vec<u16> = join_all(creates)
        .await
        .into_iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 202);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
    let listed = backend.json("GET", "/policy-engines", Value::Null).await;
    assert_eq!(listed["policyEngines"].as_array().unwrap().len(), 1);
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_token_repeats_the_answer_and_a_changed_request_is_a_mismatch() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let token = "0".repeat(36);
    let body = json!({"name": "one", "clientToken": token});
    let first = backend.json("POST", "/policy-engines", body.clone()).await;
    let again = backend.json("POST", "/policy-engines", body).await;
    assert_eq!(again["policyEngineId"], first["policyEngineId"]);
    let other = json!({"name": "other", "clientToken": token}).to_string();
    let answer = backend.call("POST", "/policy-engines", &other).await;
    assert_eq!((answer.status, answer.error().1), (400, "ValidationException"));
    assert_eq!(answer.json()["reason"], "IdempotentParameterMismatchException");
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_travel_under_an_encoded_arn_and_repeated_keys() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let body = json!({"name": "one", "tags": {"a": "1", "b c": "2", "d": "3"}});
    let engine = backend.json("POST", "/policy-engines", body).await;
    let arn = engine["policyEngineArn"]
        .as_str()
        .unwrap()
        .replace(':', "%3A")
        .replace('/', "%2F");
    let gone = backend
        .call("DELETE", &format!("/tags/{arn}?tagKeys=a&tagKeys=b%20c"), "")
        .await;
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    let tags = backend.json("GET", &format!("/tags/{arn}/"), Value::Null).await;
    assert_eq!(tags, json!({"tags": {"d": "3"}}));
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_and_sts_answers_in_xml() {
    let directory = TempDir::new().unwrap();
    let backend = Running::start(directory.path(), soon()).await;
    let mut stream = TcpStream::connect(backend.address).await.unwrap();
    for _ in 0..3 {
        send(
            &mut stream,
            "POST",
            "/",
            "Action=GetCallerIdentity&Version=2011-06-15",
        )
        .await;
        let answer = receive(&mut stream).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("text/xml"))
        );
        assert!(
            answer
                .body
                .contains(&format!("<Arn>arn:aws:iam::{ACCOUNT}:root</Arn>")),
            "{answer:?}"
        );
        send(&mut stream, "GET", "/policy-engines", "").await;
        assert_eq!(receive(&mut stream).await.json(), json!({"policyEngines": []}));
    }
    drop(stream);
    backend.stop().await;
}
