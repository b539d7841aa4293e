//! Which engine decides for which gateway (service.md 9.4).
//!
//! A gateway's record has the id of its engine as scope, or none's. Attaching writes the engine's record anew, so that
//! a deletion of the engine that looked before looks again.

use crate::backend::control::Control;
use crate::backend::control::defaults::text;
use crate::backend::control::list;
use crate::backend::control::record::{EngineBody, GatewayBody, GatewaySettings, Stored};
use crate::backend::control::refusal::{Reason, Refusal};
use crate::backend::switches::{AttachUnknownEngine, RevalidateOnToolChange};
use crate::model::{Arn, Lifecycle};

/// Scope of a gateway without an engine: no id is empty.
const UNATTACHED: &str = "";

/// The engine that settings attach, if they do: of this region, there and ACTIVE.
pub(super) async fn engine(
    control: &Control,
    settings: &GatewaySettings,
) -> Result<Option<Stored<EngineBody>>, Refusal> {
    let Some(attachment) = &settings.policy_engine_configuration else {
        return Ok(None);
    };
    let arn = &attachment.arn;
    let invalid = |text| Refusal::validation(Reason::FieldValidationFailed, text);
    let unknown = || match control.switches.attach_unknown_engine {
        AttachUnknownEngine::Validation => invalid(text::no_engine_to_attach(arn)),
        AttachUnknownEngine::NotFound => Refusal::NotFound(text::no_engine_to_attach(arn)),
    };
    let named = Arn::parse(arn).map_err(|_| unknown())?;
    if named.region != control.place.region {
        return Err(invalid(text::engine_elsewhere(arn, &control.place.region)));
    }
    if !control.place.holds(&named) {
        return Err(unknown());
    }
    let found = control.find::<EngineBody>(&named.engine_id).await?;
    let engine = found.ok_or_else(unknown)?;
    if engine.status != Lifecycle::Active {
        return Err(Refusal::validation(
            Reason::ResourceConflict,
            text::engine_not_active(engine.id()),
        ));
    }
    Ok(Some(engine))
}

/// Lists a gateway under its engine, or under none. What it is taken from or added to is noted down, to be judged again
/// (`compat.revalidate-on-tool-change`).
pub(super) fn under(
    control: &Control,
    gateway: &mut Stored<GatewayBody>,
    engine: Option<&Stored<EngineBody>>,
) {
    let scope = engine.map_or(UNATTACHED, Stored::id).to_owned();
    let before = gateway.record.scope.replace(scope);
    if control.switches.revalidate_on_tool_change == RevalidateOnToolChange::Always
        && before != gateway.record.scope
    {
        let both = before.iter().chain(&gateway.record.scope);
        let engines = both.filter(|engine| *engine != UNATTACHED);
        gateway.body.unjudged.extend(engines.cloned());
    }
}

/// Id of the engine that decides for a gateway.
pub fn engine_of(gateway: &Stored<GatewayBody>) -> Option<&str> {
    gateway
        .record
        .scope
        .as_deref()
        .filter(|engine| *engine != UNATTACHED)
}

/// ARNs of the gateways that an engine decides for, in whatever status, the oldest first.
pub async fn attached(control: &Control, engine_arn: &str) -> Result<Vec<String>, Refusal> {
    let Some(engine) = Arn::parse(engine_arn).ok().filter(|arn| control.place.holds(arn)) else {
        return Ok(Vec::new());
    };
    let gateways = list::all::<GatewayBody>(control, "", Some(&engine.engine_id)).await?;
    let arns = gateways
        .iter()
        .map(|gateway| control.place.gateway_arn(gateway.id()));
    Ok(arns.collect())
}

/// Refuses to delete an engine that decides for a gateway (service.md 4.4, `compat.delete-attached-engine`).
pub async fn unattached(control: &Control, engine: &Stored<EngineBody>) -> Result<(), Refusal> {
    let page = list::page::<GatewayBody>(control, "", Some(engine.id()), 1, None).await?;
    match page.items.first() {
        Some(gateway) => Err(Refusal::Conflict(text::engine_attached(gateway.id()))),
        None => Ok(()),
    }
}
