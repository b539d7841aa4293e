//! The service's own work on a target: its tools are asked for, which may take as long as an MCP server takes, and
//! policies are judged by them.

use crate::backend::control::lifecycle::{Event, Next, Status as _, TargetStatus};
use crate::backend::control::record::{Body as _, Stored, TargetBody};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::settle::Errand;
use crate::backend::control::target::Arm;
use crate::backend::control::{Control, revalidate};
use crate::backend::store::Record;
use crate::backend::tools::ToolsError;
use crate::model::Tool;
use futures::channel::mpsc::UnboundedSender;
use std::sync::Arc;
use std::time::Duration;

/// How long a target belongs to whoever began to ask for its tools, longer than a source of tools takes. A target whose
/// asker is gone (a process that was killed) is due again after this time.
const LEASE: Duration = Duration::from_secs(30);

/// Settles a target that is due, or begins to: one whose tools must be asked for, or by whose tools policies must be
/// judged, goes to `asked`, and belongs to the receiver from then on.
pub async fn settle(
    control: &Control,
    record: Record,
    asked: &UnboundedSender<Errand>,
) -> Result<(), Refusal> {
    let Some(mut target) = control.read_due::<TargetBody>(record).await? else {
        return Ok(());
    };
    if target.status == TargetStatus::Deleting {
        // Nobody sees its tools any more; until the policies were judged without them, it stays.
        target.body.unjudged = revalidate::changed(control, &target.body.name, &target.body.tools, &[]);
    }
    if !target.body.unjudged.is_empty() {
        return control
            .hand_over(target, revalidate::LEASE, Errand::Changed, asked)
            .await;
    }
    let asks = matches!(
        target.status,
        TargetStatus::Creating | TargetStatus::Updating | TargetStatus::Synchronizing
    );
    if asks {
        return control.hand_over(target, LEASE, Errand::Tools, asked).await;
    }
    let now = control.clocks.service.now();
    if target.status.awaits_consent()
        && let Next::Status(status) = target.status.after(Event::Succeeded)
    {
        // Nobody can give it here: its time has come. The change itself is due at once.
        target.status = status;
        target.body.changed(now, Vec::new());
        target.record.due = Some(control.clocks.machine.now());
        return control.commit(vec![target.replace()?]).await.map(drop);
    }
    let ended = target.end(Event::Succeeded, now, Vec::new())?;
    control.commit(vec![ended]).await.map(drop)
}

/// Asks for the tools of a target that [`settle`] handed over, lets policies be judged by them, and ends its transition.
pub async fn finish(control: &Control, target: Stored<TargetBody>) {
    let id = target.id().to_owned();
    let tools = ask(control, &target).await;
    revalidate::told(&id, end(control, target, tools).await);
}

/// Judges policies again for a target that [`settle`] handed over, and ends its transition.
pub async fn judge(control: &Control, target: Stored<TargetBody>) {
    let id = target.id().to_owned();
    revalidate::told(&id, judged(control, target).await);
}

/// The tools, in a task of their own: reading a large document holds up nobody.
async fn ask(control: &Control, target: &Stored<TargetBody>) -> Result<Vec<Tool>, ToolsError> {
    let source = Arc::clone(&control.tools);
    let name = target.body.name.clone();
    let configuration = target.body.settings.target_configuration.clone();
    let asked = tokio::spawn(async move { source.tools(&name, &configuration).await });
    asked.await.unwrap_or_else(|error| {
        tracing::error!(%error, id = target.id(), "reading the tools of a target panicked");
        Err(ToolsError::new(
            "The tools could not be read: a fault of this backend, see its log",
        ))
    })
}

/// The tools that were told are there from now on, and after them the new status.
async fn end(
    control: &Control,
    mut target: Stored<TargetBody>,
    tools: Result<Vec<Tool>, ToolsError>,
) -> Result<bool, Refusal> {
    let now = control.clocks.service.now();
    let tools = match tools {
        Ok(tools) => tools,
        Err(error) => {
            let ended = target.end(Event::Failed, now, vec![error.to_string()])?;
            return control.commit(vec![ended]).await;
        }
    };
    let fetched =
        Arm::of(&target.body.settings.target_configuration).is_some_and(|arm| arm.is_synchronized());
    target.body.synchronized = fetched.then_some(now);
    target.body.unjudged = revalidate::changed(control, &target.body.name, &target.body.tools, &tools);
    target.body.tools = tools;
    target.body.tools_from = None;
    if target.body.unjudged.is_empty() {
        let ended = target.end(Event::Succeeded, now, Vec::new())?;
        return control.commit(vec![ended]).await;
    }
    // What is to be judged is kept with the tools that it is to be judged by.
    Ok(target.lease(control, revalidate::LEASE).await? && judged(control, target).await?)
}

async fn judged(control: &Control, mut target: Stored<TargetBody>) -> Result<bool, Refusal> {
    let (gateway, changed) = (target.record.parent.clone(), target.body.unjudged.clone());
    let judging = revalidate::of_gateway(control, &gateway, &changed);
    if !revalidate::meanwhile(control, &mut target, judging).await? {
        return Ok(false);
    }
    target.body.unjudged.clear();
    let ended = target.end(Event::Succeeded, control.clocks.service.now(), Vec::new())?;
    control.commit(vec![ended]).await
}
