//! The service's own work on a target: its tools are asked for, which may take as long as an MCP server takes.

use crate::backend::control::Control;
use crate::backend::control::clock::Micros;
use crate::backend::control::lifecycle::{Event, Next, Status as _, TargetStatus};
use crate::backend::control::record::{Body as _, Stored, TargetBody};
use crate::backend::control::refusal::Refusal;
use crate::backend::control::settle::Errand;
use crate::backend::control::target::Arm;
use crate::backend::store::{Record, Write};
use crate::backend::tools::ToolsError;
use crate::model::Tool;
use futures::channel::mpsc::UnboundedSender;
use std::sync::Arc;
use std::time::Duration;

/// How long a target belongs to whoever began to ask for its tools, longer than a source of tools takes. A target whose
/// asker is gone (a process that was killed) is due again after this time.
const LEASE: Duration = Duration::from_secs(30);

/// Settles a target that is due, or begins to: one whose tools must be asked for goes to `asked`, and belongs to the
/// receiver from then on.
pub async fn settle(
    control: &Control,
    record: Record,
    asked: &UnboundedSender<Errand>,
) -> Result<(), Refusal> {
    let mut target = match Stored::<TargetBody>::read(record.clone()) {
        Ok(target) => target,
        Err(error) => {
            let write = control.settled_or_postponed(record, async { Err(error) }).await;
            return control.commit(vec![write]).await.map(drop);
        }
    };
    if target.status.awaits_consent() {
        // Nobody can give it here: its time has come. The change itself is due at once.
        let now = control.clocks.service.now();
        if let Next::Status(status) = target.status.after(Event::Succeeded) {
            target.status = status;
            target.body.changed(now, Vec::new());
        }
        target.record.due = Some(control.clocks.machine.now());
        return control.commit(vec![target.replace()?]).await.map(drop);
    }
    let asks = matches!(
        target.status,
        TargetStatus::Creating | TargetStatus::Updating | TargetStatus::Synchronizing
    );
    if !asks {
        let write = target.end(Event::Succeeded, control.clocks.service.now(), Vec::new())?;
        return control.commit(vec![write]).await.map(drop);
    }
    let lease = Micros::try_from(LEASE.as_micros()).unwrap_or(Micros::MAX);
    target.record.due = Some(control.clocks.machine.now().saturating_add(lease));
    if control.commit(vec![target.replace()?]).await? {
        target.record.version += 1;
        if asked.unbounded_send(Errand::Tools(target)).is_err() {
            tracing::debug!("nobody asks for tools any more; the target is due again after its lease");
        }
    }
    Ok(())
}

/// Asks for the tools of a target that [`settle`] handed over, and ends its transition.
pub async fn finish(control: &Control, target: Stored<TargetBody>) {
    let id = target.id().to_owned();
    let tools = ask(control, &target).await;
    let ended = match end(control, target, tools) {
        Ok(write) => control.commit(vec![write]).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(true) => {}
        Ok(false) => tracing::debug!(id, "a target was settled by somebody else"),
        Err(error) => {
            tracing::error!(%error, id, "a target could not be settled; it is due again after its lease");
        }
    }
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

fn end(
    control: &Control,
    mut target: Stored<TargetBody>,
    tools: Result<Vec<Tool>, ToolsError>,
) -> Result<Write, Refusal> {
    let now = control.clocks.service.now();
    match tools {
        Ok(tools) => {
            target.body.tools = tools;
            let fetched =
                Arm::of(&target.body.settings.target_configuration).is_some_and(|arm| arm.is_synchronized());
            target.body.synchronized = fetched.then_some(now);
            target.end(Event::Succeeded, now, Vec::new())
        }
        Err(error) => target.end(Event::Failed, now, vec![error.to_string()]),
    }
}
