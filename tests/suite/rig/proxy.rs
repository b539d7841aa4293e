//! A proxy that knows the requests that change something and can hold one of them, so that a test can kill
//! the operator at exactly that moment.
//!
//! It stands between the operator and the API server (plain to the operator, TLS behind), and between
//! the operator and the backend. Both go through one [`Gate`].

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::ControlPlane;

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The server has not seen it.
    BeforeForward,
    /// The server has done it and answered, and the operator does not know.
    BeforeReply,
}

/// A request that changes something, in words that are the same in every run: the method, the path with
/// `*` for the namespace and for AWS's ids, and how often it came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Such as `POST /policy-engines/*/policies`.
    pub what: String,
    /// 0 for the first.
    pub nth: usize,
}

/// Knows the requests that change something, and holds one of them.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    mutations: Vec<Mutation>,
    hold: Option<(Mutation, Moment)>,
    held: bool,
    delayed: Option<String>,
}

impl Gate {
    /// A gate that holds nothing yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Holds one request, counted from now.
    pub fn hold(&self, mutation: Mutation, moment: Moment) {
        *self.lock() = State {
            hold: Some((mutation, moment)),
            ..State::default()
        };
    }

    /// Delays every request whose first line contains `part`, until the gate is opened.
    pub fn delay(&self, part: &str) {
        self.lock().delayed = Some(part.to_owned());
    }

    /// Whether the request has come and is held.
    pub fn holds(&self) -> bool {
        self.lock().held
    }

    /// Lets everything through from now on. A held request's connection is dropped, a delayed one goes on.
    pub fn open(&self) {
        let mut state = self.lock();
        state.hold = None;
        state.held = false;
        state.delayed = None;
        self.opened.notify_all();
    }

