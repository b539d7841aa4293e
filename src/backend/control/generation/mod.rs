//! Operations of policy generations (service.md section 8): started, written by an author, kept for seven days.

mod alone;
mod assets;
mod findings;
mod write;

use super::clock::Micros;
use super::defaults::{self, text};
use super::place::new_id;
use super::policy::engine_admitting;
use super::record::{AssetBody, GenerationBody, GenerationView, Stored};
use super::refusal::{Reason, Refusal};
use super::token::{self, Seen};
use super::{Control, engine, gateway, list, until_done};
use crate::backend::store::Kind;
use crate::backend::switches::{GenerationBadResource, GenerationRetention, TokenBeforeName};
use crate::model::GatewayArn;
use serde::{Deserialize, Serialize};

pub use alone::{DraftError, candidates};
pub use assets::{list_assets, resolved};
pub use write::{Desk, finish, settle};

/// Input of `StartPolicyGeneration`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartPolicyGeneration {
    policy_engine_id: String,
    name: String,
    resource: Resource,
    content: Content,
    #[serde(skip_serializing)]
    client_token: Option<String>,
}

/// `Resource`, a union of one member.
#[derive(Debug, Deserialize, Serialize)]
struct Resource {
    arn: String,
}

/// `Content`, a union of one member.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    raw_text: String,
}

/// Input that names a generation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedGeneration {
    policy_engine_id: String,
    policy_generation_id: String,
}

/// Input of the lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListGenerations {
    policy_engine_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// Output of the lists.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generations {
    policy_generations: Vec<GenerationView>,
    next_token: Option<String>,
}

/// `StartPolicyGeneration`.
pub async fn start(control: &Control, input: StartPolicyGeneration) -> Result<GenerationView, Refusal> {
    until_done(|| try_start(control, &input)).await
}

async fn try_start(
    control: &Control,
    input: &StartPolicyGeneration,
) -> Result<Option<GenerationView>, Refusal> {
    let engine = engine_admitting(control, &input.policy_engine_id, "Policy generation", "started").await?;
    // Names are known to be taken within an engine, and never free again: there is no deletion (service.md 7.3).
    let name = format!("{}/{}", engine.id(), input.name);
    let name_used = control
        .store
        .find_by_name(Kind::Generation, &name)
        .await?
        .is_some();
    let name_taken = || Refusal::Conflict(text::GENERATION_NAME_TAKEN.to_owned());
    if name_used && control.switches.token_before_name == TokenBeforeName::Name {
        return Err(name_taken());
    }
    let full = is_full(control, engine.id()).await?;
    let token = input.client_token.as_deref();
    let unused = match token::look_up(control, "StartPolicyGeneration", engine.id(), token, input).await? {
        Seen::Never(unused) => unused,
        Seen::Before { id, created } => {
            let found = control.find(&id).await?;
            let generation = found.unwrap_or_else(|| new(input, id, name, created));
            return Ok(Some(GenerationView::of(&control.place, generation)));
        }
    };
    if name_used {
        return Err(name_taken());
    }
    if full {
        return Err(Refusal::Quota(text::quota(
            &control.switches,
            "generated policies in a policy engine in 7 days",
            defaults::MOST_ASSETS,
        )));
    }
    confirm(control, &input.resource.arn).await?;
    let now = control.clocks.service.now();
    let mut generation = new(input, new_id(&input.name), name, now);
    generation.record.due = Some(control.settles_at());
    let mut batch = vec![engine.unchanged(), generation.insert()?];
    batch.extend(unused.used(control, generation.id(), now)?);
    Ok(control
        .commit(batch)
        .await?
        .then(|| GenerationView::of(&control.place, generation)))
}

fn new(input: &StartPolicyGeneration, id: String, name: String, now: Micros) -> Stored<GenerationBody> {
    let body = GenerationBody {
        name: input.name.clone(),
        resource: input.resource.arn.clone(),
        text: input.content.raw_text.clone(),
        findings: None,
        expires: None,
        status_reasons: Vec::new(),
        updated: now,
    };
    Stored::new(id, &input.policy_engine_id, name, now, body)
}

