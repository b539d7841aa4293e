//! A backend in the test's own process, and a plain HTTP/1.1 client for it.

use agentcore_policy_operator::backend::{
    AuthorConfig, BackendConfig, BackendError, CallersConfig, Cvc5, DecisionLogFailure, ForwardConfig,
    Switches, TargetsConfig, bind,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const ACCOUNT: &str = "123456789012";

/// A backend in this process.
pub struct Running {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub serving: JoinHandle<Result<(), BackendError>>,
}

impl Running {
    pub async fn start(directory: &Path, delay: Duration) -> Self {
        Self::of(config(directory, delay)).await
    }

    pub async fn of(config: BackendConfig) -> Self {
        // One that was dropped where it stood lets go of the directory when the last of its connections has ended.
        let begin = Instant::now();
        let backend = loop {
            match bind(config.clone()).await {
                Err(error) if error.to_string().contains("in use by another backend") => {
                    assert!(begin.elapsed() < Duration::from_secs(10), "{error}");
                    tokio::task::yield_now().await;
                }
                bound => break bound.unwrap(),
            }
        };
        let address = backend.local_addr();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(backend.serve(shutdown.clone()));
        Self {
            address,
            shutdown,
            serving,
        }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
    }

    pub async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        send(&mut stream, method, path, body).await;
        receive(&mut stream).await
    }

    pub async fn json(&self, method: &str, path: &str, body: Value) -> Value {
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
    pub async fn settled(&self, path: &str) -> Value {
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

    pub async fn engine(&self, name: &str) -> String {
        let engine = self.json("POST", "/policy-engines", json!({"name": name})).await;
        let path = format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap());
        assert_eq!(self.settled(&path).await["status"], "ACTIVE");
        path
    }
}

pub fn config(directory: &Path, transition_delay: Duration) -> BackendConfig {
    // As the program does; another test may have been first.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    BackendConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: directory.to_owned(),
        database_url: None,
        region: "us-east-1".to_owned(),
        account_id: ACCOUNT.to_owned(),
        transition_delay,
        switches: Switches::default(),
        author: AuthorConfig::default(),
        targets: TargetsConfig::default(),
        forward: ForwardConfig::default(),
        gateway_listen: "127.0.0.1:0".parse().unwrap(),
        gateway_url: None,
        decision_log: None,
        decision_log_failure: DecisionLogFailure::Deny,
        gateway_metrics_listen: None,
        callers: CallersConfig::default(),
        cvc5: Cvc5::Off,
        credentials: None,
        unsigned_anywhere: false,
        admin_listen: None,
        fault_script: None,
    }
}

pub fn soon() -> Duration {
    Duration::from_millis(5)
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, class and message of an error in AWS's shape.
    pub fn error(&self) -> (u16, &str, String) {
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

pub async fn send(stream: &mut TcpStream, method: &str, path: &str, body: &str) {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Reads one answer and leaves the connection open.
pub async fn receive(stream: &mut TcpStream) -> Answer {
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
