//! Policies that are due are judged: the steps 12 to 15 of service.md 6.0.

use super::lifecycle::{Event, Next, Status as _};
use super::record::{PolicyBody, Stored};
use super::refusal::Refusal;
use super::{Control, statement};
use crate::backend::store::{Record, Write};

/// What becomes of policies of one engine that are due, one after the other (service.md section 18,
/// `compat.parallel-create`). Policies of different engines are judged at the same time.
pub async fn in_turn(control: &Control, due: Vec<Record>) -> Vec<Write> {
    let mut writes = Vec::with_capacity(due.len());
    for record in due {
        let settling = settled(control, record.clone());
        writes.push(control.settled_or_postponed(record, settling).await);
    }
    writes
}

/// A policy that was created or changed is judged; the one that passes is in force from then on.
async fn settled(control: &Control, record: Record) -> Result<Write, Refusal> {
    let mut policy = Stored::<PolicyBody>::read(record)?;
    let mut reasons = Vec::new();
    if matches!(policy.status.after(Event::Succeeded), Next::Status(_)) {
        reasons = judge(&policy).await?;
        if reasons.is_empty() {
            policy.body.in_force = Some(policy.body.asked.clone());
        }
    }
    let event = if reasons.is_empty() {
        Event::Succeeded
    } else {
        Event::Failed
    };
    policy.end(event, control.clocks.service.now(), reasons)
}

/// What is wrong with the rule that is asked for; off the threads that serve requests.
async fn judge(policy: &Stored<PolicyBody>) -> Result<Vec<String>, Refusal> {
    let (id, definition) = (policy.id().to_owned(), policy.body.asked.definition.clone());
    tokio::task::spawn_blocking(move || statement::judge(&id, &definition))
        .await
        .map_err(|error| Refusal::Fault(error.to_string()))
}
