//! The service's own work on a generation: an author writes, and what it wrote is judged and kept.

use super::asset_lifetime;
use super::findings::{Judged, Judging, counted, judge};
use crate::backend::control::judge::{concluded, told};
use crate::backend::control::lifecycle::{Event, GenerationStatus};
use crate::backend::control::place::new_id;
use crate::backend::control::record::{AssetBody, GenerationBody, StatementText, Stored};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::settle::Errand;
use crate::backend::control::statement::{Asked, admit};
use crate::backend::control::{Control, gateway};
use crate::backend::generate::{Admission, Author, AuthorError, AuthorRequest, Draft};
use crate::backend::solver::Solver;
use crate::backend::store::{Record, Write};
use crate::backend::switches::{GenerateFailed, GenerationFindings, Switches};
use crate::cedar::Schema;
use crate::model::Tool;
use futures::channel::mpsc::UnboundedSender;
use std::sync::Arc;
use std::time::Duration;

/// What judging takes at most, beside the author.
const JUDGING: Duration = Duration::from_secs(30);

/// Settles a generation that is due, or begins to: one that is to be written goes to `asked`, and belongs to the
/// receiver for as long as its author may take. One whose writer is gone is due again after that time.
pub async fn settle(
    control: &Control,
    record: Record,
    asked: &UnboundedSender<Errand>,
) -> Result<(), Refusal> {
    let Some(mut generation) = control.read_due::<GenerationBody>(record).await? else {
        return Ok(());
    };
    if generation.status != GenerationStatus::Generating {
        generation.record.due = None;
        return control.commit(vec![generation.replace()?]).await.map(drop);
    }
    let lease = control.author.patience().saturating_add(JUDGING);
    control
        .hand_over(generation, lease, Errand::Policies, asked)
        .await
}

/// Writes a generation that [`settle`] handed over, and ends its transition: its assets appear with its status.
pub async fn finish(control: &Control, generation: Stored<GenerationBody>) {
    let id = generation.id().to_owned();
    let ended = match end(control, generation).await {
        Ok(batch) => control.commit(batch).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(true) => {}
        Ok(false) => tracing::debug!(id, "a generation was written by somebody else"),
        Err(error) => {
            tracing::error!(%error, id, "a generation could not be kept; it is due again after its lease");
        }
    }
}

/// What ends a generation (`compat.generate-failed`): its new status, and its assets.
async fn end(control: &Control, mut generation: Stored<GenerationBody>) -> Result<Vec<Write>, Refusal> {
    let written = write(control, &generation).await?;
    let now = control.clocks.service.now();
    let assets = match written {
        Ok(assets) => assets,
        Err(AuthorError(why)) => return Ok(vec![generation.end(Event::Failed, now, vec![why])?]),
    };
    let judged: Vec<&Judged> = assets.iter().map(|(.., judged)| judged).collect();
    if control.switches.generate_failed == GenerateFailed::Untranslated
        && !judged.iter().any(|judged| judged.is_translated())
    {
        let why = "No part of the text could be translated into a policy".to_owned();
        return Ok(vec![generation.end(Event::Failed, now, vec![why])?]);
    }
    if control.switches.generation_findings == GenerationFindings::Counts {
        generation.body.findings = Some(counted(&judged));
    }
    let expires = now.saturating_add(asset_lifetime());
    generation.body.expires = Some(expires);
    let (engine, scope) = (generation.record.parent.clone(), generation.id().to_owned());
    let mut batch = vec![generation.end(Event::Succeeded, now, Vec::new())?];
    for (created, (id, fragment, judged)) in (now..).zip(assets) {
        let body = AssetBody {
            fragment,
            definition: judged.definition,
            findings: judged.findings,
            expires,
        };
        let mut asset = Stored::new(id, &engine, String::new(), created, body);
        asset.record.name = None;
        asset.record.scope = Some(scope.clone());
        asset.record.due = Some(control.clocks.machine.now().saturating_add(asset_lifetime()));
        batch.push(asset.insert()?);
    }
    Ok(batch)
}

/// The checks that a generated statement must pass at once, as an asset and as a policy.
fn admission(switches: Switches) -> Admission {
    Admission::new(move |statement| {
        let asked = Asked::Policy(StatementText {
            statement: statement.to_owned(),
        });
        admit(&asked, &switches).err().map(|refused| refused.to_string())
    })
}

/// Id, fragment and verdict of each asset, in the order of the text.
pub type Written = Vec<(String, String, Judged)>;

/// Who writes, and what judges.
#[derive(Debug)]
pub struct Desk<'d> {
    /// Who writes.
    pub author: &'d Arc<dyn Author>,
    /// What answers what Cedar knowledge leaves open.
    pub solver: &'d Solver,
    /// What nothing public says.
    pub switches: &'d Switches,
}

async fn write(
    control: &Control,
    generation: &Stored<GenerationBody>,
) -> Result<Result<Written, AuthorError>, Refusal> {
    let gateway_arn = generation.body.resource.clone();
    let Some(offer) = gateway::tools_of(control, &gateway_arn).await? else {
        return Ok(Err(AuthorError(format!(
            "The gateway {gateway_arn} does not exist any more"
        ))));
    };
    let schema = match control.schema_of(offer.clone()).await? {
        Ok(schema) => schema,
        Err(too_large) => return Ok(Err(AuthorError(too_large))),
    };
    let desk = Desk {
        author: &control.author,
        solver: &control.solver,
        switches: &control.switches,
    };
    let text = generation.body.text.clone();
    let request = desk.request(gateway_arn, offer.tools, text);
    let name = || new_id(control.switches.asset_id_prefix.as_str());
    desk.written(request, &schema, name).await
}

impl Desk<'_> {
    /// What the author is asked for.
    pub fn request(&self, gateway_arn: String, tools: Vec<Tool>, text: String) -> AuthorRequest {
        AuthorRequest {
            gateway_arn,
            tools,
            text,
            admission: admission(self.switches.clone()),
        }
    }

    /// Everything that the author wrote, judged; `name` gives each its id.
    pub async fn written(
        &self,
        request: AuthorRequest,
        schema: &Arc<Schema>,
        name: impl Fn() -> String,
    ) -> Result<Result<Written, AuthorError>, Refusal> {
        // In a task of its own: an author that panics is one that failed.
        let author = Arc::clone(self.author);
        let drafts = match tokio::spawn(async move { author.write(&request).await }).await {
            Ok(Ok(drafts)) => drafts,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(error) => {
                tracing::error!(%error, "the author of policies panicked");
                return Ok(Err(AuthorError(
                    "The author of policies failed: a fault of this backend, see its log".to_owned(),
                )));
            }
        };
        let mut written = Vec::with_capacity(drafts.len());
        for Draft { fragment, outcome } in drafts {
            let id = name();
            let (schema, switches, named) = (Arc::clone(schema), self.switches.clone(), id.clone());
            let judging =
                tokio::task::spawn_blocking(move || judge(outcome, &schema, &switches, &named)).await;
            let judged = match judging.map_err(|error| Refusal::Fault(error.to_string()))? {
                Judging::Done(judged) => judged,
                Judging::Valid(definition, analysis) => {
                    let findings = concluded(self.solver, &analysis).await;
                    let told = findings
                        .iter()
                        .map(|finding| (finding.claim.finding_type(), told(self.switches, finding)));
                    Judged::analysed(definition, told)
                }
            };
            written.push((id, fragment, judged));
        }
        Ok(Ok(written))
    }
}
