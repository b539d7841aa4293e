//! Operations of gateway targets (service.md section 9).

mod arm;
mod metadata;
mod names;
mod settle;

use super::clock::Micros;
use super::defaults::text;
use super::lifecycle::{Event, Status as _};
use super::place::new_target_id;
use super::record::{GatewayBody, Stored, TargetBody, TargetSettings, TargetView};
use super::refusal::{Reason, Refusal};
use super::token::{self, Seen};
use super::{Control, gateway, list, scripted, until_done};
use crate::backend::switches::{HttpTargetWithoutProtocol, TargetNameOmitted, TokenBeforeName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use arm::Arm;
pub use metadata::Passes;
pub use settle::{finish, judge, settle};

/// Input of `CreateGatewayTarget`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateGatewayTarget {
    gateway_identifier: String,
    name: Option<String>,
    #[serde(skip_serializing)]
    client_token: Option<String>,
    #[serde(flatten)]
    settings: TargetSettings,
}

/// Input that names a target.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedTarget {
    gateway_identifier: String,
    target_id: String,
}

/// Input of `UpdateGatewayTarget`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateGatewayTarget {
    gateway_identifier: String,
    target_id: String,
    name: Option<String>,
    #[serde(flatten)]
    settings: TargetSettings,
}

/// Input of `SynchronizeGatewayTargets`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizeGatewayTargets {
    gateway_identifier: String,
    target_id_list: Vec<String>,
}

/// Output of `SynchronizeGatewayTargets`.
#[derive(Debug, Serialize)]
pub struct SynchronizedTargets {
    targets: Vec<TargetView>,
}

/// Input of `ListGatewayTargets`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListGatewayTargets {
    gateway_identifier: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// Output of `ListGatewayTargets`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    items: Vec<TargetView>,
    next_token: Option<String>,
}

/// `CreateGatewayTarget`.
pub async fn create(control: &Control, input: CreateGatewayTarget) -> Result<TargetView, Refusal> {
    until_done(|| try_create(control, &input)).await
}

async fn try_create(control: &Control, input: &CreateGatewayTarget) -> Result<Option<TargetView>, Refusal> {
    let gateway = gateway::open(control, &input.gateway_identifier, "created").await?;
    let id = new_target_id();
    let name = match (&input.name, control.switches.target_name_omitted) {
        (Some(name), _) => name.clone(),
        (None, TargetNameOmitted::Generated) => id.clone(),
        (None, TargetNameOmitted::Refused) => return Err(invalid(text::TARGET_NAME_OMITTED)),
    };
    // The token is read after the name and decides before it, as for engines.
    let name_used = names::is_used(control, gateway.id(), &name).await?;
    let name_taken = || Refusal::Conflict(text::name_taken(&control.switches, "Gateway target"));
    if name_used && control.switches.token_before_name == TokenBeforeName::Name {
        return Err(name_taken());
    }
    let token = input.client_token.as_deref();
    let unused = match token::look_up(control, "CreateGatewayTarget", gateway.id(), token, input).await? {
        Seen::Never(unused) => unused,
        Seen::Before { id, created } => {
            return replay(control, input, name, id, created).await.map(Some);
        }
    };
    if name_used {
        return Err(name_taken());
    }
    admit(control, &gateway, &input.settings)?;
    let now = control.clocks.service.now();
    let mut target = Stored::new(id, gateway.id(), None, now, body(input, name, now));
    target.record.due = Some(control.settles_at());
    await_consent(&mut target);
    let mut batch = vec![names::claim(&gateway)?, target.insert()?];
    batch.extend(unused.used(control, target.id(), now)?);
    Ok(control
        .commit(batch)
        .await?
        .then(|| TargetView::of(&control.place, target)))
}

/// The target that a token made, as it is now; one that is gone again, as it was made.
async fn replay(
    control: &Control,
    input: &CreateGatewayTarget,
    name: String,
    id: String,
    created: Micros,
) -> Result<TargetView, Refusal> {
    let target = if let Some(target) = control.find(&id).await? {
        target
    } else {
        let name = input.name.clone().map_or_else(|| id.clone(), |_| name);
        let body = body(input, name, created);
        Stored::new(id, &input.gateway_identifier, None, created, body)
    };
    Ok(TargetView::of(&control.place, target))
}

fn body(input: &CreateGatewayTarget, name: String, now: Micros) -> TargetBody {
    TargetBody {
        name,
        settings: input.settings.clone(),
        tools: Vec::new(),
        tools_from: None,
        unjudged: BTreeSet::new(),
        synchronized: None,
        status_reasons: Vec::new(),
        updated: now,
    }
}

/// Whether a gateway takes a target with these settings.
fn admit(control: &Control, gateway: &Stored<GatewayBody>, settings: &TargetSettings) -> Result<(), Refusal> {
    let configuration = &settings.target_configuration;
    let for_mcp_only = gateway.body.settings.protocol_type.is_some()
        || control.switches.http_target_without_protocol == HttpTargetWithoutProtocol::Refused;
    if for_mcp_only && Arm::of(configuration).is_some_and(|arm| arm.is_http()) {
        return Err(invalid(text::HTTP_TARGET));
    }
    if let Some(why) = metadata::refusal(settings) {
        return Err(invalid(why));
    }
    control
        .tools
        .check(configuration)
        .map_err(|error| invalid(error.to_string()))
}

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::validation(Reason::FieldValidationFailed, text)
}

