//! The load of the benchmark: sends requests over kept HTTP/1.1 connections and tells how long the answers took.
//!
//! `backend-load send ADDRESS CONNECTIONS SECONDS` reads requests from standard input, one JSON array
//! `[method, path, body]` a line. With 0 seconds each is sent once; otherwise they are sent again and again for that
//! time. Every connection sends its next request when the answer to the last one is there. One JSON object is printed.
//!
//! `backend-load idle` serves a route that does nothing, for comparison, and prints `listening on ADDRESS`.

mod answer;

use answer::whole;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn Error + Send + Sync>;

/// About as much as the answer to `GetPolicy`.
const NOTHING: &str = concat!(r#"{"nothing":""#, include_str!("../LICENSE"), r#""}"#);
/// How much of it.
const LENGTH: usize = 600;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // As many threads as the backend has.
        ["idle"] => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(idle()),
        ["send", address, connections, seconds] => {
            let load = Load {
                address: address.parse()?,
                connections: connections.parse()?,
                time: Duration::from_secs_f64(seconds.parse()?),
            };
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(load.send())
        }
        _ => Err("backend-load send ADDRESS CONNECTIONS SECONDS, or backend-load idle".into()),
    }
}

async fn idle() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let body = NOTHING.get(..LENGTH).unwrap_or(NOTHING);
    let app = axum::Router::new().fallback(move || async move { body });
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| {
            stream.set_nodelay(true).ok();
        }),
        app,
    )
    .await?)
}

struct Load {
    address: SocketAddr,
    connections: usize,
    time: Duration,
}

impl Load {
    async fn send(self) -> Result<(), Failure> {
        let requests = Arc::new(self.requests()?);
        let next = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        let end = (!self.time.is_zero()).then(|| begin + self.time);
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..self.connections {
            let connection = Connection::open(self.address).await?;
            running.spawn(connection.send_all(Arc::clone(&requests), Arc::clone(&next), end));
        }
        let (mut times, mut statuses) = (Vec::new(), BTreeMap::new());
        while let Some(ended) = running.join_next().await {
            for (status, time) in ended?? {
                times.push(time);
                *statuses.entry(status.to_string()).or_insert(0) += 1;
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |part: usize| {
            let index = times.len().saturating_sub(1) * part / 1000;
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let told = serde_json::json!({
            "requests": times.len(),
            "seconds": seconds,
            "p50_ms": at(500),
            "p99_ms": at(990),
            "statuses": statuses,
        });
        println!("{told}");
        Ok(())
    }

    fn requests(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let mut input = String::new();
        std::io::stdin().read_to_string(&mut input)?;
        let request = |line: &str| -> Result<Vec<u8>, Failure> {
            let (method, path, body): (String, String, String) = serde_json::from_str(line)?;
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                self.address,
                body.len()
            );
            Ok((head + &body).into_bytes())
        };
        input.lines().map(request).collect()
    }
}

struct Connection {
    stream: TcpStream,
    /// What has arrived and belongs to the next answer.
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Statuses and times of the requests that this connection gets to send.
    async fn send_all(
        mut self,
        requests: Arc<Vec<Vec<u8>>>,
        next: Arc<AtomicUsize>,
        end: Option<Instant>,
    ) -> Result<Vec<(u16, Duration)>, Failure> {
        let mut answers = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let index = match end {
                Some(end) if Instant::now() >= end => return Ok(answers),
                Some(_) => turn.checked_rem(requests.len()).unwrap_or(0),
                None => turn,
            };
            let Some(request) = requests.get(index) else {
                return Ok(answers);
            };
            let begin = Instant::now();
            self.stream.write_all(request).await?;
            let status = self.answer().await?;
            answers.push((status, begin.elapsed()));
        }
    }

    /// Reads one answer; gives its status.
    async fn answer(&mut self) -> Result<u16, Failure> {
        loop {
            if let Some((status, body)) = whole(&self.buffer)? {
                self.buffer.drain(..body.end);
                return Ok(status);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed in the middle of an answer".into());
            }
        }
    }
}
