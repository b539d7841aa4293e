//! Operations of policy engines (service.md section 4).

use super::clock::Micros;
use super::defaults::{self, text};
use super::lifecycle::{Event, Next, Status as _, overtaking};
use super::place::new_id;
use super::record::{EngineBody, EngineView, Stored, Tags};
use super::refusal::Refusal;
use super::token::{self, Seen};
use super::{Control, gateway, list, until_done};
use crate::backend::store::{Kind, Write};
use crate::backend::switches::{
    DeleteAttachedEngine, EngineBusyConflict, GenerationsBlockDelete, TokenBeforeName,
};
use crate::model::Lifecycle;
use serde::{Deserialize, Serialize};

/// Input of `CreatePolicyEngine`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePolicyEngine {
    name: String,
    description: Option<String>,
    encryption_key_arn: Option<String>,
    #[serde(default)]
    tags: Tags,
    #[serde(skip_serializing)]
    client_token: Option<String>,
}

/// Input that names an engine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedEngine {
    policy_engine_id: String,
}

/// Input of `UpdatePolicyEngine`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePolicyEngine {
    policy_engine_id: String,
    description: Option<UpdatedDescription>,
}

/// A change of a description: absent leaves it, empty clears it (service.md 4.2).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatedDescription {
    /// The new description.
    pub optional_value: Option<String>,
}

/// Input of the lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPolicyEngines {
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// Output of the lists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyEngines {
    policy_engines: Vec<EngineView>,
    next_token: Option<String>,
}

/// `CreatePolicyEngine`.
pub async fn create(control: &Control, input: CreatePolicyEngine) -> Result<EngineView, Refusal> {
    until_done(|| try_create(control, &input)).await
}

async fn try_create(control: &Control, input: &CreatePolicyEngine) -> Result<Option<EngineView>, Refusal> {
    // The token decides first, unless `compat.token-before-name` says otherwise, and is read last: whatever the
    // other reads saw of an earlier request with it was written together with it.
    let name_used = control
        .store
        .find_by_name(Kind::Engine, &input.name)
        .await?
        .is_some();
    let name_taken = || Refusal::Conflict(text::name_taken(&control.switches, "Policy engine"));
    if name_used && control.switches.token_before_name == TokenBeforeName::Name {
        return Err(name_taken());
    }
    let full = control.store.count(Kind::Engine, "").await? >= defaults::MOST_ENGINES;
    let token = input.client_token.as_deref();
    let unused = match token::look_up(control, "CreatePolicyEngine", "", token, input).await? {
        Seen::Never(unused) => unused,
        Seen::Before { id, created } => return replay(control, input, id, created).await.map(Some),
    };
    if name_used {
        return Err(name_taken());
    }
    if full {
        return Err(Refusal::Quota(text::quota(
            &control.switches,
            "policy engines in an account",
            defaults::MOST_ENGINES,
        )));
    }
    let now = control.clocks.service.now();
    let mut engine = Stored::new(new_id(&input.name), "", input.name.clone(), now, body(input, now));
    engine.record.due = Some(control.settles_at());
    let mut batch = vec![
        Write::Fewer {
            kind: Kind::Engine,
            parent: String::new(),
            limit: defaults::MOST_ENGINES,
        },
        engine.insert()?,
    ];
    batch.extend(unused.used(control, engine.id(), now)?);
    Ok(control
        .commit(batch)
        .await?
        .then(|| EngineView::of(&control.place, engine)))
}

/// The engine that a token made, as it is now. One that is gone again is answered as it was made: nothing is made
/// anew.
async fn replay(
    control: &Control,
    input: &CreatePolicyEngine,
    id: String,
    created: Micros,
) -> Result<EngineView, Refusal> {
    let found = control.find(&id).await?;
    let engine =
        found.unwrap_or_else(|| Stored::new(id, "", input.name.clone(), created, body(input, created)));
    Ok(EngineView::of(&control.place, engine))
}

