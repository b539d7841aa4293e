//! Keeping up with what changes.

use super::gate::Gate;
use super::load::{Loaded, Unread};
use crate::backend::control::{Changed, Control, Refusal, Seen};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How long a call waits for changes that were made before it: longer than it takes to read all policies of a large engine.
const CATCHING_UP: Duration = Duration::from_secs(5);
/// Pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// How long gateways go on over what was read when the database cannot be read: as long as a database takes to fail over,
/// and no longer, for somebody else may have written a forbid into it.
const STALE: Duration = Duration::from_mins(2);
/// Policies that are read one by one; of more all are read.
const ONE_BY_ONE: usize = 256;

/// What is in force at all gateways.
#[derive(Debug)]
pub struct Force {
    control: Arc<Control>,
    loaded: Loaded,
    /// How many batches of changes are in force; none before everything was read for the first time.
    applied: watch::Sender<Option<u64>>,
    /// When this began.
    begun: Instant,
    /// Milliseconds from then until the last moment as of which all is in force that the database had.
    heard: AtomicU64,
    /// How long that may be past.
    patience: Duration,
}

/// Why a gateway takes no calls that may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// Its own records cannot be read.
    #[error("the record of this gateway or of one of its targets cannot be read")]
    Unreadable,
    /// The database cannot be read, and could not for so long that what was read is not to be relied on.
    #[error("the database has not been read for too long to know what is in force")]
    Stale,
    /// What was changed here before the call is not in force yet.
    #[error("changes that were made before are not in force yet")]
    Behind,
}

/// Changes that are not in force yet.
#[derive(Debug, Default)]
struct Waiting {
    changed: BTreeSet<Changed>,
    /// How many batches they end.
    batches: u64,
    /// When they are to be put in force.
    due: Option<Instant>,
    /// Whether all has to be read before anything that was read can be relied on any longer: at the beginning, and after the
    /// database or a change could not be read.
    behind: bool,
    /// When the last look began that was answered; none since one was not.
    looked: Option<Instant>,
}

impl Force {
    /// Nothing, until [`Force::follow`].
    pub fn new(control: Arc<Control>) -> Self {
        Self::patient(control, STALE)
    }

    /// The same with this bound of how long it goes on without the database.
    pub(super) fn patient(control: Arc<Control>, patience: Duration) -> Self {
        control.changes().follow();
        Self {
            loaded: Loaded::new(Arc::clone(&control)),
            control,
            applied: watch::Sender::new(None),
            begun: Instant::now(),
            heard: AtomicU64::new(0),
            patience,
        }
    }

    /// The gateway with this id, if it takes calls.
    ///
    /// # Errors
    /// [`Closed`] when that is not known.
    pub fn gate(&self, id: &str) -> Result<Option<Arc<Gate>>, Closed> {
        let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
        if self.begun.elapsed().saturating_sub(heard) > self.patience {
            return Err(Closed::Stale);
        }
        self.loaded.gate(id).map_err(|Unread| Closed::Unreadable)
    }

