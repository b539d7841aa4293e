//! The service's own work on a gateway: it settles, after the policies of its engine were judged by its tools.

use crate::backend::control::lifecycle::Event;
use crate::backend::control::record::{GatewayBody, Stored};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::settle::Errand;
use crate::backend::control::{Control, revalidate};
use crate::backend::store::Record;
use futures::channel::mpsc::UnboundedSender;

/// Settles a gateway that is due, or begins to: one whose engine has policies to be judged again goes to `asked`.
pub async fn settle(
    control: &Control,
    record: Record,
    asked: &UnboundedSender<Errand>,
) -> Result<(), Refusal> {
    let Some(gateway) = control.read_due::<GatewayBody>(record).await? else {
        return Ok(());
    };
    if gateway.body.unjudged.is_empty() {
        let ended = gateway.end(Event::Succeeded, control.clocks.service.now(), Vec::new())?;
        return control.commit(vec![ended]).await.map(drop);
    }
    control
        .hand_over(gateway, revalidate::LEASE, Errand::Attached, asked)
        .await
}

/// Judges policies again for a gateway that [`settle`] handed over, and ends its transition.
pub async fn finish(control: &Control, gateway: Stored<GatewayBody>) {
    let id = gateway.id().to_owned();
    revalidate::told(&id, judged(control, gateway).await);
}

async fn judged(control: &Control, mut gateway: Stored<GatewayBody>) -> Result<bool, Refusal> {
    let engines = gateway.body.unjudged.clone();
    let judging = revalidate::of_engines(control, &engines);
    if !revalidate::meanwhile(control, &mut gateway, judging).await? {
        return Ok(false);
    }
    gateway.body.unjudged.clear();
    let ended = gateway.end(Event::Succeeded, control.clocks.service.now(), Vec::new())?;
    control.commit(vec![ended]).await
}
