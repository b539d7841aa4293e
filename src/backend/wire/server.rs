//! HTTP/1.1 around [`Wire`]: bounded bodies, request ids, keep-alive, an end in bounded time.

use super::answer::{Request, Wire};
use super::reply::Reply;
use crate::backend::control::{Reason, Refusal};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::serve::ListenerExt as _;
use axum::{Router, http};
use futures::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The largest body in bytes: several times the largest request that the model allows.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// The most of a body in bytes that is taken in and thrown away.
const LARGEST_DISCARDED: usize = 8 * LARGEST_BODY;
/// How long the body of a request may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long running requests may take to end after the shutdown began.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Serves until `shutdown`; requests that are running then have a few seconds to end.
pub async fn serve(
    listener: TcpListener,
    wire: Arc<Wire>,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let app = Router::new().fallback(handle).with_state(wire);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
    });
    let ended = shutdown.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::select! {
        result = serving => result,
        () = async { ended.cancelled().await; tokio::time::sleep(LAST_ANSWERS).await } => Ok(()),
    }
}

async fn handle(State(wire): State<Arc<Wire>>, request: http::Request<Body>) -> Response<Body> {
    let request_id = request_id();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let reply = match timeout(BODY_TIME, read(body)).await {
        Err(_) => Reply::error(
            408,
            "RequestTimeoutException",
            "The request body took too long to arrive",
        ),
        Ok(Err(Unread::TooLarge)) => Reply::error(
            413,
            "RequestEntityTooLargeException",
            &format!("The request body is larger than {LARGEST_BODY} bytes"),
        ),
        Ok(Err(Unread::Broken)) => wire.refuse(&Refusal::validation(
            Reason::CannotParse,
            "The request body did not arrive whole",
        )),
        Ok(Ok(body)) => carry_out(Arc::clone(&wire), head.clone(), body, request_id.clone()).await,
    };
    tracing::debug!(
        method,
        path,
        status = reply.status,
        error = reply.error,
        request_id,
        "answered"
    );
    response(reply, &request_id)
}

/// Carries a request out to its end in a task of its own: a client that leaves in the middle must not leave the
/// work half done, and a panic is an answer like any other.
async fn carry_out(wire: Arc<Wire>, head: Parts, body: Vec<u8>, request_id: String) -> Reply {
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
    answering
        .await
        .unwrap_or_else(|error| wire.refuse(&Refusal::Fault(format!("a request failed: {error}"))))
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
    if let Some(error) = reply.error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error));
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
mod tests {
    use super::super::answer::Setup;
    use super::*;

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

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_client_asked_for_is_carried_out_though_it_leaves_in_the_middle() {
        let directory = tempfile::TempDir::new().unwrap();
        let control = crate::backend::control::scratch(&directory).await;
        let wire = Arc::new(
            Wire::new(Setup {
                control,
                page_key: "key".to_owned(),
                credentials: None,
            })
            .unwrap(),
        );
        let request = http::Request::post("/policy-engines").body(()).unwrap();
        let (head, ()) = request.into_parts();
        let mut answer = Box::pin(carry_out(
            Arc::clone(&wire),
            head,
            br#"{"name":"kept"}"#.to_vec(),
            "r-1".to_owned(),
        ));
        drop(futures::poll!(&mut answer));
        drop(answer);

        let list = Request {
            method: "GET",
            path: "/policy-engines",
            query: "",
            headers: &http::HeaderMap::new(),
            body: b"",
        };
        let begin = std::time::Instant::now();
        while !String::from_utf8(wire.answer(list, "r-2").await.body)
            .unwrap()
            .contains("kept")
        {
            assert!(begin.elapsed() < Duration::from_secs(10));
            tokio::task::yield_now().await;
        }
    }
}
