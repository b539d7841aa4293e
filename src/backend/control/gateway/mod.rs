//! Operations of gateways (service.md section 9).

mod attach;
mod settle;
mod tools;

use super::clock::Micros;
use super::defaults::text;
use super::lifecycle::{Event, Status as _};
use super::place::new_gateway_id;
use super::record::{GatewayBody, GatewaySettings, GatewayView, Stored, Tags};
use super::refusal::{Reason, Refusal};
use super::token::{self, Seen};
use super::{Control, list, until_done};
use crate::backend::store::{Kind, Write};
use crate::backend::switches::TokenBeforeName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use attach::{attached, engine_of, unattached};
pub use settle::{finish, settle};
pub use tools::{offered, targets_of, tools_of};

/// Input of `CreateGateway`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateGateway {
    #[serde(default)]
    tags: Tags,
    #[serde(skip_serializing)]
    client_token: Option<String>,
    #[serde(flatten)]
    settings: GatewaySettings,
}

/// Input that names a gateway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedGateway {
    gateway_identifier: String,
}

/// Input of `UpdateGateway`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateGateway {
    gateway_identifier: String,
    #[serde(flatten)]
    settings: GatewaySettings,
}

/// Input of `ListGateways`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListGateways {
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// Output of `ListGateways`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gateways {
    items: Vec<GatewayView>,
    next_token: Option<String>,
}

/// `CreateGateway`.
pub async fn create(control: &Control, input: CreateGateway) -> Result<GatewayView, Refusal> {
    authorizer(&input.settings)?;
    until_done(|| try_create(control, &input)).await
}

async fn try_create(control: &Control, input: &CreateGateway) -> Result<Option<GatewayView>, Refusal> {
    let name = &input.settings.name;
    // The token is read after the name and decides before it, as for engines.
    let name_used = control.store.find_by_name(Kind::Gateway, name).await?.is_some();
    let name_taken = || Refusal::Conflict(text::name_taken(&control.switches, "Gateway"));
    if name_used && control.switches.token_before_name == TokenBeforeName::Name {
        return Err(name_taken());
    }
    let token = input.client_token.as_deref();
    let unused = match token::look_up(control, "CreateGateway", "", token, input).await? {
        Seen::Never(unused) => unused,
        Seen::Before { id, created } => return replay(control, input, id, created).await.map(Some),
    };
    if name_used {
        return Err(name_taken());
    }
    let engine = attach::engine(control, &input.settings).await?;
    let now = control.clocks.service.now();
    let id = new_gateway_id(name);
    let mut gateway = Stored::new(id, "", name.clone(), now, body(input, now));
    attach::under(control, &mut gateway, engine.as_ref());
    gateway.record.due = Some(control.settles_at());
    let mut batch = vec![gateway.insert()?];
    batch.extend(engine.map(|engine| engine.replace()).transpose()?);
    batch.extend(unused.used(control, gateway.id(), now)?);
    Ok(control
        .commit(batch)
        .await?
        .then(|| GatewayView::of(&control.place, gateway)))
}

/// The gateway that a token made, as it is now; one that is gone again, as it was made.
async fn replay(
    control: &Control,
    input: &CreateGateway,
    id: String,
    created: Micros,
) -> Result<GatewayView, Refusal> {
    let found = control.find(&id).await?;
    let gateway = found
        .unwrap_or_else(|| Stored::new(id, "", input.settings.name.clone(), created, body(input, created)));
    Ok(GatewayView::of(&control.place, gateway))
}

fn body(input: &CreateGateway, now: Micros) -> GatewayBody {
    GatewayBody {
        settings: input.settings.clone(),
        tags: input.tags.clone(),
        unjudged: BTreeSet::new(),
        status_reasons: Vec::new(),
        updated: now,
    }
}

/// Tokens of callers are judged by a configuration (service.md 9.2 and 9.3).
fn authorizer(settings: &GatewaySettings) -> Result<(), Refusal> {
    if settings.authorizer_type == "CUSTOM_JWT" && settings.authorizer_configuration.is_none() {
        return Err(Refusal::validation(
            Reason::FieldValidationFailed,
            text::NO_AUTHORIZER,
        ));
    }
    Ok(())
}

