//! Candidate policies without a backend that serves: an author writes them for the tools of a document, and what it wrote is judged as
//! that of a generation is (service.md 8.4 to 8.7).

use super::control::{Desk, candidates};
use super::generate::AuthorConfig;
use super::solver::{Cvc5, Solver};
use super::switches::Switches;
use super::tools::listed;
use crate::model::Candidate;
use serde_json::Value;

/// What candidates are written from.
#[derive(Clone, Debug)]
pub struct DraftConfig {
    /// Who writes.
    pub author: AuthorConfig,
    /// What judges exactly whether a policy allows or denies everything.
    pub cvc5: Cvc5,
    /// What the policies name as their gateway.
    pub gateway: String,
    /// The target of tools that do not say theirs.
    pub target: Option<String>,
    /// The tools: a list of definitions, or the answer of a `tools/list`.
    pub tools: Value,
    /// The requirements.
    pub text: String,
}

/// The candidates.
///
/// # Errors
/// What cannot be used, or why the author gave no answer.
pub async fn draft(config: DraftConfig) -> Result<Vec<Candidate>, String> {
    let offer = listed(config.target.as_deref(), &config.tools).map_err(|error| error.to_string())?;
    let author = config.author.author().map_err(|error| error.to_string())?;
    let solver = Solver::start(&config.cvc5)
        .await
        .map_err(|error| error.to_string())?;
    let desk = Desk {
        author: &author,
        solver: &solver,
        switches: &Switches::default(),
    };
    candidates(&desk, config.gateway, offer, config.text).await
}
