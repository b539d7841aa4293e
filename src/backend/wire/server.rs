//! HTTP/1.1 around [`Wire`]: bounded bodies, request ids, keep-alive, an end in bounded time.

use super::answer::{Answered, Request, Wire};
use super::reply::Reply;
use crate::backend::control::{Reason, Refusal};
use axum::body::Body;
use axum::http;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use futures::StreamExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The largest body in bytes: several times the largest request that the model allows.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// The most of a body in bytes that is taken in and thrown away.
const LARGEST_DISCARDED: usize = 8 * LARGEST_BODY;
/// How long the body of a request may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long running requests may take to end after the shutdown began.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Pause after no connection could be taken, such as when there are too many open files.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What the listener stands.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait to be taken.
    pub connections: u32,
    /// How long the head of a request may take to arrive, and a kept connection to be used again.
    pub head_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            head_time: Duration::from_mins(1),
        }
    }
}

/// Serves until `shutdown`; requests that are running then have a few seconds to end.
///
/// # Errors
/// When no connection can be taken any more.
pub async fn serve(
    listener: TcpListener,
    wire: Arc<Wire>,
    limits: Limits,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let room = Arc::new(Semaphore::new(limits.connections as usize));
    let accept = async || {
        let place = Arc::clone(&room)
            .acquire_owned()
            .await
            .map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>((accepted(&listener).await, place))
    };
    loop {
        let (stream, place) = tokio::select! {
            () = shutdown.cancelled() => break,
            taken = accept() => taken?,
        };
        let connection = connection(stream, Arc::clone(&wire), limits, shutdown.clone());
        tokio::spawn(async move {
            connection.await;
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

/// Serves one connection until it ends.
async fn connection(stream: TcpStream, wire: Arc<Wire>, limits: Limits, shutdown: CancellationToken) {
    let service = service_fn(move |request| handle(Arc::clone(&wire), request));
    let mut http1 = http1::Builder::new();
    http1
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time);
    let mut connection = pin!(http1.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// The fault script wants the connection to drop without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the fault script drops this connection")]
struct Dropped;

async fn handle(wire: Arc<Wire>, request: http::Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let request_id = request_id();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let answered = match timeout(BODY_TIME, read(Body::new(body))).await {
        Err(_) => Answered::of(Reply::error(
            408,
            "RequestTimeoutException",
            "The request body took too long to arrive",
        )),
        Ok(Err(Unread::TooLarge)) => Answered::of(Reply::error(
            413,
            "RequestEntityTooLargeException",
            &format!("The request body is larger than {LARGEST_BODY} bytes"),
        )),
        Ok(Err(Unread::Broken)) => Answered::of(wire.refuse(&Refusal::validation(
            Reason::CannotParse,
            "The request body did not arrive whole",
        ))),
        Ok(Ok(body)) => carry_out(Arc::clone(&wire), head.clone(), body, request_id.clone()).await,
    };
    wire.record((method, path), &answered, &request_id);
    tracing::debug!(
        method,
        path,
        status = answered.reply.status,
        error = answered.reply.error.as_deref(),
        request_id,
        "answered"
    );
    if answered.dropped {
        return Err(Dropped);
    }
    Ok(response(answered.reply, &request_id))
}

/// Carries a request out to its end in a task of its own: a client that leaves in the middle must not leave the
/// work half done, and a panic is an answer like any other.
async fn carry_out(wire: Arc<Wire>, head: Parts, body: Vec<u8>, request_id: String) -> Answered {
    let answering = tokio::spawn({
        let wire = Arc::clone(&wire);
        async move {
            let (method, path) = (head.method.as_str(), head.uri.path());
            let query = head.uri.query().unwrap_or_default();
            wire.answer(
                Request {
                    method,
                    path,
                    query,
                    headers: &head.headers,
                    body: &body,
                },
                &request_id,
            )
            .await
        }
    });
    answering.await.unwrap_or_else(|error| {
        Answered::of(wire.refuse(&Refusal::Fault(format!("a request failed: {error}"))))
    })
}

/// Why a body was not read.
enum Unread {
    TooLarge,
    Broken,
}

/// Reads a body. One that is too large is taken in and thrown away up to a bound: a client that is still sending
/// would otherwise see a broken connection instead of the answer.
async fn read(body: Body) -> Result<Vec<u8>, Unread> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        length = length.saturating_add(chunk.len());
        if length <= LARGEST_BODY {
            whole.extend_from_slice(&chunk);
        } else if length > LARGEST_DISCARDED {
            break;
        } else {
            whole = Vec::new();
        }
    }
    if length <= LARGEST_BODY {
        Ok(whole)
    } else {
        Err(Unread::TooLarge)
    }
}

fn response(reply: Reply, request_id: &str) -> Response<Body> {
    let empty = reply.body.is_empty();
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !empty {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.media));
    } else if reply.status != 204 {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if let Some(Ok(error)) = reply.error.as_deref().map(HeaderValue::from_str) {
        headers.insert(ERROR_TYPE, error);
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// A random UUID (version 4).
fn request_id() -> String {
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

#[cfg(test)]
mod tests;
