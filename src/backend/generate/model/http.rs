//! One request to a model, bounded in time and size.

use super::ModelConfig;
use super::dialect::Dialect;
use super::prompt::Part;
use crate::backend::generate::AuthorError;
use crate::model::Secret;
use reqwest::Url;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::time::Duration;

/// Bytes of an answer at most.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// Where a model answers.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    dialect: Dialect,
    model: String,
    key: Option<Secret>,
}

impl Endpoint {
    pub fn new(config: ModelConfig) -> Result<Self, AuthorError> {
        let ModelConfig {
            dialect,
            url,
            model,
            key,
            patience,
        } = config;
        let no_url = || {
            AuthorError(format!(
                "`{url}` is no URL of a model; give one such as https://api.openai.com/v1"
            ))
        };
        let mut whole = Url::parse(&url).map_err(|_| no_url())?;
        if !matches!(whole.scheme(), "http" | "https") || whole.query().is_some() {
            return Err(no_url());
        }
        whole
            .path_segments_mut()
            .map_err(|()| no_url())?
            .pop_if_empty()
            .extend(dialect.path(&model));
        let mut client = reqwest::Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(patience)
            // A key is for this host alone.
            .redirect(Policy::none());
        if is_of_this_machine(&whole) {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| AuthorError(format!("no HTTP client can be made: {error}")))?;
        Ok(Self {
            client,
            url: whole,
            dialect,
            model,
            key,
        })
    }

    /// What the model says next in a conversation.
    ///
    /// # Errors
    /// [`AuthorError`] when there is no answer in time, or none that can be used. It holds neither key nor answer.
    pub async fn ask(&self, conversation: &[Part]) -> Result<String, AuthorError> {
        let mut request = self
            .client
            .post(self.url.clone())
            .json(&self.dialect.body(&self.model, conversation));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(AuthorError(format!(
                "the model's endpoint answered {}",
                status.as_u16()
            )));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                return Err(AuthorError(format!(
                    "the model's answer is longer than {LONGEST_ANSWER} bytes"
                )));
            }
        }
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|_| AuthorError("the model's endpoint did not answer with JSON".to_owned()))?;
        self.dialect
            .text(&answer)
            .ok_or_else(|| AuthorError("the model's endpoint answered without a text".to_owned()))
    }
}

/// What became of a request, without the URL: it may hold what is nobody's business.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(error: reqwest::Error) -> AuthorError {
    AuthorError(
        if error.is_timeout() {
            "the model did not answer in time"
        } else if error.is_connect() {
            "the model's endpoint cannot be reached"
        } else {
            "the connection to the model's endpoint broke"
        }
        .to_owned(),
    )
}

fn is_of_this_machine(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}
