//! A service that is ahead of us: the backend, with a member on its gateways that neither the backend nor the operator's SDK
//! knows, and with somebody else at work there.

use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::http::{self, wire};
use super::wait_until;
use wire::{Head, relay};

/// The member that nobody knows.
pub const MEMBER: &str = "tomorrow";

/// The service.
pub struct Ahead {
    /// `http://HOST:PORT`
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    member: Value,
    refuses: bool,
    rivals: u32,
}

impl Ahead {
    /// In front of the backend at `url`.
    #[track_caller]
    pub fn of(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::<Mutex<State>>::default();
        let (shared, backend) = (Arc::clone(&state), url.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, backend) = (Arc::clone(&shared), backend.clone());
                // An error is the end of one connection.
                thread::spawn(move || serve(&shared, &backend, client));
            }
        });
        let url = format!("http://{address}");
        Self { url, state }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the member on every gateway.
    pub fn set(&self, value: &Value) {
        self.lock().member = value.clone();
    }

    /// What the member is by now: null where a gateway was replaced by one without it.
    pub fn member(&self) -> Value {
        self.lock().member.clone()
    }

    /// From now on, or not any more, gateways that have the member cannot be replaced by ones that have it.
    pub fn refuse(&self, refuses: bool) {
        self.lock().refuses = refuses;
    }

    /// So often, a gateway that is replaced is put back to what it was by somebody else before the answer is there.
    pub fn rival(&self, times: u32) {
        self.lock().rivals = times;
    }
}

fn serve(state: &Mutex<State>, backend: &str, client: TcpStream) -> io::Result<()> {
    let state = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let server = TcpStream::connect(backend.trim_start_matches("http://"))?;
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    while let Some(head) = Head::read(&mut client)? {
        let mut body = Vec::new();
        relay(&mut client, &mut body, head.framing(false))?;
        let what = head.in_general().trim_end_matches('/').to_owned();
        let path = head.first_line().split(' ').nth(1).unwrap_or_default().to_owned();
        let mut rival = None;
        if what == "PUT /gateways/*" {
            let mut wanted: Value = serde_json::from_slice(&body)?;
            let member = wanted.as_object_mut().and_then(|all| all.remove(MEMBER));
            if member.is_some() && state().refuses {
                client.get_mut().write_all(&refusal())?;
                continue;
            }
            state().member = member.unwrap_or_default();
            body = wanted.to_string().into_bytes();
            if state().rivals > 0 {
                state().rivals -= 1;
                rival = Some(look(backend, &path));
            }
        }
        server.get_mut().write_all(&with_length(&head, body.len()))?;
        server.get_mut().write_all(&body)?;
        let head = Head::read(&mut server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        relay(&mut server, &mut body, head.framing(true))?;
        let member = state().member.clone();
        if what == "GET /gateways/*" && head.status() == Some(200) && !member.is_null() {
            let mut shown: Value = serde_json::from_slice(&body)?;
            shown[MEMBER] = member;
            body = shown.to_string().into_bytes();
        }
        if let Some(before) = rival {
            put_back(backend, &path, before);
        }
        client.get_mut().write_all(&with_length(&head, body.len()))?;
        client.get_mut().write_all(&body)?;
    }
    Ok(())
}

fn look(backend: &str, path: &str) -> Value {
    let answer = http::get(&format!("{backend}{path}")).expect("an answer");
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Replaces a gateway that is at rest, and waits until it is again.
fn put_back(backend: &str, path: &str, mut before: Value) {
    let rests = || {
        wait_until("the gateway to rest", Duration::from_secs(20), || {
            match look(backend, path) {
                gateway if gateway["status"] == "READY" => Ok(()),
                gateway => Err(gateway.to_string()),
            }
        });
    };
    rests();
    // What is shown and not taken is passed over by the service.
    for shown in ["status", "statusReasons"] {
        before.as_object_mut().expect("an object").remove(shown);
    }
    let put = http::request("PUT", &format!("{backend}{path}"), &before.to_string()).expect("an answer");
    assert!((200..300).contains(&put.status), "{}", put.body);
    rests();
}

fn refusal() -> Vec<u8> {
    let body = json!({"message": format!("{MEMBER} cannot be changed by this operation"), "reason": "FieldValidationFailed"});
    let body = body.to_string();
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nx-amzn-ErrorType: ValidationException\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The head of a message whose body has this length now.
fn with_length(head: &Head, length: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(&head.bytes);
    let lines = text.trim_end().lines();
    let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let kept: Vec<&str> = kept.collect();
    format!("{}\r\nContent-Length: {length}\r\n\r\n", kept.join("\r\n")).into_bytes()
}
