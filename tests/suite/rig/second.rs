//! A second kube-apiserver over the etcd of a control plane, behind a gate for its connections to etcd: with the gate
//! closed it knows no more than it has seen (reliability.md 5.3).

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::ControlPlane;
use super::controlplane::program;
use super::go;
use super::wait::wait_until;

/// Connections through which nothing goes while it is closed. They stay open.
#[derive(Default)]
pub struct TcpGate {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl TcpGate {
    /// One to `address`, and where it listens.
    fn before(address: String) -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("its address").to_string();
        let gate = Arc::<Self>::default();
        let shared = Arc::clone(&gate);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // An error is the end of one connection.
                shared.join(&client, &address).ok();
            }
        });
        (gate, at)
    }

    fn join(self: &Arc<Self>, client: &TcpStream, address: &str) -> io::Result<()> {
        let server = TcpStream::connect(address)?;
        for (from, to) in [(client, &server), (&server, client)] {
            let (from, to, gate) = (from.try_clone()?, to.try_clone()?, Arc::clone(self));
            thread::spawn(move || gate.pass(from, to).ok());
        }
        Ok(())
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
        let mut bytes = vec![0; 1 << 16];
        loop {
            let length = from.read(&mut bytes)?;
            let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.changed.wait_while(closed, |closed| *closed));
            if length == 0 {
                return to.shutdown(Shutdown::Write);
            }
            to.write_all(&bytes[..length])?;
        }
    }

    /// Keeps back everything from now on.
    pub fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Lets go what was kept back, and everything from now on.
    pub fn open(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.changed.notify_all();
    }
}

/// The second API server; it ends with this value, or with this process.
pub struct Second {
    /// Between it and etcd.
    pub gate: Arc<TcpGate>,
    /// `HOST:PORT`
    pub address: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Second {
    /// Starts one and waits until it answers about our kinds.
    #[track_caller]
    pub fn start(cluster: &ControlPlane) -> Self {
        let etcd = fs::read_to_string(cluster.dir().join("etcd.endpoint")).expect("where etcd is");
        let (gate, at) = TcpGate::before(etcd.trim_start_matches("http://").to_owned());
        let mut child = go::command(program())
            .arg("second")
            .arg(cluster.dir())
            .arg(format!("http://{at}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the control plane's program starts");
        let stdin = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output is piped"))
            .read_line(&mut line)
            .expect("its output can be read");
        let address = line
            .trim_end()
            .strip_prefix("SERVER=")
            .expect("an address")
            .to_owned();
        let second = Self {
            gate,
            address,
            child,
            stdin,
        };
        let server = format!("--server=https://{}", second.address);
        wait_until("the second API server", Duration::from_mins(1), || {
            let ran = cluster.kubectl(&["get", "acpol,acpe", "-A", &server]);
            (ran.code == Some(0)).then_some(()).ok_or(ran.stderr)
        });
        second
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.gate.open();
        drop(self.stdin.take());
        self.child.wait().ok();
    }
}
