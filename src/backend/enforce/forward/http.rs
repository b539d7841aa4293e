//! Requests to tools: no redirects, bounded answers, no proxy for what is near.

use super::failure::{Failure, shortened};
use crate::backend::tools::{client, is_near};
use reqwest::{Client, RequestBuilder, Response, Url};

/// The clients of all tools.
#[derive(Clone, Debug)]
pub(super) struct Http {
    direct: Client,
    proxied: Client,
}

impl Http {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            direct: client(true)?,
            proxied: client(false)?,
        })
    }

    /// The one for this URL.
    pub fn client(&self, url: &Url) -> &Client {
        if is_near(url) { &self.direct } else { &self.proxied }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

/// Sends a request, and reads the answer of `what` up to `most` bytes.
///
/// # Errors
/// [`Failure`] also for a redirect.
pub(super) async fn ask(request: RequestBuilder, what: &str, most: usize) -> Result<Answer, Failure> {
    let response = request
        .send()
        .await
        .map_err(|error| Failure::of_request(what, error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Failure::Redirect {
            what: what.to_owned(),
            status: status.as_u16(),
        });
    }
    Ok(Answer {
        status: status.as_u16(),
        headers: response.headers().clone(),
        body: read(response, what, most).await?,
    })
}

async fn read(mut response: Response, what: &str, most: usize) -> Result<Vec<u8>, Failure> {
    let told = response.content_length().unwrap_or_default();
    if usize::try_from(told).is_ok_and(|told| told > most) {
        return Err(Failure::LargeAnswer(most));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Failure::of_request(what, error))?
    {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(Failure::LargeAnswer(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Answer {
    /// The body as text, cut where a text for people is.
    pub fn words(&self) -> String {
        shortened(&String::from_utf8_lossy(&self.body))
    }
}
