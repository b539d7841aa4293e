//! The author that asks a model over HTTP, and holds its answer to what every statement must be.
//!
//! One conversation: the prompt (`prompt`), the answer (`answer`), and when something in it is wrong, one repair
//! round that shows the model each error. What is still wrong then goes on as it is: it becomes an asset with the
//! finding `INVALID`, never a policy. The text and the tools are the caller's and may try to talk the model into
//! something; whatever it answers, a statement for another gateway is not taken.

mod answer;
mod dialect;
mod http;
#[cfg(test)]
mod oracle_tests;
mod prompt;
#[cfg(test)]
mod tests;

use super::{Author, AuthorError, AuthorRequest, Draft, Outcome};
use crate::cedar::{self, Schema};
use crate::model::Secret;
use async_trait::async_trait;
use reqwest::Url;
use std::time::Duration;

pub use dialect::Dialect;

use answer::Written;
use http::Endpoint;

/// Where a model is, and how to speak to it.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// What the endpoint speaks.
    pub dialect: Dialect,
    /// Its base URL, such as `https://api.openai.com/v1` or `https://bedrock-runtime.us-east-1.amazonaws.com`.
    pub url: String,
    /// Name or id of the model.
    pub model: String,
    /// Bearer key, when the endpoint wants one.
    pub key: Option<Secret>,
    /// How long one answer may take.
    pub patience: Duration,
}

impl ModelConfig {
    /// Its URL, without who signs in there; none when it is no URL.
    pub(super) fn place(&self) -> Option<String> {
        let mut url = Url::parse(&self.url).ok()?;
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(url.to_string())
    }
}

/// An author that asks a model.
#[derive(Debug)]
pub struct ModelAuthor {
    endpoint: Endpoint,
    patience: Duration,
}

/// Answers that one request takes at most: the first and the repaired one.
const ROUNDS: u32 = 2;

impl ModelAuthor {
    /// An author at this endpoint. Nothing is sent yet.
    ///
    /// # Errors
    /// [`AuthorError`] when the URL is none, or no HTTP client can be made.
    pub fn new(config: ModelConfig) -> Result<Self, AuthorError> {
        let patience = config.patience.saturating_mul(ROUNDS);
        Ok(Self {
            endpoint: Endpoint::new(config)?,
            patience,
        })
    }
}

#[async_trait]
impl Author for ModelAuthor {
    async fn write(&self, request: &AuthorRequest) -> Result<Vec<Draft>, AuthorError> {
        let schema = Schema::of(&request.tools).map_err(|error| AuthorError(error.to_string()))?;
        let mut conversation = prompt::first(request, &schema)?;
        let said = self.endpoint.ask(&conversation).await?;
        let first = answer::read(&said, &request.text);
        let wrong = match &first {
            Ok(written) => wrong_in(written, request, &schema),
            Err(why) => vec![why.clone()],
        };
        if wrong.is_empty() {
            return first.map(drafts).map_err(AuthorError);
        }
        tracing::debug!(errors = wrong.len(), "the model is asked to repair its answer");
        conversation.push(prompt::said(said));
        conversation.push(prompt::repair(&wrong));
        let repaired = answer::read(&self.endpoint.ask(&conversation).await?, &request.text);
        // A repair that cannot be read leaves the first answer, where there is one.
        let last = repaired
            .or_else(|why| first.map_err(|_| why))
            .map_err(AuthorError)?;
        let last = last.into_iter().map(|written| {
            let elsewhere = written
                .statement
                .as_deref()
                .and_then(|text| elsewhere(text, &request.gateway_arn));
            match elsewhere {
                None => written,
                Some(why) => Written {
                    statement: None,
                    reason: Some(why.to_owned()),
                    ..written
                },
            }
        });
        Ok(drafts(last.collect()))
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

/// Why a statement is not for this gateway alone; none when it is, and for what does not parse.
fn elsewhere(statement: &str, gateway: &str) -> Option<&'static str> {
    match cedar::parse_statement(statement).ok()?.gateway() {
        Some(named) if named == gateway => None,
        Some(_) => Some("the model wrote a statement for another gateway"),
        None => Some("the model wrote a statement that does not name the gateway it is for"),
    }
}

/// What is wrong in an answer, one text each: by the checks that every statement passes when it is to become a policy,
/// by its gateway, and by the validator.
fn wrong_in(written: &[Written], request: &AuthorRequest, schema: &Schema) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, written) in written.iter().enumerate() {
        let Some(text) = &written.statement else { continue };
        let number = at + 1;
        let refused = request.admission.refuses(text);
        wrong.extend(refused.map(|refused| format!("draft {number}: {refused}")));
        // What does not parse was refused.
        let Ok(statement) = cedar::parse_statement(text) else {
            continue;
        };
        if elsewhere(text, &request.gateway_arn).is_some() {
            wrong.push(format!(
                "draft {number}: the resource must be `resource == AgentCore::Gateway::\"{}\"`",
                request.gateway_arn
            ));
        }
        let invalid = schema.validate(&statement, "draft");
        wrong.extend(
            invalid
                .into_iter()
                .map(|error| format!("draft {number}: {error}")),
        );
    }
    wrong
}

fn drafts(written: Vec<Written>) -> Vec<Draft> {
    let draft = |written: Written| Draft {
        fragment: written.fragment,
        outcome: match written.statement {
            Some(statement) => Outcome::Statement(statement),
            None => Outcome::NotTranslatable(
                written
                    .reason
                    .unwrap_or_else(|| "the model gave no reason".to_owned()),
            ),
        },
    };
    written.into_iter().map(draft).collect()
}
