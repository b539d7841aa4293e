//! The service's own work: what is due is settled, also what was begun before a restart.

use super::clock::Micros;
use super::lifecycle::{Event, Next, next};
use super::record::{Body, EngineBody, PolicyBody, Stored};
use super::refusal::Refusal;
use super::{Clocks, Control, statement, token};
use crate::backend::store::{Kind, Record, Write};
use futures::future::join_all;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Records that are settled together.
const TOGETHER: u32 = 64;
/// A record that cannot be settled is tried again after this time.
const POSTPONED: Duration = Duration::from_mins(1);
/// Pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Control {
    /// Settles what is due, whenever something is, until `shutdown`.
    pub async fn work(&self, shutdown: CancellationToken) {
        loop {
            // Until the sleep is known, every due time wakes.
            self.asleep_until.store(Micros::MAX, Ordering::SeqCst);
            let pause = match self.settle().await {
                Ok(next) => self.sleep(next),
                Err(error) => {
                    tracing::error!(%error, "transitions could not be settled; trying again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn sleep(&self, next: Option<Micros>) -> Duration {
        let next = next.unwrap_or(Micros::MAX);
        self.asleep_until.store(next, Ordering::SeqCst);
        let pause = next.saturating_sub(self.clocks.machine.now());
        Duration::from_micros(u64::try_from(pause).unwrap_or(0)).min(self.store.look_every())
    }

    /// Settles all that is due now; tells when something is due next.
    pub(super) async fn settle(&self) -> Result<Option<Micros>, Refusal> {
        loop {
            let due = self.store.due(self.clocks.machine.now(), TOGETHER).await?;
            if due.is_empty() {
                return Ok(self.store.next_due().await?);
            }
            let clocks = self.clocks.clone();
            // Policies are validated one after the other (`compat.parallel-create`), off the request threads.
            let writes = tokio::task::spawn_blocking(move || {
                due.into_iter()
                    .map(|record| settled_or_postponed(record, &clocks))
                    .collect::<Vec<_>>()
            });
            let writes = writes.await.map_err(|error| Refusal::Fault(error.to_string()))?;
            // Each is a batch of its own: a record that was changed meanwhile is looked at again.
            for done in join_all(writes.into_iter().map(|write| self.commit(vec![write]))).await {
                done?;
            }
        }
    }
}

/// One record that cannot be settled must not hold up the others, nor be tried without a pause.
fn settled_or_postponed(record: Record, clocks: &Clocks) -> Write {
    let settled = catch_unwind(AssertUnwindSafe(|| settled(record.clone(), clocks)));
    let error = match settled {
        Ok(Ok(write)) => return write,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "settling it panicked".to_owned(),
    };
    tracing::error!(%error, id = record.key.id, "a record could not be settled; trying again later");
    postponed(record, clocks, POSTPONED)
}

fn postponed(record: Record, clocks: &Clocks, by: Duration) -> Write {
    let by = Micros::try_from(by.as_micros()).unwrap_or(Micros::MAX);
    Write::Replace(Record {
        due: Some(clocks.machine.now().saturating_add(by)),
        ..record
    })
}

/// What becomes of a record that is due.
fn settled(record: Record, clocks: &Clocks) -> Result<Write, Refusal> {
    let now = clocks.service.now();
    match record.key.kind {
        Kind::Engine => {
            let mut engine = Stored::<EngineBody>::read(record)?;
            let moved = next(&engine.status, Event::Succeeded);
            engine.body.updated = now;
            end(engine, moved)
        }
        Kind::Policy => {
            let policy = Stored::<PolicyBody>::read(record)?;
            settled_policy(policy, now)
        }
        Kind::Token => {
            let remaining = token::read(&record)?.expires.saturating_sub(now);
            Ok(match u64::try_from(remaining) {
                // The service's clock runs behind the machine's.
                Ok(remaining @ 1..) => postponed(record, clocks, Duration::from_micros(remaining)),
                Ok(0) | Err(_) => Write::Remove(record.key, record.version),
            })
        }
        Kind::Setting => Ok(Write::Replace(Record { due: None, ..record })),
    }
}

/// A policy that was created or changed is judged; the one that passes is in force from then on.
fn settled_policy(mut policy: Stored<PolicyBody>, now: Micros) -> Result<Write, Refusal> {
    let mut moved = next(&policy.status, Event::Succeeded);
    if matches!(moved, Next::Status(_)) {
        let reasons = statement::judge(policy.id(), &policy.body.asked.definition);
        if reasons.is_empty() {
            policy.body.in_force = Some(policy.body.asked.clone());
        } else {
            moved = next(&policy.status, Event::Failed);
        }
        policy.body.status_reasons = reasons;
        policy.body.updated = now;
    }
    end(policy, moved)
}

fn end<B: Body>(mut resource: Stored<B>, moved: Next) -> Result<Write, Refusal> {
    resource.record.due = None;
    match moved {
        Next::Status(status) => resource.status = status,
        Next::Gone => return Ok(resource.remove()),
        Next::Busy | Next::Unmoved => {}
    }
    resource.replace()
}
