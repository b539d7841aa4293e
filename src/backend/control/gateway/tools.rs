//! The tools behind a gateway, as policies are validated against them (service.md 6.4).

use crate::backend::control::lifecycle::TargetStatus;
use crate::backend::control::record::{GatewayBody, Stored, TargetBody};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::target::Arm;
use crate::backend::control::{Control, list};
use crate::backend::switches::DynamicListingSchema;
use crate::model::Tool;

/// The tools of a gateway: of each target that is not being deleted, those of its last listing that succeeded; none when
/// there is no such gateway here.
///
/// A target with the listing mode `DYNAMIC` is listed like any other (`compat.dynamic-listing-schema`).
pub async fn tools_of(control: &Control, gateway_arn: &str) -> Result<Option<Vec<Tool>>, Refusal> {
    let Some(id) = control.place.gateway_id(gateway_arn) else {
        return Ok(None);
    };
    if control.find::<GatewayBody>(&id).await?.is_none() {
        return Ok(None);
    }
    let with_dynamic = control.switches.dynamic_listing_schema == DynamicListingSchema::LastListing;
    let targets = list::all::<TargetBody>(control, &id, None).await?;
    let tools = targets
        .into_iter()
        .filter(|target| target.status != TargetStatus::Deleting)
        .filter(|target| with_dynamic || !is_dynamic(target))
        .flat_map(|target| target.body.tools);
    Ok(Some(tools.collect()))
}

fn is_dynamic(target: &Stored<TargetBody>) -> bool {
    Arm::of(&target.body.settings.target_configuration).is_some_and(|arm| arm.is_dynamic())
}
