//! A proxy that knows the requests that change something and can do something to one of them: hold it, so that a test
//! can kill the operator at exactly that moment, lose its answer, send it twice.
//!
//! It stands between the operator and the API server (plain to the operator, TLS behind), and between
//! the operator and the backend. Both go through one [`Gate`].

mod gate;
mod past;

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use serde_json::json;

use super::ControlPlane;
use super::api::Server;
use super::http::wire::{Framing, Head, relay};

pub use gate::{Fault, Gate, Mutation};

/// Starts a proxy to a plain HTTP server and returns its URL.
pub fn to_backend(gate: &Arc<Gate>, url: &str) -> String {
    let address = url.trim_start_matches("http://").to_owned();
    listen(gate, None, move || Ok(Box::new(TcpStream::connect(&address)?)))
}

/// Starts a proxy to the API server and writes a kubeconfig like `kubeconfig` that goes through it.
pub fn to_api_server(gate: &Arc<Gate>, cluster: &ControlPlane, kubeconfig: &Path) -> PathBuf {
    let server = Server::of(cluster, kubeconfig);
    let (address, token) = (server.address.clone(), server.token.clone());
    let redirected = Arc::clone(gate);
    let url = listen(gate, Some(token), move || {
        Ok(Box::new(server.connect(redirected.elsewhere().as_deref())?))
    });
    let through = kubeconfig.with_extension("proxy");
    let text = fs::read_to_string(kubeconfig).expect("a kubeconfig");
    fs::write(&through, text.replace(&format!("https://{address}"), &url)).expect("a kubeconfig");
    through
}

trait Connection: Read + Write + Send {}
impl<T: Read + Write + Send> Connection for T {}

/// `token` is added to requests that have none: some clients send theirs over TLS alone.
fn listen(
    gate: &Arc<Gate>,
    token: Option<String>,
    connect: impl Fn() -> io::Result<Box<dyn Connection>> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let shared = Arc::new((Arc::clone(gate), token, connect));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (gate, token, connect) = &*shared;
                let end = client.try_clone()?;
                if token.is_some() {
                    gate.connected(client.try_clone()?);
                }
                // An error is the end of one connection: one of the two sides has gone.
                let served = connect().and_then(|server| serve(gate, token.as_deref(), client, server));
                // The gate may know the client yet.
                end.shutdown(Shutdown::Both).and(served)
            });
        }
    });
    format!("http://{address}")
}

/// Takes the requests of one connection to the server, one after the other.
fn serve(gate: &Gate, token: Option<&str>, client: TcpStream, server: Box<dyn Connection>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufReader::new(client);
    let mut server = BufReader::new(server);
    while let Some(mut head) = Head::read(&mut client)? {
        head.authorize(token);
        let mut request = head.bytes.clone();
        relay(&mut client, &mut request, head.framing(false))?;
        gate.wait(&head.first_line());
        if gate.is_away() {
            return Err(io::Error::other("the server is away"));
        }
        let framing = if head.is_mutating() {
            let answer = change(gate, &head, &request, &mut server)?;
            client.get_mut().write_all(&answer)?;
            Framing::Length(0)
        } else if let Some(past) = gate.past().and_then(|version| past::Past::of(&head, &version)) {
            client.get_mut().write_all(&past.ask(&mut server)?)?;
            Framing::Length(0)
        } else {
            send(&request, server.get_mut())?;
            let answer = Head::read(&mut server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            client.get_mut().write_all(&answer.bytes)?;
            if head.first_line().contains("watch=true") {
                gate.watched_by(client.get_ref().try_clone()?);
                let mut to = Hearing {
                    gate,
                    client: client.get_mut(),
                };
                relay(&mut server, &mut to, answer.framing(true))?;
            } else {
                relay(&mut server, client.get_mut(), answer.framing(true))?;
            }
            answer.framing(true)
        };
        if framing == Framing::UntilClose {
            break;
        }
    }
    Ok(())
}

/// A client that watches, as long as it is to hear of anything.
struct Hearing<'a> {
    gate: &'a Gate,
    client: &'a mut TcpStream,
}

impl Write for Hearing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gate.is_deaf() {
            Ok(bytes.len())
        } else {
            self.client.write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.client.flush()
    }
}

/// Takes a request that changes something to the server, or does to it what was planned; an error closes the connection.
fn change(
    gate: &Gate,
    head: &Head,
    request: &[u8],
    server: &mut BufReader<Box<dyn Connection>>,
) -> io::Result<Vec<u8>> {
    let what = head.in_general();
    let fault = gate.enter(what.clone())?;
    match fault {
        Some(Fault::HoldRequest) => {
            gate.hold();
            gate.while_held()?;
        }
        Some(Fault::Reset) => return Err(io::Error::other("reset before the server saw it")),
        Some(Fault::Delay(by)) => thread::sleep(by),
        Some(Fault::Answer(status)) => return Ok(refusal(&what, status)),
        Some(Fault::HoldReply | Fault::HoldNext | Fault::LoseReply | Fault::Duplicate) | None => {}
    }
    let answer = ask(gate, &what, request, server)?;
    match fault {
        Some(Fault::HoldReply) => {
            gate.hold();
            gate.while_held()?;
        }
        Some(Fault::HoldNext) => gate.hold(),
        Some(Fault::LoseReply) => return Err(io::Error::other("the answer is lost")),
        Some(Fault::Duplicate) => drop(ask(gate, &what, request, server)?),
        Some(Fault::HoldRequest | Fault::Reset | Fault::Delay(_) | Fault::Answer(_)) | None => {}
    }
    Ok(answer)
}

fn send(request: &[u8], server: &mut Box<dyn Connection>) -> io::Result<()> {
    server.write_all(request)?;
    server.flush()
}

/// The server's whole answer.
fn ask(
    gate: &Gate,
    what: &str,
    request: &[u8],
    server: &mut BufReader<Box<dyn Connection>>,
) -> io::Result<Vec<u8>> {
    send(request, server.get_mut())?;
    let head = Head::read(server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut answer = head.bytes.clone();
    relay(server, &mut answer, head.framing(true))?;
    if matches!(head.status(), Some(200..300)) {
        gate.note(what);
    }
    Ok(answer)
}

/// An error in the words of the server that was asked.
fn refusal(what: &str, status: u16) -> Vec<u8> {
    let (kubernetes, aws) = match status {
        409 => ("Conflict", "ConflictException"),
        429 => ("TooManyRequests", "ThrottlingException"),
        500 => ("InternalError", "InternalServerException"),
        _ => ("ServiceUnavailable", "ServiceUnavailableException"),
    };
    let message = "the proxy answers in the server's place";
    let of_kubernetes = what.contains(" /api");
    let body = if of_kubernetes {
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": status,
               "reason": kubernetes, "message": message})
    } else {
        json!({ "message": message })
    };
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} {kubernetes}\r\nContent-Type: application/json\r\nx-amzn-ErrorType: {aws}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