/// Lets a change that a target has begun wait until somebody has authorized it, where the script asks for it: nobody can
/// be asked here (service.md 9.1).
fn await_consent(target: &mut Stored<TargetBody>) {
    if let (Some(wait), Some(status)) = (scripted::consent(), target.status.before_consent()) {
        let wait = Micros::try_from(wait.as_micros()).unwrap_or(Micros::MAX);
        target.status = status;
        target.record.due = target.record.due.map(|due| due.saturating_add(wait));
    }
}

/// The target of this gateway, or that there is none.
async fn existing(control: &Control, gateway: &str, id: &str) -> Result<Stored<TargetBody>, Refusal> {
    let found = control.find::<TargetBody>(id).await?;
    found
        .filter(|target| target.record.parent == gateway)
        .ok_or_else(|| Refusal::NotFound(text::target_missing(id)))
}

/// `GetGatewayTarget`.
pub async fn get(control: &Control, input: NamedTarget) -> Result<TargetView, Refusal> {
    let gateway = gateway::existing(control, &input.gateway_identifier).await?;
    let target = existing(control, gateway.id(), &input.target_id).await?;
    Ok(TargetView::of(&control.place, target))
}

/// `UpdateGatewayTarget`: a full replacement like that of a gateway; a name that is left out stays.
pub async fn update(control: &Control, input: UpdateGatewayTarget) -> Result<TargetView, Refusal> {
    until_done(|| try_update(control, &input)).await
}

async fn try_update(control: &Control, input: &UpdateGatewayTarget) -> Result<Option<TargetView>, Refusal> {
    let gateway = gateway::open(control, &input.gateway_identifier, "updated").await?;
    let mut target = existing(control, gateway.id(), &input.target_id).await?;
    let before = target.begin(control, target.status.after(Event::Update), "updated")?;
    let mut guard = gateway.unchanged();
    if let Some(name) = input.name.as_ref().filter(|name| **name != target.body.name) {
        if names::is_used(control, gateway.id(), name).await? {
            let taken = text::name_taken(&control.switches, "Gateway target");
            return Err(Refusal::Conflict(taken));
        }
        target.body.name.clone_from(name);
        guard = names::claim(&gateway)?;
    }
    admit(control, &gateway, &input.settings)?;
    let before_it = std::mem::replace(&mut target.body.settings, input.settings.clone());
    if target.body.tools_from.is_none() {
        target.body.tools_from = Some(before_it.target_configuration);
    }
    await_consent(&mut target);
    let batch = vec![guard, target.replace()?];
    Ok(control
        .commit(batch)
        .await?
        .then(|| TargetView::of(&control.place, target.answered(control, before))))
}

/// `DeleteGatewayTarget`.
pub async fn delete(control: &Control, input: NamedTarget) -> Result<TargetView, Refusal> {
    until_done(|| try_delete(control, &input)).await
}

async fn try_delete(control: &Control, input: &NamedTarget) -> Result<Option<TargetView>, Refusal> {
    let gateway = gateway::open(control, &input.gateway_identifier, "deleted").await?;
    let mut target = existing(control, gateway.id(), &input.target_id).await?;
    let before = target.begin(control, target.status.after(Event::Delete), "deleted")?;
    let batch = vec![gateway.unchanged(), target.replace()?];
    Ok(control
        .commit(batch)
        .await?
        .then(|| TargetView::of(&control.place, target.answered(control, before))))
}

/// `SynchronizeGatewayTargets`: the tools of MCP servers are fetched again; a static list is not (service.md 9.8). The
/// model takes exactly one id.
pub async fn synchronize(
    control: &Control,
    input: SynchronizeGatewayTargets,
) -> Result<SynchronizedTargets, Refusal> {
    until_done(|| try_synchronize(control, &input)).await
}

async fn try_synchronize(
    control: &Control,
    input: &SynchronizeGatewayTargets,
) -> Result<Option<SynchronizedTargets>, Refusal> {
    let gateway = gateway::open(control, &input.gateway_identifier, "synchronized").await?;
    let mut batch = vec![gateway.unchanged()];
    let mut targets = Vec::new();
    for id in &input.target_id_list {
        let mut target = existing(control, gateway.id(), id).await?;
        if !Arm::of(&target.body.settings.target_configuration).is_some_and(|arm| arm.is_synchronized()) {
            return Err(invalid(text::not_synchronized(id)));
        }
        let before = target.begin(control, target.status.synchronized(), "synchronized")?;
        await_consent(&mut target);
        batch.push(target.replace()?);
        targets.push(TargetView::of(&control.place, target.answered(control, before)));
    }
    Ok(control
        .commit(batch)
        .await?
        .then_some(SynchronizedTargets { targets }))
}

/// `ListGatewayTargets`.
pub async fn list(control: &Control, input: ListGatewayTargets) -> Result<Targets, Refusal> {
    let gateway = gateway::existing(control, &input.gateway_identifier).await?;
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.gateway_page_size.get());
    let page = list::page(control, gateway.id(), None, limit, input.next_token.as_deref()).await?;
    let items = page
        .items
        .into_iter()
        .map(|target| TargetView::of(&control.place, target));
    Ok(Targets {
        items: items.collect(),
        next_token: page.next,
    })
}
