//! Kubernetes' API by hand, as the administrator, over one connection that stays open: for tests that look so often
//! that a kubectl for each look would be most of their work.

use std::fs;
use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::ControlPlane;
use super::http::Answer;
use super::http::wire::{Framing, Head, relay};

/// An open connection to the API server.
pub type Connection = StreamOwned<ClientConnection, TcpStream>;

/// Where an API server is and who asks.
#[derive(Clone)]
pub struct Server {
    /// `HOST:PORT`
    pub address: String,
    /// The bearer token.
    pub token: String,
    tls: Arc<ClientConfig>,
}

impl Server {
    /// The one that a kubeconfig of `cluster` names.
    #[track_caller]
    pub fn of(cluster: &ControlPlane, kubeconfig: &Path) -> Self {
        let text = fs::read_to_string(kubeconfig).expect("a kubeconfig");
        let value = |prefix: &str| {
            let found = text.lines().find_map(|line| line.trim().strip_prefix(prefix));
            found.unwrap_or_else(|| panic!("no `{prefix}`")).to_owned()
        };
        Self {
            address: value("server: https://"),
            token: value("token: "),
            tls: Arc::new(tls(&cluster.dir().join("ca.crt"))),
        }
    }

    /// A new connection, to the server at `elsewhere` if that is given.
    pub fn connect(&self, elsewhere: Option<&str>) -> io::Result<Connection> {
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let connection = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        let stream = TcpStream::connect(elsewhere.unwrap_or(&self.address))?;
        stream.set_nodelay(true)?;
        Ok(StreamOwned::new(connection, stream))
    }
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

/// The administrator.
pub struct Api {
    server: Server,
    connection: Mutex<Option<BufReader<Connection>>>,
    /// The version of what it wrote last.
    written: AtomicU64,
}

impl Api {
    /// At the API server of this control plane.
    #[track_caller]
    pub fn new(cluster: &ControlPlane) -> Self {
        Self {
            server: Server::of(cluster, &cluster.kubeconfig()),
            connection: Mutex::default(),
            written: AtomicU64::default(),
        }
    }

    /// All objects of a kind in a namespace, by its plural.
    #[track_caller]
    pub fn list(&self, namespace: &str, plural: &str) -> Vec<Value> {
        self.listed(&path(namespace, plural, ""))
    }

    /// [`Api::list`] from the API server's cache, which asks etcd for nothing: as it was after the last write of this
    /// client, or later.
    #[track_caller]
    pub fn glance(&self, namespace: &str, plural: &str) -> Vec<Value> {
        self.listed(&self.cached(&path(namespace, plural, "")))
    }

    #[track_caller]
    fn listed(&self, path: &str) -> Vec<Value> {
        let answer = self.request("GET", path, b"");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut list: Value = serde_json::from_str(&answer.body).expect("JSON");
        let items = list["items"].as_array_mut().map(std::mem::take);
        items.unwrap_or_default()
    }

    /// The version that the API server has come to, as a list of a kind tells it.
    pub fn version(&self) -> Option<String> {
        let answer = self.request("GET", "/apis/agentcore.dev/v1alpha1/policies?limit=1", b"");
        let list: Value = serde_json::from_str(&answer.body).ok()?;
        list["metadata"]["resourceVersion"].as_str().map(str::to_owned)
    }

    fn cached(&self, path: &str) -> String {
        format!("{path}?resourceVersion={}", self.written.load(Ordering::Relaxed))
    }

    /// One object, if it is there.
    #[track_caller]
    pub fn get(&self, namespace: &str, plural: &str, name: &str) -> Option<Value> {
        self.got(&path(namespace, plural, name))
    }

    /// [`Api::get`] as [`Api::glance`] lists.
    #[track_caller]
    pub fn glance_at(&self, namespace: &str, plural: &str, name: &str) -> Option<Value> {
        self.got(&self.cached(&path(namespace, plural, name)))
    }

    #[track_caller]
    fn got(&self, path: &str) -> Option<Value> {
        let answer = self.request("GET", path, b"");
        match answer.status {
            404 => None,
            200 => Some(serde_json::from_str(&answer.body).expect("JSON")),
            _ => panic!("{}", answer.body),
        }
    }

    /// Server-side apply, as `kubectl apply --server-side` sends it.
    #[track_caller]
    pub fn apply(&self, namespace: &str, plural: &str, object: &Value) {
        let name = object["metadata"]["name"].as_str().expect("a name");
        let path = format!("{}?fieldManager=user&force=true", path(namespace, plural, name));
        let answer = self.request("PATCH", &path, object.to_string().as_bytes());
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        self.wrote(&answer);
    }

    fn wrote(&self, answer: &Answer) {
        let object: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let version = object["metadata"]["resourceVersion"].as_str();
        if let Some(version) = version.and_then(|version| version.parse().ok()) {
            self.written.fetch_max(version, Ordering::Relaxed);
        }
    }

    /// Asks for an object's deletion.
    #[track_caller]
    pub fn delete(&self, namespace: &str, plural: &str, name: &str) {
        let answer = self.request("DELETE", &path(namespace, plural, name), b"");
        assert!(matches!(answer.status, 200 | 202 | 404), "{}", answer.body);
        self.wrote(&answer);
    }

    /// One request; on a new connection if the old one has gone.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut open) = held.take()
            && let Ok(answer) = self.ask(&mut open, method, path, body)
        {
            *held = Some(open);
            return answer;
        }
        let mut open = BufReader::new(self.server.connect(None).expect("a connection"));
        let answer = self.ask(&mut open, method, path, body).expect("an answer");
        *held = Some(open);
        answer
    }

    fn ask(
        &self,
        open: &mut BufReader<Connection>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let length = body.len();
        let token = &self.server.token;
        let kind = match method {
            "PATCH" => "application/apply-patch+yaml",
            _ => "application/json",
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        open.get_mut().write_all(request.as_bytes())?;
        open.get_mut().write_all(body)?;
        open.get_mut().flush()?;
        let head = Head::read(open)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut bytes = Vec::new();
        relay(open, &mut bytes, head.framing(true))?;
        let bytes = match head.framing(true) {
            Framing::Chunked => unchunked(&bytes),
            Framing::Length(_) | Framing::UntilClose => bytes,
        };
        Ok(Answer {
            status: head.status().unwrap_or_default(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

fn path(namespace: &str, plural: &str, name: &str) -> String {
    let group = match plural {
        "leases" => "/apis/coordination.k8s.io/v1",
        "configmaps" => "/api/v1",
        _ => "/apis/agentcore.dev/v1alpha1",
    };
    let path = format!("{group}/namespaces/{namespace}/{plural}/{name}");
    path.trim_end_matches('/').to_owned()
}

/// What chunks hold.
pub fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let digits = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = usize::from_str_radix(digits.trim(), 16).unwrap_or_default();
        if length == 0 {
            break;
        }
        let start = end + 2;
        whole.extend_from_slice(&bytes[start..start + length]);
        bytes = &bytes[start + length + 2..];
    }
    whole
}
