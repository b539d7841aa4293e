//! HTTP/1.1 around [`Wire`]: bodies in, answers with their request ids out.

use super::answer::{Answered, Wire};
use super::reply::Reply;
use crate::backend::control::{Reason, Refusal};
use crate::backend::listener::{self, Dropped, Limits, Unread, request_id};
use crate::backend::sigv4::Request;
use axum::body::Body;
use axum::http;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The largest body in bytes: several times the largest request that the model allows.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Serves until `shutdown`, as [`listener::serve`].
///
/// # Errors
/// When no connection can be taken any more.
pub async fn serve(
    listener: TcpListener,
    wire: Arc<Wire>,
    limits: Limits,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let handle = move |request| handle(Arc::clone(&wire), request);
    listener::serve(listener, handle, limits, shutdown).await
}

async fn handle(wire: Arc<Wire>, request: http::Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let request_id = request_id();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let answered = match listener::read(Body::new(body), LARGEST_BODY).await {
        Err(Unread::TooSlow) => Answered::of(Reply::error(
            408,
            "RequestTimeoutException",
            "The request body took too long to arrive",
        )),
        Err(Unread::TooLarge) => Answered::of(Reply::error(
            413,
            "RequestEntityTooLargeException",
            &format!("The request body is larger than {LARGEST_BODY} bytes"),
        )),
        Err(Unread::Broken) => Answered::of(wire.refuse(&Refusal::validation(
            Reason::CannotParse,
            "The request body did not arrive whole",
        ))),
        Ok(body) => carry_out(Arc::clone(&wire), head.clone(), body, request_id.clone()).await,
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

#[cfg(test)]
mod tests;
