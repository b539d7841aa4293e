//! What is remembered of one object from pass to pass.

use crate::api::{FINALIZER, Timestamp};
use crate::operator::agentcore::Freshness;
use crate::operator::cluster::requests;
use crate::operator::decide::{Backoff, Memory, Next, Subject, ready};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::time::Duration;
use tokio::time::Instant;

/// The share of the resync interval after which what nobody has touched is listed anew.
const LISTED: f64 = 0.7;

/// How long discovery may take to tell that a kind is being removed.
const DISCOVERY_LAG: Duration = Duration::from_secs(3);

/// What is remembered of one object.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub memory: Memory,
    /// The next look must be at a listing that begins after this moment: an own write, or the look that showed the
    /// service at work.
    not_before: Option<Instant>,
    /// While the service is at work: when to look next, and on whose behalf.
    rest: Option<(Instant, Cause)>,
    /// The reconcile-now requests that were answered.
    answered: Vec<String>,
    /// When the object was first seen as deleted while nothing but discovery tells why.
    deleted: Option<Instant>,
    /// Whether the object was Ready at some time.
    pub was_ready: bool,
    /// How often in a row it had changed since it was read when something was to be written to it.
    overtaken: u32,
}

/// What of an object starts a pass; once it has our finalizer, our own writes do not change it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause {
    generation: i64,
    deleting: bool,
    held: bool,
    requests: Vec<String>,
}

impl Cause {
    fn of(meta: &ObjectMeta) -> Self {
        let mut finalizers = meta.finalizers.iter().flatten();
        Self {
            generation: meta.generation.unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            held: finalizers.any(|finalizer| finalizer == FINALIZER),
            requests: requests(meta),
        }
    }
}

impl Remembered {
    /// Nothing remembered yet. The status tells the request that was answered last; of two, the other was answered before.
    pub(super) fn new(subject: &Subject, now: Timestamp) -> Self {
        let answered = match &subject.mirror.last_handled_reconcile_at {
            Some(last) if subject.requests.len() > 1 || subject.requests.contains(last) => {
                subject.requests.clone()
            }
            Some(_) | None => Vec::new(),
        };
        Self {
            memory: Memory::new(now, subject.held),
            not_before: None,
            rest: None,
            answered,
            deleted: None,
            was_ready: ready(&subject.mirror.conditions).is_some_and(|condition| condition.status == "True"),
            overtaken: 0,
        }
    }

    /// Notes that what was concluded is published, and maybe with a status, which answers a request.
    pub(super) fn published(&mut self, subject: &Subject, with_status: bool) {
        self.overtaken = 0;
        if with_status {
            self.answered
                .retain(|answered| subject.requests.contains(answered));
            self.answered.extend(subject.asked.clone());
        }
    }

    /// When to look again after one more write to an object that had changed since it was read.
    pub(super) fn overtaken(&mut self) -> Next {
        let failures = self.overtaken;
        self.overtaken = failures.saturating_add(1);
        match failures {
            0 => Next::Now,
            failures => Next::Backoff(Backoff {
                failures,
                operation: None,
            }),
        }
    }

    /// How long nothing may be deleted yet, since discovery may not tell by now why the object was.
    pub(super) fn too_early(&mut self, now: Instant) -> Option<Duration> {
        let since = *self.deleted.get_or_insert(now);
        let rest = DISCOVERY_LAG.saturating_sub(now.saturating_duration_since(since));
        Some(rest).filter(|rest| !rest.is_zero())
    }

    /// Lets the object rest.
    pub(super) fn rest_until(&mut self, until: Instant, meta: &ObjectMeta) {
        self.rest = Some((until, Cause::of(meta)));
    }

    pub(super) fn resting(&self, meta: &ObjectMeta, now: Instant) -> Option<Duration> {
        let (until, cause) = self.rest.as_ref()?;
        let rest = until.saturating_duration_since(now);
        (!rest.is_zero() && *cause == Cause::of(meta)).then_some(rest)
    }

    /// The request that was not answered yet.
    pub(super) fn unanswered(&self, requests: &[String]) -> Option<String> {
        requests
            .iter()
            .find(|request| !self.answered.contains(request))
            .cloned()
    }

    /// How fresh the next look must be. What nobody has touched is looked at anew in a listing that all objects of the collection
    /// share, and that is made when the last one is this old: whoever is another in it is woken, so a drift is found within
    /// that time where there are many objects, and at the object's own resync where there is one. For a thousand policies
    /// every five minutes that is less than a hundredth of AWS's rate (performance.md P4).
    pub(super) fn freshness(&self, now: Instant, resync: Option<Duration>, asked: bool) -> Freshness {
        let calm = now
            .checked_sub(resync.unwrap_or(Duration::MAX).mul_f64(LISTED))
            .or(self.not_before);
        let listing = if asked {
            Some(now)
        } else {
            self.not_before.max(calm)
        };
        // A process that has just started has nothing on its shelves, so any moment will do.
        let long_ago = now.checked_sub(Duration::from_hours(1)).unwrap_or(now);
        Freshness {
            listing: listing.unwrap_or(long_ago),
            marks: if asked { now } else { calm.unwrap_or(long_ago) },
        }
    }

