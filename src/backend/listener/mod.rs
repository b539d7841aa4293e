//! HTTP/1.1 as all listeners of the backend serve it: bounded connections and bodies, keep-alive, an end in bounded time.

use axum::body::Body;
use axum::http::{Request, Response};
use futures::StreamExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// How long the body of a request may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How many times the largest body is taken in and thrown away.
const DISCARDED: usize = 8;
/// How long running requests may take to end after the shutdown began.
pub(super) const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// Pause after no connection could be taken, such as when there are too many open files.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// How long the head of a request may take to arrive when places are scarce.
const HEAD_TIME_WHEN_SCARCE: Duration = Duration::from_secs(5);
/// How long nobody leaves before another connection is asked to.
const UNTIL_ASKED: Duration = Duration::from_millis(50);

/// What a listener stands.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait to be taken. When a quarter is left, the oldest are asked to leave: they
    /// end when they are idle or their request is answered.
    pub connections: u32,
    /// How long the head of a request may take to arrive, and a kept connection to be used again.
    pub head_time: Duration,
    /// How long a client may read nothing of its answer.
    pub reading_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head_time: Duration::from_mins(1),
            reading_time: Duration::from_secs(30),
        }
    }
}

/// The connection is to drop without an answer.
#[derive(Debug, thiserror::Error)]
#[error("this connection is dropped without an answer")]
pub struct Dropped;

/// Serves until `shutdown`; requests that are running then have a few seconds to end. What answers a request is dropped
/// when its client leaves.
///
/// # Errors
/// When no connection can be taken any more.
pub async fn serve<H, F>(
    listener: TcpListener,
    handle: H,
    limits: Limits,
    shutdown: CancellationToken,
) -> std::io::Result<()>
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(limits.connections as usize));
    let leave = Arc::new(Notify::new());
    let accept = async || {
        let place = place(&room, &leave).await?;
        Ok::<_, std::io::Error>((accepted(&listener).await, place))
    };
    loop {
        let (stream, place) = tokio::select! {
            () = shutdown.cancelled() => break,
            taken = accept() => taken?,
        };
        let scarce = room.available_permits() < limits.connections as usize / 4;
        if scarce {
            leave.notify_one();
        }
        let head_time = if scarce {
            HEAD_TIME_WHEN_SCARCE.min(limits.head_time)
        } else {
            limits.head_time
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.reading_time));
        let (handle, leave, shutdown) = (handle.clone(), Arc::clone(&leave), shutdown.clone());
        tokio::spawn(async move {
            connection(stream, handle, head_time, &leave, &shutdown).await;
            drop(place);
        });
    }
    drop(listener);
    // Every connection has left when all places are free.
    match timeout(LAST_ANSWERS, room.acquire_many(limits.connections)).await {
        Ok(all) => all.map(drop).map_err(std::io::Error::other),
        Err(_) => Ok(()),
    }
}

/// A place for a connection. While there is none, one connection after the other is asked to leave.
async fn place(room: &Arc<Semaphore>, leave: &Notify) -> std::io::Result<OwnedSemaphorePermit> {
    let mut place = pin!(Arc::clone(room).acquire_owned());
    loop {
        match timeout(UNTIL_ASKED, place.as_mut()).await {
            Ok(place) => return place.map_err(std::io::Error::other),
            Err(_) => leave.notify_one(),
        }
    }
}

/// The next connection. What goes wrong with one, or for a while, does not end the listener.
async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY was not set");
                }
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Serves one connection until it ends, or is asked to leave and idle.
async fn connection<H, F>(
    stream: TimeoutStream<TcpStream>,
    handle: H,
    head_time: Duration,
    leave: &Notify,
    shutdown: &CancellationToken,
) where
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<Body>, Dropped>> + Send + 'static,
{
    let mut http1 = http1::Builder::new();
    http1.timer(TokioTimer::new()).header_read_timeout(head_time);
    let asked = &Notify::new();
    let answer = move |request| {
        asked.notify_one();
        handle(request)
    };
    let left = async {
        // Before its first request it would be closed without an answer.
        asked.notified().await;
        leave.notified().await;
    };
    let mut connection = pin!(http1.serve_connection(TokioIo::new(Box::pin(stream)), service_fn(answer)));
    let to_leave = async {
        tokio::select! {
            () = left => {}
            () = shutdown.cancelled() => {}
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = to_leave => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than it may be.
    TooLarge,
    /// It did not arrive whole.
    Broken,
    /// It did not arrive in time.
    TooSlow,
}

/// Reads a body of at most `largest` bytes. One that is too large is taken in and thrown away up to a bound: a client that
/// is still sending would otherwise see a broken connection instead of the answer.
pub async fn read(body: Body, largest: usize) -> Result<Vec<u8>, Unread> {
    timeout(BODY_TIME, read_to_end(body, largest))
        .await
        .unwrap_or(Err(Unread::TooSlow))
}

async fn read_to_end(body: Body, largest: usize) -> Result<Vec<u8>, Unread> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        length = length.saturating_add(chunk.len());
        if length <= largest {
            whole.extend_from_slice(&chunk);
        } else if length > largest.saturating_mul(DISCARDED) {
            break;
        } else {
            whole = Vec::new();
        }
    }
    if length <= largest {
        Ok(whole)
    } else {
        Err(Unread::TooLarge)
    }
}

/// A random UUID (version 4).
pub fn request_id() -> String {
    let random: u128 = rand::random();
    let bits = random & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// The name in a header `Host`, without the port.
pub fn host_name(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    name.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a header `Host`, in lower case, names this very machine: a page of another site cannot do so.
pub fn is_this_machine(host: &str) -> bool {
    let name = host_name(host);
    name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine_are_told_from_others() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.1.2.3:1",
            "localhost",
            "localhost:9",
            "[::1]",
            "[::1]:80",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:80",
            "10.0.0.1",
            "127.0.0.1.evil.example",
            "[::2]:80",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn request_ids_are_random_uuids_of_version_4() {
        let (one, other) = (request_id(), request_id());
        assert_ne!(one, other);
        for id in [one, other] {
            assert_eq!(id.len(), 36);
            assert_eq!(id.get(14..15), Some("4"), "{id}");
            assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")), "{id}");
        }
    }
}
