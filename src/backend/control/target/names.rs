//! Names of targets: unique in their gateway (service.md 7.3), and free to change.
//!
//! The store keeps names unique that never change. Here whoever takes a name looks at the targets of the gateway and
//! writes the gateway's record anew, so that of two who take one name at once the second looks again.

use crate::backend::control::record::{GatewayBody, Stored, TargetBody};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::{Control, list};
use crate::backend::store::Write;

/// Whether a target of the gateway has this name, in whatever status. To be asked after the gateway was read.
pub(super) async fn is_used(control: &Control, gateway: &str, name: &str) -> Result<bool, Refusal> {
    let targets = list::all::<TargetBody>(control, gateway, None).await?;
    Ok(targets.iter().any(|target| target.body.name == name))
}

/// What takes a name that was not used, in the batch that gives it to a target.
pub(super) fn claim(gateway: &Stored<GatewayBody>) -> Result<Write, Refusal> {
    gateway.replace()
}
