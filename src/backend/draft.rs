//! Candidate policies without a backend that serves: an author writes them for the tools of a document, and what it wrote is judged as
//! that of a generation is (service.md 8.4 to 8.7).

use super::control::{Desk, DraftError, candidates};
use super::generate::AuthorConfig;
use super::solver::{Cvc5, Solver};
use super::switches::Switches;
use super::tools::listed;
use super::wire::refused;
use crate::model::{Candidate, Offer};
use serde_json::Value;
use std::fmt::Display;

/// Shapes of AgentCore's model.
const TARGET: &str = "TargetName";
const ARN: &str = "GatewayArn";

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
/// [`DraftError`]: what cannot be used, or why the author gave no answer.
pub async fn draft(config: DraftConfig) -> Result<Vec<Candidate>, DraftError> {
    let other = |error: &dyn Display| DraftError::Other(error.to_string());
    let offer = listed(config.target.as_deref(), &config.tools)
        .map_err(|error| DraftError::Tools(error.to_string()))?;
    judge_names(&config, &offer)?;
    let author = config.author.author().map_err(|error| other(&error))?;
    let solver = Solver::start(&config.cvc5).await.map_err(|error| other(&error))?;
    let desk = Desk {
        author: &author,
        solver: &solver,
        switches: &Switches::default(),
    };
    let place = config.author.place();
    let answer = candidates(&desk, config.gateway, offer, config.text).await;
    answer.map_err(|error| match (error, place) {
        (DraftError::Author(why), Some(place)) => DraftError::Author(format!("{place}: {why}")),
        (error, _) => error,
    })
}

/// Refuses what is no name of a target, and no ARN of a gateway, to AgentCore.
fn judge_names(config: &DraftConfig, offer: &Offer) -> Result<(), DraftError> {
    let targets = offer.targets.iter();
    let targets = targets.map(|target| (TARGET, target.name.as_str()));
    let arn = Some((ARN, config.gateway.as_str())).filter(|(_, gateway)| gateway.starts_with("arn:"));
    match refused(targets.chain(arn)).map_err(|error| DraftError::Other(error.to_string()))? {
        None => Ok(()),
        Some((ARN, arn)) => Err(DraftError::Other(format!(
            "`{arn}` is no ARN of a gateway; give one such as \
             arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/shop-0123456789, or the name of a Gateway object"
        ))),
        Some((_, name)) => {
            let why = format!(
                "`{name}` is no name of a target: AgentCore takes letters, digits and single hyphens, at most 100"
            );
            let is_given = config.target.as_deref() == Some(name);
            Err(if is_given {
                DraftError::Other(why)
            } else {
                DraftError::Tools(why)
            })
        }
    }
}
