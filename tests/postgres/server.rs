//! A PostgreSQL server that the tests of one binary share, and a database of its own for each who asks.
//!
//! The server (`server.py`) ends when its standard input closes: with this process, however that ends.

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

struct Server {
    /// Nobody waits for it: it lives as long as this process.
    _child: Child,
    names: ChildStdin,
    urls: BufReader<ChildStdout>,
    made: usize,
    certificate: PathBuf,
}

/// URL of a new, empty database, with user and password.
pub fn database() -> String {
    let mut server = shared().lock().unwrap_or_else(PoisonError::into_inner);
    server.made += 1;
    let name = format!("test_{}", server.made);
    writeln!(server.names, "{name}").expect("the PostgreSQL server runs");
    line(&mut server.urls)
}

/// The server's certificate, which it signed itself, as a file.
pub fn certificate() -> PathBuf {
    let server = shared().lock().unwrap_or_else(PoisonError::into_inner);
    server.certificate.clone()
}

fn shared() -> &'static Mutex<Server> {
    static SHARED: OnceLock<Mutex<Server>> = OnceLock::new();
    SHARED.get_or_init(|| Mutex::new(start()))
}

fn start() -> Server {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/server.py");
    let mut child = Command::new("python3")
        .arg(program)
        .arg("run")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python 3 is installed");
    let names = child.stdin.take().expect("its input is piped");
    let mut urls = BufReader::new(child.stdout.take().expect("its output is piped"));
    let ready = line(&mut urls);
    let certificate = ready
        .strip_prefix("ready ")
        .expect("the server says that it is ready");
    Server {
        _child: child,
        names,
        certificate: certificate.into(),
        urls,
        made: 0,
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line)
        .expect("the server's output can be read");
    assert!(
        line.ends_with('\n'),
        "there is no PostgreSQL server for the tests; the reason is above"
    );
    line.trim_end().to_owned()
}
