//! Why a server did not answer, in one line for people.

use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::DynamicTransportError;
use rmcp::transport::streamable_http_client::StreamableHttpError;
use std::error::Error;

/// Why a session did not begin.
pub(super) fn of_beginning(error: &ClientInitializeError) -> String {
    if let ClientInitializeError::TransportError { error, .. } = error {
        return of_transport(error);
    }
    causes(error)
}

/// Why a request within a session failed.
pub(super) fn of_request(error: &ServiceError) -> String {
    if let ServiceError::TransportSend(error) = error {
        return of_transport(error);
    }
    causes(error)
}

fn of_transport(error: &DynamicTransportError) -> String {
    match error.error.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
        Some(StreamableHttpError::Client(error)) => causes(error),
        Some(StreamableHttpError::AuthRequired(_)) => {
            "it wants authorization, and the local backend has no credentials for it: give its tools as mcpToolSchema"
                .to_owned()
        }
        _ => causes(error.error.as_ref()),
    }
}

/// An error and what it came from.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors print their sources themselves.
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.replace(['\n', '\r'], " ")
}