    /// Waits until everything was read for the first time.
    pub async fn loaded(&self) {
        let mut applied = self.applied.subscribe();
        while applied.borrow_and_update().is_none() {
            if applied.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until everything is in force that was committed here before. Where changes are made to take their time
    /// (`compat.propagation-delay`, service.md 11.9), what was in force before still is, and nothing is waited for.
    ///
    /// # Errors
    /// [`Closed::Behind`] when that takes too long: what was in force before may let through what is forbidden by now.
    pub async fn caught_up(&self) -> Result<(), Closed> {
        let begun = self.control.changes().begun();
        let at_once = self.control.switches().propagation_delay.get() == Some(Duration::ZERO);
        if !at_once || self.applied.borrow().is_some_and(|applied| applied >= begun) {
            return Ok(());
        }
        let mut applied = self.applied.subscribe();
        let caught_up = async move {
            while applied.borrow_and_update().is_none_or(|applied| applied < begun) {
                if applied.changed().await.is_err() {
                    return;
                }
            }
        };
        let longest = self.patience.min(CATCHING_UP);
        timeout(longest, caught_up).await.map_err(|_| Closed::Behind)
    }

    /// Reads everything, then follows changes until `shutdown`.
    pub async fn follow(&self, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.follow_for_ever() => {}
        }
    }

    async fn follow_for_ever(&self) {
        let switches = self.control.switches();
        let delay = switches.propagation_delay.get();
        let mut seen = Seen::default();
        let mut waiting = Waiting {
            behind: true,
            ..Waiting::default()
        };
        let mut look = Instant::now();
        loop {
            if look <= Instant::now() {
                look = Instant::now() + self.look(&mut seen, &mut waiting, delay).await;
            }
            if waiting.due.is_some_and(|due| due <= Instant::now()) {
                self.put_in_force(&seen, &mut waiting).await;
            }
            tokio::select! {
                () = sleep_until(look) => {}
                () = sleep_until(waiting.due.unwrap_or(look)) => {}
                (changed, ended) = self.control.changes().take() => {
                    waiting.batches = ended;
                    waiting.add(changed, delay);
                }
            }
        }
    }

    /// Looks for what others have changed; gives the pause until the next look.
    async fn look(&self, seen: &mut Seen, waiting: &mut Waiting, delay: Option<Duration>) -> Duration {
        let (began, before) = (Instant::now(), seen.revision());
        match self.control.changed_since(seen).await {
            Ok(changed) => {
                waiting.looked = Some(began);
                waiting.add(changed, delay);
                // As after a database was put back to a backup, or to a server that had not followed.
                waiting.behind |= seen.revision() < before;
                if waiting.behind {
                    waiting.due = Some(began);
                } else {
                    self.hear(began);
                }
                self.control.look_every()
            }
            Err(error) => {
                *seen = Seen::default();
                (waiting.behind, waiting.looked) = (true, None);
                let most = self.patience;
                tracing::error!(%error, "the database cannot be read; what was in force stays for {most:?} at most");
                AFTER_FAILURE
            }
        }
    }

    /// All is in force that the database had at this moment.
    fn hear(&self, at: Instant) {
        let heard = at.saturating_duration_since(self.begun).as_millis();
        let heard = u64::try_from(heard).unwrap_or(u64::MAX);
        self.heard.store(heard, Ordering::Relaxed);
    }

    async fn put_in_force(&self, seen: &Seen, waiting: &mut Waiting) {
        match self.read(seen, waiting).await {
            Ok(()) => {
                waiting.changed.clear();
                waiting.due = None;
                if let Some(looked) = waiting.looked {
                    waiting.behind = false;
                    self.hear(looked);
                }
                self.applied.send_replace(Some(waiting.batches));
            }
            Err(error) => {
                let most = self.patience;
                tracing::error!(%error, "changes cannot be read and are not in force yet; what was in force stays for {most:?} at most");
                waiting.behind = true;
                waiting.due = Some(Instant::now() + AFTER_FAILURE);
            }
        }
    }

    /// Reads what has changed, or all.
    async fn read(&self, seen: &Seen, waiting: &Waiting) -> Result<(), Refusal> {
        let changed = &waiting.changed;
        let policies = changed.iter().filter(|one| matches!(one, Changed::Policy(_)));
        if !waiting.behind && policies.count() <= ONE_BY_ONE {
            return self.loaded.change(changed).await;
        }
        // Some may have come since all were seen.
        let came = changed.iter().filter_map(|one| match one {
            Changed::Gateway(id) => Some(id.as_str()),
            Changed::Policy(_) => None,
        });
        let ids = seen.gateways().chain(came).map(str::to_owned).collect();
        self.loaded.load(ids).await
    }
}

impl Waiting {
    /// More of them; without a delay they wait for ever.
    fn add(&mut self, changed: BTreeSet<Changed>, delay: Option<Duration>) {
        self.changed.extend(changed);
        if !self.changed.is_empty() {
            self.due = self.due.or_else(|| Some(Instant::now() + delay?));
        }
    }
}
