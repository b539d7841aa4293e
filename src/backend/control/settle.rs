//! The service's own work: what is due is settled, also what was begun before a restart.

use super::clock::Micros;
use super::lifecycle::Event;
use super::record::{EngineBody, Stored};
use super::refusal::Refusal;
use super::{Clocks, Control, judge, token};
use crate::backend::store::{Kind, Record, Write};
use futures::FutureExt as _;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
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
            let mut policies: BTreeMap<String, Vec<Record>> = BTreeMap::new();
            let mut others = Vec::new();
            for record in due {
                match record.key.kind {
                    Kind::Policy => policies.entry(record.parent.clone()).or_default().push(record),
                    Kind::Engine | Kind::Token | Kind::Setting => others.push(record),
                }
            }
            let policies = join_all(
                policies
                    .into_values()
                    .map(|of_engine| judge::in_turn(self, of_engine)),
            );
            let others = others.into_iter().map(|record| {
                self.settled_or_postponed(record.clone(), async { settled(record, &self.clocks) })
            });
            let (policies, others) = futures::join!(policies, join_all(others));
            // Each is a batch of its own: a record that was changed meanwhile is looked at again.
            let writes = policies.into_iter().flatten().chain(others);
            for done in join_all(writes.map(|write| self.commit(vec![write]))).await {
                done?;
            }
        }
    }

    /// What settling gives for a record that is due. One that cannot be settled must not hold up the others, nor be
    /// tried without a pause.
    pub(super) async fn settled_or_postponed(
        &self,
        record: Record,
        settling: impl Future<Output = Result<Write, Refusal>>,
    ) -> Write {
        let error = match AssertUnwindSafe(settling).catch_unwind().await {
            Ok(Ok(write)) => return write,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "settling it panicked".to_owned(),
        };
        tracing::error!(%error, id = record.key.id, "a record could not be settled; trying again later");
        postponed(record, &self.clocks, POSTPONED)
    }
}

fn postponed(record: Record, clocks: &Clocks, by: Duration) -> Write {
    let by = Micros::try_from(by.as_micros()).unwrap_or(Micros::MAX);
    Write::Replace(Record {
        due: Some(clocks.machine.now().saturating_add(by)),
        ..record
    })
}

/// What becomes of a record that is due; policies are judged elsewhere.
fn settled(record: Record, clocks: &Clocks) -> Result<Write, Refusal> {
    let now = clocks.service.now();
    match record.key.kind {
        Kind::Engine => Stored::<EngineBody>::read(record)?.end(Event::Succeeded, now, Vec::new()),
        Kind::Token => {
            let remaining = token::read(&record)?.expires.saturating_sub(now);
            Ok(match u64::try_from(remaining) {
                // The service's clock runs behind the machine's.
                Ok(remaining @ 1..) => postponed(record, clocks, Duration::from_micros(remaining)),
                Ok(0) | Err(_) => Write::Remove(record.key, record.version),
            })
        }
        Kind::Policy | Kind::Setting => Ok(Write::Replace(Record { due: None, ..record })),
    }
}