fn body(input: &CreatePolicyEngine, now: Micros) -> EngineBody {
    EngineBody {
        name: input.name.clone(),
        description: input.description.clone(),
        encryption_key_arn: input.encryption_key_arn.clone(),
        tags: input.tags.clone(),
        status_reasons: Vec::new(),
        updated: now,
    }
}

/// The engine, or that there is none.
pub async fn existing(control: &Control, id: &str) -> Result<Stored<EngineBody>, Refusal> {
    control
        .find(id)
        .await?
        .ok_or_else(|| Refusal::NotFound(text::no_engine(id)))
}

/// `GetPolicyEngine`, `GetPolicyEngineSummary`.
pub async fn get(control: &Control, input: NamedEngine) -> Result<EngineView, Refusal> {
    let engine = existing(control, &input.policy_engine_id).await?;
    Ok(EngineView::of(&control.place, engine))
}

/// `UpdatePolicyEngine`.
pub async fn update(control: &Control, input: UpdatePolicyEngine) -> Result<EngineView, Refusal> {
    until_done(|| try_update(control, &input)).await
}

async fn try_update(control: &Control, input: &UpdatePolicyEngine) -> Result<Option<EngineView>, Refusal> {
    let mut engine = existing(control, &input.policy_engine_id).await?;
    let next = after(control, &engine.status, Event::Update);
    let before = engine.begin(control, next, "updated")?;
    if let Some(description) = &input.description {
        engine.body.description.clone_from(&description.optional_value);
    }
    let batch = vec![engine.replace()?];
    Ok(control
        .commit(batch)
        .await?
        .then(|| EngineView::of(&control.place, engine.answered(control, before))))
}

/// `DeletePolicyEngine`: refused while a policy is in it, in whatever status (service.md 4.4, 4.5), and while it is
/// attached to a gateway (`compat.delete-attached-engine`).
pub async fn delete(control: &Control, input: NamedEngine) -> Result<EngineView, Refusal> {
    until_done(|| try_delete(control, &input)).await
}

async fn try_delete(control: &Control, input: &NamedEngine) -> Result<Option<EngineView>, Refusal> {
    let mut engine = existing(control, &input.policy_engine_id).await?;
    let next = after(control, &engine.status, Event::Delete);
    let before = engine.begin(control, next, "deleted")?;
    let policies = control.store.count(Kind::Policy, engine.id()).await?;
    if policies > 0 {
        return Err(Refusal::Conflict(text::engine_not_empty(policies)));
    }
    if control.switches.delete_attached_engine == DeleteAttachedEngine::Conflict {
        gateway::unattached(control, &engine).await?;
    }
    let blocked = control.switches.generations_block_delete == GenerationsBlockDelete::Yes;
    if blocked && control.store.count(Kind::Generation, engine.id()).await? > 0 {
        return Err(Refusal::Conflict(text::ENGINE_WITH_GENERATIONS.to_owned()));
    }
    let without = |kind| Write::Fewer {
        kind,
        parent: engine.id().to_owned(),
        limit: 1,
    };
    let mut batch = vec![without(Kind::Policy), engine.replace()?];
    batch.extend(blocked.then(|| without(Kind::Generation)));
    Ok(control
        .commit(batch)
        .await?
        .then(|| EngineView::of(&control.place, engine.answered(control, before))))
}

/// What a caller's change makes of an engine (`compat.engine-busy-conflict`).
fn after(control: &Control, engine: &Lifecycle, event: Event) -> Next<Lifecycle> {
    match control.switches.engine_busy_conflict {
        EngineBusyConflict::All => engine.after(event),
        EngineBusyConflict::Observed => overtaking(engine, event),
    }
}

/// `ListPolicyEngines`, `ListPolicyEngineSummaries`.
pub async fn list(control: &Control, input: ListPolicyEngines) -> Result<PolicyEngines, Refusal> {
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.policy_page_size.get());
    let page = list::page(control, "", None, limit, input.next_token.as_deref()).await?;
    let policy_engines = page
        .items
        .into_iter()
        .map(|engine| EngineView::of(&control.place, engine));
    Ok(PolicyEngines {
        policy_engines: policy_engines.collect(),
        next_token: page.next,
    })
}
