//! The tools behind a gateway, as policies are validated against them (service.md 6.4).

use crate::backend::control::lifecycle::TargetStatus;
use crate::backend::control::record::{GatewayBody, Stored, TargetBody};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::target::Arm;
use crate::backend::control::{Control, list};
use crate::backend::switches::DynamicListingSchema;
use crate::model::{Offer, Protocol, Target};

/// What a gateway offers; none when there is no such gateway here.
pub async fn tools_of(control: &Control, gateway_arn: &str) -> Result<Option<Offer>, Refusal> {
    let Some(id) = control.place.gateway_id(gateway_arn) else {
        return Ok(None);
    };
    if control.find::<GatewayBody>(&id).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(offered(&targets_of(control, &id).await?)))
}

/// The targets of a gateway that offer something: each that was READY once and is not being deleted.
///
/// A target with the listing mode `DYNAMIC` is listed like any other (`compat.dynamic-listing-schema`).
pub async fn targets_of(control: &Control, gateway: &str) -> Result<Vec<Stored<TargetBody>>, Refusal> {
    let with_dynamic = control.switches.dynamic_listing_schema == DynamicListingSchema::LastListing;
    let mut targets = list::all::<TargetBody>(control, gateway, None).await?;
    targets.retain(|target| {
        let was_ready = || {
            // One whose tools policies are judged by already is as good as READY.
            let body = &target.body;
            !body.tools.is_empty() || !body.unjudged.is_empty() || !is_new(target.status)
        };
        target.status != TargetStatus::Deleting && (with_dynamic || !is_dynamic(target)) && was_ready()
    });
    Ok(targets)
}

/// What these targets offer, with the tools of the last listing that succeeded.
pub fn offered(targets: &[Stored<TargetBody>]) -> Offer {
    let mut offer = Offer::default();
    for Stored { body, .. } in targets {
        offer.targets.push(Target {
            protocol: protocol(body),
            name: body.name.clone(),
        });
        offer.tools.extend(body.tools.iter().cloned());
    }
    offer
}

/// Whether a target was never READY, as far as its status tells.
fn is_new(status: TargetStatus) -> bool {
    matches!(
        status,
        TargetStatus::Creating | TargetStatus::CreatePendingAuth | TargetStatus::Failed
    )
}

fn protocol(target: &TargetBody) -> Protocol {
    match Arm::of(&target.settings.target_configuration) {
        Some(arm) if arm.is_http() => Protocol::Http,
        Some(_) | None => Protocol::Mcp,
    }
}

fn is_dynamic(target: &Stored<TargetBody>) -> bool {
    Arm::of(&target.body.settings.target_configuration).is_some_and(|arm| arm.is_dynamic())
}
