//! Kubernetes' API by hand, as the administrator, over one connection that stays open: for tests that look so often
//! that a kubectl for each look would be most of their work.

use std::fs;
use std::io::{self, Read};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::ControlPlane;
use super::http::wire::Chunks;
use super::http::{Answer, Kept};

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
    kept: Kept<Connection>,
}

impl Api {
    /// At the API server of this control plane.
    #[track_caller]
    pub fn new(cluster: &ControlPlane) -> Self {
        let server = Server::of(cluster, &cluster.kubeconfig());
        let headers = format!(
            "Host: api\r\nAuthorization: Bearer {}\r\nAccept: application/json\r\n",
            server.token
        );
        Self {
            kept: Kept::new(headers, move || server.connect(None)),
        }
    }

    /// All objects of a kind in a namespace, by its plural.
    #[track_caller]
    pub fn list(&self, namespace: &str, plural: &str) -> Vec<Value> {
        let (objects, _version) = self.listed(namespace, plural).expect("a list");
        objects
    }

    /// [`Api::list`], and the version it is of.
    pub fn listed(&self, namespace: &str, plural: &str) -> io::Result<(Vec<Value>, u64)> {
        let answer = self.answer("GET", &path(namespace, plural, ""), b"")?;
        if answer.status != 200 {
            return Err(io::Error::other(answer.body));
        }
        let mut list: Value = serde_json::from_str(&answer.body)?;
        let items = list["items"].as_array_mut().map(std::mem::take);
        Ok((items.unwrap_or_default(), version_of(&list)))
    }

    /// What becomes of the objects of a kind from `version` on, an event a line, and the connection it comes over: nobody
    /// else's.
    pub fn watch(
        &self,
        namespace: &str,
        plural: &str,
        version: u64,
    ) -> io::Result<(TcpStream, impl Read + use<>)> {
        let path = path(namespace, plural, "");
        let path = format!("{path}?watch=true&allowWatchBookmarks=true&resourceVersion={version}");
        let (head, open) = self.kept.begin("GET", &path)?;
        let connection = open.get_ref().sock.try_clone()?;
        match head.status() {
            Some(200) => Ok((connection, Chunks::of(open))),
            _ => Err(io::Error::other(head.first_line())),
        }
    }

    /// The version that the API server has come to, as a list of a kind tells it.
    pub fn version(&self) -> Option<String> {
        let answer = self.request("GET", "/apis/agentcore.dev/v1alpha1/policies?limit=1", b"");
        let list: Value = serde_json::from_str(&answer.body).ok()?;
        list["metadata"]["resourceVersion"].as_str().map(str::to_owned)
    }

    /// One object, if it is there.
    #[track_caller]
    pub fn get(&self, namespace: &str, plural: &str, name: &str) -> Option<Value> {
        let answer = self.request("GET", &path(namespace, plural, name), b"");
        match answer.status {
            404 => None,
            200 => Some(serde_json::from_str(&answer.body).expect("JSON")),
            _ => panic!("{}", answer.body),
        }
    }

    /// Server-side apply, as `kubectl apply --server-side` sends it; the version it made.
    #[track_caller]
    pub fn apply(&self, namespace: &str, plural: &str, object: &Value) -> u64 {
        let name = object["metadata"]["name"].as_str().expect("a name");
        let path = format!("{}?fieldManager=user&force=true", path(namespace, plural, name));
        let answer = self.request("PATCH", &path, object.to_string().as_bytes());
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        version_told(&answer)
    }

    /// Asks for an object's deletion; the version that made of it, and zero of what was gone at once.
    #[track_caller]
    pub fn delete(&self, namespace: &str, plural: &str, name: &str) -> u64 {
        let answer = self.request("DELETE", &path(namespace, plural, name), b"");
        assert!(matches!(answer.status, 200 | 202 | 404), "{}", answer.body);
        version_told(&answer)
    }

    /// One request; on a new connection if the old one has gone.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        self.answer(method, path, body).expect("an answer")
    }

    fn answer(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        let kind = match method {
            "PATCH" => "application/apply-patch+yaml",
            _ => "application/json",
        };
        self.kept.answer(method, path, (kind, body))
    }
}

/// The version of an object or a list; zero where none is told.
pub fn version_of(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

fn version_told(answer: &Answer) -> u64 {
    version_of(&serde_json::from_str(&answer.body).unwrap_or_default())
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