    /// What is remembered when the pass has ended, and what that says about the next look.
    pub(super) fn after(mut self, memory: Memory, next: Next, wrote: bool, ended: Instant) -> Self {
        self.memory = memory;
        self.rest = None;
        if wrote || matches!(next, Next::Poll(_) | Next::Backoff(_)) {
            self.not_before = Some(ended);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::PolicyEngine;
    use crate::operator::cluster::Cluster;
    use crate::operator::decide::EngineKind;
    use serde_json::{Value, json};

    fn meta(change: impl FnOnce(&mut Value)) -> ObjectMeta {
        let mut whole =
            json!({"name": "p", "namespace": "n", "uid": "u", "generation": 1, "finalizers": [FINALIZER]});
        change(&mut whole);
        serde_json::from_value(whole).expect("metadata")
    }

    /// An engine of which somebody asks this, and whose status says that the last such request was answered.
    fn subject(requests: &[String], answered: Option<&str>) -> Subject {
        let mut object = json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "spec": {}});
        object["metadata"] = json!({"name": "p", "namespace": "n", "uid": "u"});
        object["status"] = json!({"lastHandledReconcileAt": answered});
        let object: PolicyEngine = serde_json::from_value(object).expect("an engine");
        Subject {
            requests: requests.to_vec(),
            ..Cluster::subject::<EngineKind>(&object, "c")
        }
    }

    #[test]
    fn an_object_rests_until_its_look_unless_something_starts_a_pass() {
        let same = meta(|_| ());
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut remembered = Remembered::new(&subject(&[], None), Timestamp::now());
        assert_eq!(remembered.resting(&same, now), None);
        remembered.rest_until(now + second, &same);
        assert_eq!(remembered.resting(&same, now), Some(second));
        assert_eq!(remembered.resting(&same, now + second), None, "it is time");
        let labelled = meta(|whole| whole["labels"] = json!({"a": "b"}));
        assert_eq!(
            remembered.resting(&labelled, now),
            Some(second),
            "a label starts none"
        );
        let gone = |whole: &mut Value| whole["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        let asked =
            |whole: &mut Value| whole["annotations"] = json!({"agentcore.dev/reconcile-requested-at": "1"});
        for (what, other) in [
            ("an edit", meta(|whole| whole["generation"] = json!(2))),
            ("a deletion", meta(gone)),
            ("a lost finalizer", meta(|whole| whole["finalizers"] = json!([]))),
            ("a request", meta(asked)),
        ] {
            assert_eq!(remembered.resting(&other, now), None, "{what}");
        }
        let memory = Memory::new(Timestamp::now(), true);
        let after = remembered.after(memory, Next::Idle, false, now);
        assert_eq!(after.resting(&same, now), None, "a pass that ends otherwise");
    }

    /// A deletion that is seen for the first time may be that of the whole kind, which discovery tells late.
    #[test]
    fn nothing_is_deleted_before_discovery_can_tell_that_the_kind_goes() {
        let mut remembered = Remembered::new(&subject(&[], None), Timestamp::now());
        let (first, second) = (Instant::now(), Duration::from_secs(1));
        assert_eq!(remembered.too_early(first), Some(DISCOVERY_LAG));
        let rest = DISCOVERY_LAG.checked_sub(second);
        assert_eq!(
            remembered.too_early(first + second),
            rest,
            "counted from the first time"
        );
        assert_eq!(remembered.too_early(first + DISCOVERY_LAG), None);
    }

    #[test]
    fn a_request_is_answered_once_by_a_status_and_not_by_a_pass_without_one() {
        let requests = ["flux".to_owned(), "ours".to_owned()];
        let mut remembered = Remembered::new(&subject(&requests, None), Timestamp::now());
        let next = |remembered: &Remembered| remembered.unanswered(&requests);
        assert_eq!(next(&remembered).as_deref(), Some("flux"));
        let asked = |request: &str| Subject {
            asked: Some(request.to_owned()),
            ..subject(&requests, None)
        };
        remembered.published(&asked("flux"), false);
        assert_eq!(next(&remembered).as_deref(), Some("flux"), "nothing was written");
        remembered.published(&asked("flux"), true);
        assert_eq!(next(&remembered).as_deref(), Some("ours"));
        remembered.published(&asked("ours"), true);
        assert_eq!(next(&remembered), None);
        let restarted = Remembered::new(&subject(&requests, Some("ours")), Timestamp::now());
        assert_eq!(next(&restarted), None, "of two, the other was answered before");
        let restarted = Remembered::new(&subject(&requests[..1], Some("ours")), Timestamp::now());
        assert_eq!(next(&restarted).as_deref(), Some("flux"), "another was answered");
    }

    /// A look that came before an own write, or while the service was at work, shows nothing new.
    #[test]
    fn after_a_write_or_a_wait_the_next_look_is_at_a_listing_from_after_it() {
        let ended = Instant::now();
        let failures = Backoff {
            failures: 1,
            operation: None,
        };
        for (next, wrote, is_bound) in [
            (Next::Idle, false, false),
            (Next::Idle, true, true),
            (Next::Poll(Duration::from_secs(1)), false, true),
            (Next::Backoff(failures), false, true),
        ] {
            let told = format!("{next:?}, wrote: {wrote}");
            let remembered = Remembered::new(&subject(&[], None), Timestamp::now());
            let memory = Memory::new(Timestamp::now(), true);
            let after = remembered.after(memory, next, wrote, ended);
            assert_eq!(after.not_before, is_bound.then_some(ended), "{told}");
        }
    }

    #[test]
    fn who_is_overtaken_again_and_again_looks_later_and_later() {
        let subject = subject(&[], None);
        let mut remembered = Remembered::new(&subject, Timestamp::now());
        let looks: Vec<Next> = (0..4).map(|_| remembered.overtaken()).collect();
        let later = |failures| {
            Next::Backoff(Backoff {
                failures,
                operation: None,
            })
        };
        assert_eq!(looks, [Next::Now, later(1), later(2), later(3)]);
        remembered.published(&subject, false);
        assert_eq!(remembered.overtaken(), Next::Now);
    }
}
