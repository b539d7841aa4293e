//! Candidates without a record of them: written and judged as those of a generation are.

use super::write::Desk;
use crate::backend::control::record::Definition;
use crate::backend::control::refusal::Refusal;
use crate::cedar::Kept;
use crate::model::{Candidate, CandidateFinding, Offer};
use std::sync::Arc;

/// Why there are no candidates, by what is to blame.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The tools cannot be used.
    #[error("{0}")]
    Tools(String),
    /// The author gave no answer.
    #[error("{0}")]
    Author(String),
    /// Something else cannot be used.
    #[error("{0}")]
    Other(String),
}

/// What the author makes of a text for a gateway that offers this.
///
/// # Errors
/// [`DraftError`] when there is no answer at all.
pub async fn candidates(
    desk: &Desk<'_>,
    gateway: String,
    offer: Offer,
    text: String,
) -> Result<Vec<Candidate>, DraftError> {
    let fault = |refusal: Refusal| DraftError::Other(refusal.to_string());
    let tools = offer.tools.clone();
    let schema = tokio::task::spawn_blocking(move || Kept::default().schema(&offer));
    let schema = schema
        .await
        .map_err(|error| DraftError::Other(error.to_string()))?
        .map_err(|error| DraftError::Tools(error.to_string()))?;
    let request = desk.request(gateway, tools, text);
    let written = desk
        .written(request, &Arc::clone(&schema), || "candidate".to_owned())
        .await
        .map_err(fault)?
        .map_err(|error| DraftError::Author(error.to_string()))?;
    let candidate = |(_, fragment, judged): (String, String, super::findings::Judged)| Candidate {
        fragment,
        statement: judged.definition.map(|definition| match definition {
            Definition::Cedar(text) | Definition::Policy(text) => text.statement,
        }),
        findings: judged
            .findings
            .into_iter()
            .map(|found| CandidateFinding {
                finding_type: found.finding_type,
                description: found.description,
            })
            .collect(),
    };
    Ok(written.into_iter().map(candidate).collect())
}
