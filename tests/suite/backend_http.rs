//! The local backend over plain HTTP: what any client of the protocol sees.

use agentcore_policy_operator::backend::{BackendConfig, BackendError, bind};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = "123456789012";
const TOO_LONG: &str = "1 validation error detected. Value with length 52 at '/name' failed to satisfy constraint: \
                        Member must have length between 1 and 48, inclusive";
const STATEMENT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

/// A backend in this process.
struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<Result<(), BackendError>>,
}

impl Running {
    async fn start(directory: &Path, delay: Duration) -> Self {
        let backend = bind(config(directory, delay)).await.unwrap();
        let address = backend.local_addr();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(backend.serve(shutdown.clone()));
        Self {
            address,
            shutdown,
            serving,
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
    }

    async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        send(&mut stream, method, path, body).await;
        receive(&mut stream).await
    }

    async fn json(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.call(method, path, &body).await;
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer.json()
    }

    /// Waits until a resource has left its transition.
    async fn settled(&self, path: &str) -> Value {
        let begin = Instant::now();
        loop {
            let answer = self.call("GET", path, "").await;
            let resource = answer.json();
            let status = resource["status"].as_str().unwrap_or_default();
            if answer.status == 404 || !status.ends_with("ING") {
                return resource;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "{path} stays {status}");
            tokio::task::yield_now().await;
        }
    }

    async fn engine(&self, name: &str) -> String {
        let engine = self.json("POST", "/policy-engines", json!({"name": name})).await;
        let path = format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap());
        assert_eq!(self.settled(&path).await["status"], "ACTIVE");
        path
    }
}

fn config(directory: &Path, transition_delay: Duration) -> BackendConfig {
    BackendConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: directory.to_owned(),
        region: "us-east-1".to_owned(),
        account_id: ACCOUNT.to_owned(),
        transition_delay,
    }
}

fn soon() -> Duration {
    Duration::from_millis(5)
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen == name)
            .map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, class and message of an error in AWS's shape.
    fn error(&self) -> (u16, &str, String) {
        let id = self.header("x-amzn-requestid").expect("a request id");
        assert_eq!(id.len(), 36);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let message = self.json()["message"].as_str().expect("a message").to_owned();
        assert!(!message.is_empty());
        (
            self.status,
            self.header("x-amzn-errortype").expect("a class"),
            message,
        )
    }
}

async fn send(stream: &mut TcpStream, method: &str, path: &str, body: &str) {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Reads one answer and leaves the connection open.
async fn receive(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        assert!(
            stream.read_buf(&mut bytes).await.unwrap() > 0,
            "closed early: {bytes:?}"
        );
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < end + length {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "closed early");
    }
    let body = String::from_utf8(bytes[end..end + length].to_vec()).unwrap();
    Answer {
        status,
        headers,
        body,
    }
}

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
        ("GET /gateways/", "", 404, unknown, "ListGateways is not served"),
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
    let backend = Running::start(directory.path(), Duration::from_hours(1)).await;
    let engine = backend
        .json("POST", "/policy-engines", json!({"name": "kept"}))
        .await;
    let path = format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap());
    // No graceful end: the task is dropped where it stands.
    backend.serving.abort();
    assert!(backend.serving.await.unwrap_err().is_cancelled());

    let backend = Running::start(directory.path(), soon()).await;
    let found = backend.json("GET", &path, Value::Null).await;
    assert_eq!(
        (&found["status"], &found["createdAt"]),
        (&json!("CREATING"), &engine["createdAt"])
    );
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
