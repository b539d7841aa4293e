//! Whether this process may write: always when it is alone, else as long as it holds the Lease.

use super::context::Context;
use crate::operator::cluster::{Campaign, Turn, WRITES_FOR, WRITES_TAKE};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often the Lease is renewed.
const RENEW: Duration = Duration::from_secs(2);
/// How often it is looked at by who does not hold it.
const LOOK: Duration = Duration::from_millis(500);
/// How long a round may take.
const ROUND: Duration = Duration::from_secs(3);

/// Whether this process may write.
#[derive(Debug)]
pub(super) struct Lead {
    /// Until when; none: for ever.
    until: Mutex<Option<Instant>>,
    leads: watch::Sender<bool>,
}

impl Lead {
    /// There is no other process.
    pub(super) fn alone() -> Self {
        Self {
            until: Mutex::default(),
            leads: watch::Sender::new(true),
        }
    }

    /// Another process may be the one; this one is not, yet.
    pub(super) fn elected() -> Self {
        Self {
            until: Mutex::new(Some(Instant::now())),
            leads: watch::Sender::new(false),
        }
    }

    /// Whether a write may begin now.
    pub(super) fn holds(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| Instant::now() < until)
    }

    /// When every write must be over, so that another process may begin its own; none: never.
    pub(super) fn writes_end(&self) -> Option<Instant> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.and_then(|until| until.checked_add(WRITES_TAKE))
    }

    /// Returns when this process has become the one.
    pub(super) async fn taken(&self) {
        // The sender is this value's own.
        drop(self.leads.subscribe().wait_for(|leads| *leads).await);
    }

    /// Whether it was not before.
    fn renewed(&self, began: Instant) -> bool {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = began.checked_add(WRITES_FOR);
        !self.leads.send_replace(true)
    }
}

/// Asks for the Lease, and renews it, until `over`; then gives it back. Returns early when it was lost.
pub(super) async fn campaign(context: &Context, mut campaign: Campaign, over: &CancellationToken) -> bool {
    let mut held = false;
    while !over.is_cancelled() {
        let began = Instant::now();
        match timeout(ROUND, campaign.round()).await {
            Ok(Ok(Turn::Holds)) => {
                if context.lead.renewed(began) {
                    tracing::info!("this process holds the Lease and leads");
                    context.metrics.leads(true);
                    held = true;
                }
            }
            Ok(Ok(Turn::Waits)) if held => break,
            Ok(Ok(Turn::Waits)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the Lease was not renewed"),
            Err(_) => tracing::warn!(
                "the Lease was not renewed: no answer within {} s",
                ROUND.as_secs()
            ),
        }
        if held && !context.lead.holds() {
            break;
        }
        let pause = if held { RENEW } else { LOOK };
        tokio::select! {
            () = sleep(pause) => {}
            () = over.cancelled() => {}
        }
    }
    context.metrics.leads(false);
    if held && over.is_cancelled() {
        match timeout(ROUND, campaign.release()).await {
            Ok(Ok(())) => tracing::info!("the Lease is given back"),
            Ok(Err(error)) => tracing::warn!(%error, "the Lease was not given back"),
            Err(_) => tracing::warn!("the Lease was not given back: no answer"),
        }
    }
    over.is_cancelled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::cluster::LASTS;

    #[test]
    fn who_is_alone_may_write_and_who_is_not_may_not_yet() {
        assert!(Lead::alone().holds());
        assert!(!Lead::elected().holds());
    }

    #[test]
    fn who_is_alone_may_wait_for_ever_and_who_leads_until_another_may() {
        assert_eq!(Lead::alone().writes_end(), None);
        let (lead, now) = (Lead::elected(), Instant::now());
        lead.renewed(now);
        let end = lead.writes_end().expect("an end");
        assert!(
            end < now.checked_add(LASTS).expect("a moment"),
            "before others may take the Lease"
        );
        assert!(end > now.checked_add(WRITES_FOR).expect("a moment"));
    }

    #[test]
    fn writes_end_some_time_after_the_renewal_began_however_long_it_took() {
        let lead = Lead::elected();
        assert!(lead.renewed(Instant::now()) && lead.holds());
        assert!(!lead.renewed(Instant::now()), "it led before");
        let long_ago = Instant::now().checked_sub(WRITES_FOR).expect("a past");
        lead.renewed(long_ago);
        assert!(!lead.holds());
    }
}
