//! The service's own work: what is due is settled, also what was begun before a restart.

use super::clock::Micros;
use super::lifecycle::Event;
use super::record::{AssetBody, Body, EngineBody, GatewayBody, GenerationBody, Stored, TargetBody};
use super::refusal::Refusal;
use super::{Clocks, Control, gateway, generation, judge, scripted, target, token};
use crate::backend::store::{Kind, Record, Write};
use futures::channel::mpsc::{self, UnboundedSender};
use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Records that are settled together.
const TOGETHER: u32 = 256;
/// A record that cannot be settled is tried again after this time.
const POSTPONED: Duration = Duration::from_mins(1);
/// Pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Work on a record that takes as long as somebody else takes. The record is leased to whoever has the errand.
#[derive(Debug)]
pub enum Errand {
    /// The tools of a target are asked for.
    Tools(Stored<TargetBody>),
    /// Policies are judged again by the tools of a target, or without them.
    Changed(Stored<TargetBody>),
    /// Policies of the engines that a gateway was attached to or detached from are judged again.
    Attached(Stored<GatewayBody>),
    /// An author writes.
    Policies(Stored<GenerationBody>),
}

impl Errand {
    async fn run(self, control: &Control) {
        match self {
            Self::Tools(target) => Box::pin(target::finish(control, target)).await,
            Self::Changed(target) => target::judge(control, target).await,
            Self::Attached(gateway) => gateway::finish(control, gateway).await,
            Self::Policies(generation) => generation::finish(control, generation).await,
        }
    }
}

impl Control {
    /// Settles what is due, whenever something is, until `shutdown`.
    pub async fn work(&self, shutdown: CancellationToken) {
        let (asked, errands) = mpsc::unbounded::<Errand>();
        let asking = errands.for_each_concurrent(None, |errand| errand.run(self));
        tokio::select! {
            () = self.settle_until(&shutdown, &asked) => {}
            () = asking => {}
        }
    }

    async fn settle_until(&self, shutdown: &CancellationToken, asked: &UnboundedSender<Errand>) {
        loop {
            // Until the sleep is known, every due time wakes.
            self.asleep_until.store(Micros::MAX, Ordering::SeqCst);
            let pause = match self.settle_due(asked).await {
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

    /// Settles all that is due now, and what has to be asked for it; tells when something was due next before the
    /// answers.
    #[cfg(test)]
    pub(super) async fn settle(&self) -> Result<Option<Micros>, Refusal> {
        let (asked, errands) = mpsc::unbounded();
        let next = self.settle_due(&asked).await?;
        drop(asked);
        errands.for_each_concurrent(None, |errand| errand.run(self)).await;
        Ok(next)
    }

    /// As a process that is killed with errands in its hands.
    #[cfg(test)]
    pub(super) async fn claim_and_die(&self) -> Result<(), Refusal> {
        let (asked, errands) = mpsc::unbounded();
        self.settle_due(&asked).await?;
        drop(errands);
        Ok(())
    }

    /// Reads a record that is due; one that cannot be read is tried again later, and is none.
    pub(super) async fn read_due<B: Body>(&self, record: Record) -> Result<Option<Stored<B>>, Refusal> {
        match Stored::read(record.clone()) {
            Ok(stored) => Ok(Some(stored)),
            Err(error) => {
                let write = self.settled_or_postponed(record, async { Err(error) }).await;
                self.commit(vec![write]).await?;
                Ok(None)
            }
        }
    }

    /// Leases a record that is due to whoever takes the errand. When that one is gone (a process that was killed), it is
    /// due again after `lease`.
    pub(super) async fn hand_over<B: Body>(
        &self,
        mut stored: Stored<B>,
        lease: Duration,
        errand: impl FnOnce(Stored<B>) -> Errand,
        asked: &UnboundedSender<Errand>,
    ) -> Result<(), Refusal> {
        if stored.lease(self, lease).await? && asked.unbounded_send(errand(stored)).is_err() {
            tracing::debug!("nobody runs errands any more; the record is due again after its lease");
        }
        Ok(())
    }

    /// Settles all that is due now and needs nobody else, and hands over the rest; tells when something is due next.
    async fn settle_due(&self, asked: &UnboundedSender<Errand>) -> Result<Option<Micros>, Refusal> {
        loop {
            let due = self.store.due(self.clocks.machine.now(), TOGETHER).await?;
            if due.is_empty() {
                return Ok(self.store.next_due().await?);
            }
            let (mut policies, mut errands, mut others) = (BTreeMap::new(), Vec::new(), Vec::new());
            for record in due {
                match record.key.kind {
                    _ if self.scripted.doom(&record).is_some() => others.push(record),
                    Kind::Policy => policies
                        .entry(record.parent.clone())
                        .or_insert_with(Vec::new)
                        .push(record),
                    Kind::Target | Kind::Gateway | Kind::Generation => errands.push(record),
                    Kind::Engine | Kind::Asset | Kind::Token | Kind::Setting => {
                        others.push(record);
                    }
                }
            }
            let policies = join_all(
                policies
                    .into_values()
                    .map(|of_engine| judge::in_turn(self, of_engine)),
            );
            let errands = join_all(errands.into_iter().map(async |record: Record| {
                if record.key.kind == Kind::Generation {
                    generation::settle(self, record, asked).await
                } else if record.key.kind == Kind::Gateway {
                    gateway::settle(self, record, asked).await
                } else {
                    target::settle(self, record, asked).await
                }
            }));
            let others = others
                .into_iter()
                .map(|record| self.settled_or_postponed(record.clone(), async { self.settled(record) }));
            let (policies, errands, others) = futures::join!(policies, errands, join_all(others));
            errands.into_iter().collect::<Result<(), Refusal>>()?;
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

    /// What becomes of a record that is due; policies, gateways, targets and generations have places of their own.
    fn settled(&self, record: Record) -> Result<Write, Refusal> {
        let clocks = &self.clocks;
        let now = clocks.service.now();
        if let Some(reason) = self.scripted.doom(&record) {
            return scripted::failed(record, reason, now);
        }
        match record.key.kind {
            Kind::Engine => Stored::<EngineBody>::read(record)?.end(Event::Succeeded, now, Vec::new()),
            Kind::Token => {
                let expires = token::read(&record)?.expires;
                Ok(removed_at(expires, now, record, clocks))
            }
            Kind::Asset => {
                let expires = Stored::<AssetBody>::read(record.clone())?.body.expires;
                Ok(removed_at(expires, now, record, clocks))
            }
            Kind::Policy | Kind::Gateway | Kind::Target | Kind::Generation | Kind::Setting => {
                Ok(Write::Replace(Record { due: None, ..record }))
            }
        }
    }
}

fn postponed(record: Record, clocks: &Clocks, by: Duration) -> Write {
    let by = Micros::try_from(by.as_micros()).unwrap_or(Micros::MAX);
    Write::Replace(Record {
        due: Some(clocks.machine.now().saturating_add(by)),
        ..record
    })
}

/// Takes a record away that is over at `expires`, in the service's time; that clock may run behind the machine's.
fn removed_at(expires: Micros, now: Micros, record: Record, clocks: &Clocks) -> Write {
    match u64::try_from(expires.saturating_sub(now)) {
        Ok(remaining @ 1..) => postponed(record, clocks, Duration::from_micros(remaining)),
        Ok(0) | Err(_) => Write::Remove(record.key, record.version),
    }
}
