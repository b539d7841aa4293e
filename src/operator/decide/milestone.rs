//! What a report changes that people count: from the status that was and the one that is to be.

use super::report::FinalizerChange;
use super::subject::ready;
use crate::api::{Condition, Mirror, Reason, Timestamp};
use crate::model::Milestone;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::time::Duration;

/// The milestones of a report that was published: of what became of the finalizer, and of the conditions that it has.
///
/// `was_ready` tells whether the object was Ready before: its status alone does not.
#[must_use]
pub fn milestones(
    meta: &ObjectMeta,
    before: &Mirror,
    was_ready: bool,
    (finalizer, after): (FinalizerChange, &[Condition]),
    now: Timestamp,
) -> Vec<Milestone> {
    let since = |then: Timestamp| Duration::try_from(now.duration_since(then)).unwrap_or_default();
    let mut found = Vec::new();
    if let (FinalizerChange::Remove, Some(asked)) = (finalizer, &meta.deletion_timestamp) {
        found.push(Milestone::Gone(since(asked.0)));
    }
    let (old, new) = (ready(&before.conditions), ready(after));
    let (was, is) = (old.is_some_and(drifts), new.is_some_and(drifts));
    let truly = new.is_some_and(|condition| condition.status == "True");
    if is && !was {
        found.push(Milestone::Drifted);
    }
    if let Some(old) = old.filter(|_| was && truly) {
        found.push(Milestone::Agrees(since(old.last_transition_time.0)));
    }
    if let Some(made) = meta.creation_timestamp.as_ref().filter(|_| truly && !was_ready) {
        found.push(Milestone::FirstReady(since(made.0)));
    }
    let stalled = |list: &[Condition]| list.iter().any(|condition| condition.type_ == "Stalled");
    if stalled(after) && !stalled(&before.conditions) {
        found.push(Milestone::Stalled);
    }
    found
}

fn drifts(ready: &Condition) -> bool {
    [Reason::DriftCorrecting, Reason::DriftDetected]
        .iter()
        .any(|reason| ready.reason == reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// `Ready=True/Synced Stalled` and so on, since second 10.
    fn conditions(text: &str) -> Vec<Condition> {
        let made = text.split_whitespace().map(|word| {
            let (kind, rest) = word.split_once('=').unwrap();
            let (status, reason) = rest.split_once('/').unwrap();
            Condition {
                type_: kind.into(),
                status: status.into(),
                reason: reason.into(),
                message: "m".into(),
                observed_generation: Some(1),
                last_transition_time: Time(moment(10)),
            }
        });
        made.collect()
    }

    fn of(before: &str, after: &str, was_ready: bool) -> Vec<Milestone> {
        let meta = ObjectMeta {
            creation_timestamp: Some(Time(moment(5))),
            ..ObjectMeta::default()
        };
        let before = Mirror {
            conditions: conditions(before),
            ..Mirror::default()
        };
        let after = conditions(after);
        let report = (FinalizerChange::Keep, after.as_slice());
        milestones(&meta, &before, was_ready, report, moment(40))
    }

    #[test]
    fn each_change_is_counted_once() {
        let seconds = Duration::from_secs;
        let (synced, correcting) = ("Ready=True/Synced", "Ready=Unknown/DriftCorrecting");
        let detected = "Ready=False/DriftDetected Stalled=True/DriftDetected";
        let invalid = "Ready=False/InvalidSpec Stalled=True/InvalidSpec";
        for (before, after, was_ready, expected) in [
            ("", synced, false, vec![Milestone::FirstReady(seconds(35))]),
            ("Ready=Unknown/Creating", synced, true, vec![]),
            (synced, synced, true, vec![]),
            (synced, correcting, true, vec![Milestone::Drifted]),
            (correcting, correcting, true, vec![]),
            (correcting, synced, true, vec![Milestone::Agrees(seconds(30))]),
            (
                synced,
                detected,
                true,
                vec![Milestone::Drifted, Milestone::Stalled],
            ),
            (detected, detected, true, vec![]),
            (detected, synced, true, vec![Milestone::Agrees(seconds(30))]),
            ("", invalid, false, vec![Milestone::Stalled]),
            (invalid, invalid, false, vec![]),
        ] {
            assert_eq!(of(before, after, was_ready), expected, "{before} -> {after}");
        }
    }

    #[test]
    fn the_end_of_an_object_is_counted_from_the_request_to_delete_it() {
        let meta = ObjectMeta {
            deletion_timestamp: Some(Time(moment(30))),
            ..ObjectMeta::default()
        };
        let report = (FinalizerChange::Remove, [].as_slice());
        let found = milestones(&meta, &Mirror::default(), true, report, moment(40));
        assert_eq!(found, [Milestone::Gone(Duration::from_secs(10))]);
    }
}
