//! The Lease that one operator of several holds (kubernetes-conventions.md L1).
//!
//! A Lease is no fence (reliability.md F36): its holder stops writing by itself, [`WRITES_FOR`] after the last renewal
//! that it *began*, and others take it [`LASTS`] after the last change that they *saw*. Both are measured by the clock
//! of the process that counts, so clocks that differ or jump (F37) move neither.

use super::{Cluster, ClusterError, Scope};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a Lease is left alone after the last renewal that was seen.
pub const LASTS: Duration = Duration::from_secs(12);
/// How long its holder may begin writes after it began to renew it.
pub const WRITES_FOR: Duration = Duration::from_secs(7);
/// How long a write that has begun then may take: it is over before another may take the Lease.
pub const WRITES_TAKE: Duration = Duration::from_secs(4);

/// What this process is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Namespace of the Lease; none: that of the Pod, or of the kubeconfig's context.
    pub namespace: Option<String>,
    /// Name of the Lease.
    pub lease: String,
    /// What tells this process from others.
    pub identity: String,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// This process holds the Lease.
    Holds,
    /// Another one does.
    Waits,
}

/// A candidate at work.
pub struct Campaign {
    api: Api<Lease>,
    candidate: Candidate,
    seen: Option<Seen>,
}

/// A version of the Lease, and when it was first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    version: Option<String>,
    at: Instant,
}

impl Cluster {
    /// Begins to ask for a Lease.
    #[must_use]
    pub fn campaign(&self, candidate: Candidate) -> Campaign {
        let namespace = candidate.namespace.clone();
        let scope = Scope::Namespace(namespace.unwrap_or_else(|| self.client.default_namespace().to_owned()));
        Campaign {
            api: self.scoped(&scope),
            candidate,
            seen: None,
        }
    }
}

impl Campaign {
    /// Renews the Lease, takes it when it is free, or looks.
    ///
    /// # Errors
    /// [`ClusterError::Read`] and [`ClusterError::Write`].
    pub async fn round(&mut self) -> Result<Turn, ClusterError> {
        let name = self.candidate.lease.clone();
        let Some(lease) = self.read().await? else {
            let first = Lease {
                metadata: ObjectMeta {
                    name: Some(name),
                    ..ObjectMeta::default()
                },
                spec: Some(self.held(None)),
            };
            return self.written(self.api.create(&PostParams::default(), &first).await);
        };
        self.see(&lease, Instant::now());
        if !self.may_take(&lease, Instant::now()) {
            return Ok(Turn::Waits);
        }
        let next = Lease {
            spec: Some(self.held(lease.spec.as_ref())),
            ..lease
        };
        // Guarded by the version that was read: of two that take it, one does.
        self.written(self.api.replace(&name, &PostParams::default(), &next).await)
    }

    /// Gives the Lease back, if it is ours, so that nobody waits for its end.
    ///
    /// # Errors
    /// [`ClusterError::Read`] and [`ClusterError::Write`].
    pub async fn release(&mut self) -> Result<(), ClusterError> {
        let Some(mut lease) = self.read().await? else {
            return Ok(());
        };
        if holder(&lease) != Some(self.candidate.identity.as_str()) {
            return Ok(());
        }
        if let Some(spec) = lease.spec.as_mut() {
            spec.holder_identity = None;
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        let name = &self.candidate.lease;
        self.written(self.api.replace(name, &PostParams::default(), &lease).await)?;
        Ok(())
    }

    async fn read(&self) -> Result<Option<Lease>, ClusterError> {
        let found = self.api.get_opt(&self.candidate.lease).await;
        found.map_err(|source| ClusterError::Read {
            what: self.what(),
            source: Arc::new(source),
        })
    }

    fn see(&mut self, lease: &Lease, now: Instant) {
        let version = lease.metadata.resource_version.clone();
        if self.seen.as_ref().is_none_or(|seen| seen.version != version) {
            self.seen = Some(Seen { version, at: now });
        }
    }

    /// Nobody's, ours, or one that did not change for as long as a Lease lasts.
    fn may_take(&self, lease: &Lease, now: Instant) -> bool {
        let over = |seen: &Seen| now.saturating_duration_since(seen.at) >= LASTS;
        holder(lease).is_none_or(|holder| holder == self.candidate.identity)
            || self.seen.as_ref().is_some_and(over)
    }

    /// The Lease as this process holds it. The times are for people.
    fn held(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let ours =
            before.filter(|spec| spec.holder_identity.as_deref() == Some(self.candidate.identity.as_str()));
        let transitions = before.and_then(|spec| spec.lease_transitions).unwrap_or_default();
        LeaseSpec {
            holder_identity: Some(self.candidate.identity.clone()),
            lease_duration_seconds: i32::try_from(LASTS.as_secs()).ok(),
            acquire_time: ours.map_or(Some(now.clone()), |spec| spec.acquire_time.clone()),
            renew_time: Some(now),
            lease_transitions: Some(
                transitions.saturating_add(i32::from(ours.is_none() && before.is_some())),
            ),
            ..LeaseSpec::default()
        }
    }

    fn written(&self, written: kube::Result<Lease>) -> Result<Turn, ClusterError> {
        match written {
            Ok(_) => Ok(Turn::Holds),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(Turn::Waits),
            Err(source) => Err(ClusterError::Write {
                what: self.what(),
                source: Arc::new(source),
            }),
        }
    }

    fn what(&self) -> String {
        format!("Lease {}", self.candidate.lease)
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    let holder = lease.spec.as_ref()?.holder_identity.as_deref();
    holder.filter(|holder| !holder.is_empty())
}