    /// Returns when no request like this one is delayed.
    fn wait(&self, first_line: &str) {
        let mut state = self.lock();
        while state
            .delayed
            .as_ref()
            .is_some_and(|part| first_line.contains(part))
        {
            state = self.opened.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What came since the gate was made, or since the last [`Gate::hold`].
    pub fn mutations(&self) -> Vec<Mutation> {
        self.lock().mutations.clone()
    }

    fn enter(&self, what: String) -> Mutation {
        let mut state = self.lock();
        let nth = state
            .mutations
            .iter()
            .filter(|earlier| earlier.what == what)
            .count();
        let mutation = Mutation { what, nth };
        state.mutations.push(mutation.clone());
        mutation
    }

    /// Returns at once, unless this request is the one to hold; then when the gate is opened, as an error.
    fn pass(&self, mutation: &Mutation, moment: Moment) -> io::Result<()> {
        let mut state = self.lock();
        if !state
            .hold
            .as_ref()
            .is_some_and(|hold| hold.0 == *mutation && hold.1 == moment)
        {
            return Ok(());
        }
        state.held = true;
        while state.held {
            state = self.opened.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Err(io::Error::other("the held request is dropped"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a proxy to a plain HTTP server and returns its URL.
pub fn to_backend(gate: &Arc<Gate>, url: &str) -> String {
    let address = url.trim_start_matches("http://").to_owned();
    listen(gate, None, move || Ok(Box::new(TcpStream::connect(&address)?)))
}

/// Starts a proxy to the API server and writes a kubeconfig like `kubeconfig` that goes through it.
pub fn to_api_server(gate: &Arc<Gate>, cluster: &ControlPlane, kubeconfig: &Path) -> PathBuf {
    let text = fs::read_to_string(kubeconfig).expect("a kubeconfig");
    let server = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("server: https://"));
    let address = server.expect("a server").to_owned();
    let token = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("token: "))
        .map(str::to_owned);
    let tls = Arc::new(tls(&cluster.dir().join("ca.crt")));
    let upstream = address.clone();
    let url = listen(gate, token, move || {
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let connection = ClientConnection::new(Arc::clone(&tls), name).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(
            connection,
            TcpStream::connect(&upstream)?,
        )))
    });
    let through = kubeconfig.with_extension("proxy");
    fs::write(&through, text.replace(&format!("https://{address}"), &url)).expect("a kubeconfig");
    through
}

fn tls(authority: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(authority).expect("a certificate"))
        .expect("an authority");
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
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
                // An error is the end of one connection: one of the two sides has gone.
                connect()
                    .and_then(|server| serve(gate, token.as_deref(), client, server))
                    .ok()
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
        let mut body = Vec::new();
        relay(&mut client, &mut body, head.framing(false))?;
        gate.wait(&head.first_line());
        let mutation = head.is_mutating().then(|| gate.enter(head.in_general()));
        if let Some(mutation) = &mutation {
            gate.pass(mutation, Moment::BeforeForward)?;
        }
        server
            .get_mut()
            .write_all(&[head.bytes.as_slice(), &body].concat())?;
        server.get_mut().flush()?;

        let answer = Head::read(&mut server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let framing = answer.framing(true);
        if let Some(mutation) = &mutation {
            let mut body = Vec::new();
            relay(&mut server, &mut body, framing)?;
            gate.pass(mutation, Moment::BeforeReply)?;
            client
                .get_mut()
                .write_all(&[answer.bytes.as_slice(), &body].concat())?;
        } else {
            client.get_mut().write_all(&answer.bytes)?;
            relay(&mut server, client.get_mut(), framing)?;
        }
        if framing == Framing::UntilClose {
            break;
        }
    }
    Ok(())
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// The first line and the headers of a request or an answer, as they came.
struct Head {
    bytes: Vec<u8>,
}

impl Head {
    /// None at the end of the connection.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            if from.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(Self { bytes }))
    }

    fn authorize(&mut self, token: Option<&str>) {
        let Some(token) = token.filter(|_| self.header("authorization").is_none()) else {
            return;
        };
        let end = self.bytes.len() - b"\r\n".len();
        self.bytes.truncate(end);
        self.bytes
            .extend_from_slice(format!("Authorization: Bearer {token}\r\n\r\n").as_bytes());
    }

    fn first_line(&self) -> String {
        String::from_utf8_lossy(&self.bytes)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Method and path without what differs from run to run.
    fn in_general(&self) -> String {
        let line = self.first_line();
        let target = line
            .rsplit_once(' ')
            .map_or(line.as_str(), |(target, _version)| target);
        let mut before = "";
        let mut general = Vec::new();
        for part in target.split('?').next().unwrap_or_default().split('/') {
            let after_aws_collection = matches!(before, "policy-engines" | "tags")
                || (before == "policies" && target.contains(" /policy-engines/"));
            general.push(if before == "namespaces" || after_aws_collection {
                "*"
            } else {
                part
            });
            before = part;
        }
        general.join("/")
    }

    fn is_mutating(&self) -> bool {
        ["POST ", "PUT ", "PATCH ", "DELETE "]
            .iter()
            .any(|method| self.bytes.starts_with(method.as_bytes()))
    }

    fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let headers = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_ascii_lowercase())
    }

    fn framing(&self, answer: bool) -> Framing {
        let status = self.first_line().split(' ').nth(1).map(str::to_owned);
        let without_body = answer && status.is_some_and(|code| code == "204" || code == "304");
        match (self.header("transfer-encoding"), self.header("content-length")) {
            _ if without_body => Framing::Length(0),
            (Some(coding), _) if coding.contains("chunked") => Framing::Chunked,
            (_, Some(length)) => Framing::Length(length.parse().unwrap_or(0)),
            _ if answer => Framing::UntilClose,
            _ => Framing::Length(0),
        }
    }
}

/// Passes a body on as it comes: an answer to a watch never ends.
fn relay(from: &mut impl BufRead, to: &mut impl Write, framing: Framing) -> io::Result<()> {
    match framing {
        Framing::Length(length) => copy(from, to, length),
        Framing::UntilClose => loop {
            let bytes = from.fill_buf()?;
            let length = bytes.len();
            if length == 0 {
                return Ok(());
            }
            to.write_all(bytes)?;
            to.flush()?;
            from.consume(length);
        },
        Framing::Chunked => loop {
            let mut line = Vec::new();
            from.read_until(b'\n', &mut line)?;
            to.write_all(&line)?;
            let text = String::from_utf8_lossy(&line);
            let digits = text.trim().split(';').next().unwrap_or_default();
            let length = u64::from_str_radix(digits, 16).map_err(io::Error::other)?;
            // The chunk and its line end; after the last chunk the line end alone.
            copy(from, to, length + 2)?;
            if length == 0 {
                return Ok(());
            }
        },
    }
}

fn copy(from: &mut impl BufRead, to: &mut impl Write, length: u64) -> io::Result<()> {
    let copied = io::copy(&mut from.take(length), to)?;
    to.flush()?;
    if copied == length {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
