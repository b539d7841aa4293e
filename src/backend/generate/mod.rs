//! From words to Cedar (service.md section 8): one trait, two authors.
//!
//! The deterministic author is always there. A model may write instead, when one is configured; what it writes is
//! judged like everything else.

mod deterministic;
mod model;

use crate::model::Tool;
use async_trait::async_trait;
use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

pub use model::{Dialect, ModelAuthor, ModelConfig};

/// Which author writes.
#[derive(Clone, Debug, Default)]
pub enum AuthorConfig {
    /// The grammar.
    #[default]
    Deterministic,
    /// A model.
    Model(ModelConfig),
}

impl AuthorConfig {
    /// The author. Nothing is sent anywhere yet.
    ///
    /// # Errors
    /// `AuthorError` when the configuration cannot be used.
    pub fn author(&self) -> Result<Arc<dyn Author>, AuthorError> {
        Ok(match self {
            Self::Deterministic => Arc::new(DeterministicAuthor),
            Self::Model(config) => Arc::new(ModelAuthor::new(config.clone())?),
        })
    }

    /// Where a model is asked, for people; none when the grammar writes.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Deterministic => None,
            Self::Model(config) => config.place(),
        }
    }
}

/// Says whether a statement would be taken in as a policy, and in which words it would be refused: by the same checks that
/// `CreatePolicy` makes before anything else (service.md 6.0, rows 6 to 8).
#[derive(Clone)]
pub struct Admission(Arc<Refuses>);

type Refuses = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Admission {
    /// An admission by this check, which gives the words of a refusal.
    pub fn new(refuses: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(refuses))
    }

    /// Why the statement is refused; none when it is taken in.
    #[must_use]
    pub fn refuses(&self, statement: &str) -> Option<String> {
        (self.0)(statement)
    }
}

impl Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admission")
    }
}

/// What an author is asked for.
#[derive(Clone, Debug)]
pub struct AuthorRequest {
    /// ARN of the gateway that the policies are for.
    pub gateway_arn: String,
    /// The tools behind it.
    pub tools: Vec<Tool>,
    /// Requirements in plain language, 1 to 2,000 characters.
    pub text: String,
    /// What every statement must pass.
    pub admission: Admission,
}

/// One requirement, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The requirement, as it was written.
    pub fragment: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A Cedar statement; not yet judged.
    Statement(String),
    /// It cannot be said in Cedar, or was not understood; why, in words.
    NotTranslatable(String),
}

/// Why an author gave no answer at all.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AuthorError(pub String);

/// Writes policies.
#[async_trait]
pub trait Author: Debug + Send + Sync {
    /// A draft for each requirement of the text, in its order.
    ///
    /// # Errors
    /// [`AuthorError`] when the author itself fails; a requirement that it cannot translate is no failure.
    async fn write(&self, request: &AuthorRequest) -> Result<Vec<Draft>, AuthorError>;

    /// The longest time that [`Author::write`] takes.
    fn patience(&self) -> Duration;
}

/// The author that is always there: a grammar, no model.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeterministicAuthor;

#[async_trait]
impl Author for DeterministicAuthor {
    async fn write(&self, request: &AuthorRequest) -> Result<Vec<Draft>, AuthorError> {
        Ok(deterministic::write(
            &request.text,
            &request.tools,
            &request.gateway_arn,
        ))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }
}