/// That the resource is a gateway that is here (`compat.generation-bad-resource`).
async fn confirm(control: &Control, arn: &str) -> Result<(), Refusal> {
    let Some(gateway) = GatewayArn::parse(arn) else {
        return Err(Refusal::validation(
            Reason::FieldValidationFailed,
            text::no_gateway_arn(arn),
        ));
    };
    if gateway::tools_of(control, arn).await?.is_some() {
        return Ok(());
    }
    let missing = text::gateway_missing(&gateway.gateway_id);
    Err(match control.switches.generation_bad_resource {
        GenerationBadResource::NotFound => Refusal::NotFound(missing),
        GenerationBadResource::Validation => Refusal::validation(Reason::FieldValidationFailed, missing),
    })
}

/// Whether an engine has as many generated policies of the last seven days as may be. Assets that could not be
/// translated count, too: nothing public says that they do not.
async fn is_full(control: &Control, engine: &str) -> Result<bool, Refusal> {
    let mut live = control.store.count(Kind::Asset, engine).await?;
    let now = control.clocks.service.now();
    let mut from = None;
    // Those that are over and not taken away yet are the oldest.
    while live >= defaults::MOST_ASSETS {
        let page = list::page::<AssetBody>(control, engine, None, TOGETHER, from.as_deref()).await?;
        let over = page
            .items
            .iter()
            .filter(|asset| asset.body.expires <= now)
            .count();
        live = live.saturating_sub(u32::try_from(over).unwrap_or(u32::MAX));
        if over < page.items.len() || page.next.is_none() {
            break;
        }
        from = page.next;
    }
    Ok(live >= defaults::MOST_ASSETS)
}

/// Assets that are looked at together.
const TOGETHER: u32 = 1_000;

/// The generation of this engine, or that there is none.
async fn existing(control: &Control, engine: &str, id: &str) -> Result<Stored<GenerationBody>, Refusal> {
    let found = control.find::<GenerationBody>(id).await?;
    found
        .filter(|generation| {
            generation.record.parent == engine && is_shown(control, generation.record.created)
        })
        .ok_or_else(|| Refusal::NotFound(text::no_generation(id)))
}

/// Whether a generation of this age is still there (`compat.generation-retention`). Its name stays taken.
fn is_shown(control: &Control, created: Micros) -> bool {
    control.switches.generation_retention == GenerationRetention::Kept
        || control.clocks.service.now().saturating_sub(created) < asset_lifetime()
}

fn asset_lifetime() -> Micros {
    Micros::try_from(defaults::ASSET_LIFETIME.as_micros()).unwrap_or(Micros::MAX)
}

/// `GetPolicyGeneration`, `GetPolicyGenerationSummary`.
pub async fn get(control: &Control, input: NamedGeneration) -> Result<GenerationView, Refusal> {
    let engine = engine::existing(control, &input.policy_engine_id).await?;
    let generation = existing(control, engine.id(), &input.policy_generation_id).await?;
    Ok(GenerationView::of(&control.place, generation))
}

/// `ListPolicyGenerations`, `ListPolicyGenerationSummaries`.
pub async fn list(control: &Control, input: ListGenerations) -> Result<Generations, Refusal> {
    let engine = engine::existing(control, &input.policy_engine_id).await?;
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.policy_page_size.get());
    let from = input.next_token.as_deref();
    let shown = |record: &crate::backend::store::Record| is_shown(control, record.created);
    let page = list::page_where(control, engine.id(), None, shown, limit, from).await?;
    let generations = page
        .items
        .into_iter()
        .map(|generation| GenerationView::of(&control.place, generation));
    Ok(Generations {
        policy_generations: generations.collect(),
        next_token: page.next,
    })
}