/// The gateway, or that there is none.
pub async fn existing(control: &Control, id: &str) -> Result<Stored<GatewayBody>, Refusal> {
    control
        .find(id)
        .await?
        .ok_or_else(|| Refusal::NotFound(text::gateway_missing(id)))
}

/// The gateway whose targets are to be changed: it is there and not busy; `verb` is what is done to a target.
pub async fn open(control: &Control, id: &str, verb: &str) -> Result<Stored<GatewayBody>, Refusal> {
    let gateway = existing(control, id).await?;
    if gateway.status.is_busy() {
        let text = text::parent_busy("Gateway target", verb, "gateway", &gateway.status);
        return Err(Refusal::Conflict(text));
    }
    Ok(gateway)
}

/// That a statement may name a gateway: there is one (step 10 of service.md 6.0).
pub async fn confirm(control: &Control, arn: &str) -> Result<(), Refusal> {
    let found = match control.place.gateway_id(arn) {
        Some(id) => control.find::<GatewayBody>(&id).await?.is_some(),
        None => false,
    };
    found
        .then_some(())
        .ok_or_else(|| Refusal::Denied(text::no_gateway(arn)))
}

/// `GetGateway`.
pub async fn get(control: &Control, input: NamedGateway) -> Result<GatewayView, Refusal> {
    let gateway = existing(control, &input.gateway_identifier).await?;
    Ok(GatewayView::of(&control.place, gateway))
}

/// `UpdateGateway`: a full replacement; what is left out is reset, and an engine that is left out is detached
/// (service.md 9.3).
pub async fn update(control: &Control, input: UpdateGateway) -> Result<GatewayView, Refusal> {
    until_done(|| try_update(control, &input)).await
}

async fn try_update(control: &Control, input: &UpdateGateway) -> Result<Option<GatewayView>, Refusal> {
    let mut gateway = existing(control, &input.gateway_identifier).await?;
    if input.settings.name != gateway.body.settings.name {
        return Err(Refusal::validation(
            Reason::FieldValidationFailed,
            text::gateway_renamed(&gateway.body.settings.name),
        ));
    }
    authorizer(&input.settings)?;
    let before = gateway.begin(control, gateway.status.after(Event::Update), "updated")?;
    let engine = attach::engine(control, &input.settings).await?;
    gateway.body.settings = input.settings.clone();
    attach::under(control, &mut gateway, engine.as_ref());
    let mut batch = vec![gateway.replace()?];
    batch.extend(engine.map(|engine| engine.replace()).transpose()?);
    Ok(control
        .commit(batch)
        .await?
        .then(|| GatewayView::of(&control.place, gateway.answered(control, before))))
}

/// `DeleteGateway`: refused while a target is in it, in whatever status (service.md 9.5).
pub async fn delete(control: &Control, input: NamedGateway) -> Result<GatewayView, Refusal> {
    until_done(|| try_delete(control, &input)).await
}

async fn try_delete(control: &Control, input: &NamedGateway) -> Result<Option<GatewayView>, Refusal> {
    let mut gateway = existing(control, &input.gateway_identifier).await?;
    let before = gateway.begin(control, gateway.status.after(Event::Delete), "deleted")?;
    if control.store.count(Kind::Target, gateway.id()).await? > 0 {
        return Err(Refusal::validation(
            Reason::ResourceConflict,
            text::gateway_not_empty(gateway.id()),
        ));
    }
    let empty = Write::Fewer {
        kind: Kind::Target,
        parent: gateway.id().to_owned(),
        limit: 1,
    };
    let batch = vec![empty, gateway.replace()?];
    Ok(control
        .commit(batch)
        .await?
        .then(|| GatewayView::of(&control.place, gateway.answered(control, before))))
}

/// `ListGateways`.
pub async fn list(control: &Control, input: ListGateways) -> Result<Gateways, Refusal> {
    let limit = input
        .max_results
        .unwrap_or_else(|| control.switches.gateway_page_size.get());
    let page = list::page(control, "", None, limit, input.next_token.as_deref()).await?;
    let items = page
        .items
        .into_iter()
        .map(|gateway| GatewayView::of(&control.place, gateway));
    Ok(Gateways {
        items: items.collect(),
        next_token: page.next,
    })
}
