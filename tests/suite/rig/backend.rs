//! The local backend as a program of its own.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::http::{Kept, NOTHING, request};
use super::process::Process;
use serde_json::Value;

/// The project's program: the one of this build, or where `AGENTCORE_OPERATOR_PROGRAM` names one, such as a release build,
/// that one.
pub fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let named = std::env::var("AGENTCORE_OPERATOR_PROGRAM");
        named.unwrap_or_else(|_| env!("CARGO_BIN_EXE_agentcore-policy-operator").to_owned())
    })
}

/// The program, on a machine whose root certificates sign nothing: nothing that it calls here is public, and those of a
/// machine, hundreds that every start reads, cost a debug build a tenth of a second each time.
pub fn command() -> Command {
    let mut command = Command::new(program());
    let roots = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nobody.pem");
    command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
    command
}

/// A running `backend`.
pub struct Backend {
    process: Process,
    /// `http://HOST:PORT`
    pub url: String,
    kept: Kept<TcpStream>,
}

impl Backend {
    /// Starts one on a free port with its data in `<dir>/data`, where a second start finds it again.
    #[track_caller]
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", dir, args)
    }

    /// The same at this address, where one was before.
    #[track_caller]
    pub fn start_at(address: &str, dir: &Path, args: &[&str]) -> Self {
        Self::launch(command(), address, dir, args)
    }

    /// The same by this command, which ends in the program.
    #[track_caller]
    pub fn launch(command: Command, address: &str, dir: &Path, args: &[&str]) -> Self {
        // The same wherever it listens: what is compared between runs has the URLs in it.
        let named = ["--gateway-url", "http://gateways.test"];
        Self::run(command, address, dir, &[&named, args].concat())
    }

    /// One on free ports whose gateways are called: their URLs are where they are.
    #[track_caller]
    pub fn start_to_call(dir: &Path, args: &[&str]) -> Self {
        Self::run(command(), "127.0.0.1:0", dir, args)
    }

    #[track_caller]
    fn run(mut command: Command, address: &str, dir: &Path, args: &[&str]) -> Self {
        command
            .args([
                "backend",
                "--listen",
                address,
                "--gateway-listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(dir.join("data"))
            .args(args);
        let mut process = Process::start(command, dir, "backend");
        let url = process.line_after("listening on ", Duration::from_secs(20));
        let address = url.trim_start_matches("http://").to_owned();
        let connect = move || {
            let stream = TcpStream::connect(&address)?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        Self {
            process,
            url,
            kept: Kept::new("Host: backend\r\n".to_owned(), connect),
        }
    }

    /// A GET on a connection that stays open, by who looks often; none but for an answer with success.
    pub fn look(&self, path: &str) -> Option<Value> {
        let answer = self.kept.answer("GET", path, NOTHING).ok()?;
        let there = (answer.status == 200).then_some(answer.body)?;
        serde_json::from_str(&there).ok()
    }

    /// Where gateways are, `http://HOST:PORT`.
    #[track_caller]
    pub fn gateways(&mut self) -> String {
        self.process.line_after("gateways on ", Duration::from_secs(20))
    }

    /// One call of the control plane, which must be answered with success; null is no body.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = request(method, &format!("{}{path}", self.url), &body).expect("the backend answers");
        let told = format!("{method} {path}: {} {}", answer.status, answer.body);
        assert!((200..300).contains(&answer.status), "{told}");
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    /// Asks the admin listener, which `--admin-listen` has opened, for something that must be answered with success.
    #[track_caller]
    pub fn admin(&mut self, method: &str, path: &str, body: &Value) {
        let url = self.process.line_after("admin on ", Duration::from_secs(20));
        let answer = request(method, &format!("{url}{path}"), &body.to_string()).expect("it answers");
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
    }

    /// SIGKILL.
    pub fn kill(self) {
        self.process.kill();
    }

    /// The child process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
