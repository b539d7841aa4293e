//! Lifecycle of engines and policies (service.md 4.1 and 5.1).

use super::{Event, Next, Status};
use crate::model::Lifecycle::{
    self, Active, CreateFailed, Creating, DeleteFailed, Deleting, Other, UpdateFailed, Updating,
};

impl Status for Lifecycle {
    const NEW: Self = Creating;

    fn parse(word: &str) -> Option<Self> {
        Some(Self::parse(word))
    }

    /// A resource whose deletion or creation failed can be changed and deleted like any settled one; only a status
    /// that this version does not know is left alone.
    fn after(&self, event: Event) -> Next<Self> {
        match (event, self) {
            (Event::Update | Event::Delete, Creating | Updating | Deleting | Other(_)) => Next::Busy,
            (Event::Update, Active | CreateFailed | UpdateFailed | DeleteFailed) => Next::Status(Updating),
            (Event::Delete, Active | CreateFailed | UpdateFailed | DeleteFailed) => Next::Status(Deleting),
            (Event::Succeeded, Creating | Updating) => Next::Status(Active),
            (Event::Succeeded, Deleting) => Next::Gone,
            (Event::Failed, Creating) => Next::Status(CreateFailed),
            (Event::Failed, Updating) => Next::Status(UpdateFailed),
            (Event::Failed, Deleting) => Next::Status(DeleteFailed),
            (
                Event::Succeeded | Event::Failed,
                Active | CreateFailed | UpdateFailed | DeleteFailed | Other(_),
            ) => Next::Unmoved,
        }
    }
}

/// The table for a service that lets a change overtake the one before it; only a deletion goes on to its end
/// (`compat.policy-busy-conflict`, `compat.engine-busy-conflict`).
pub fn overtaking(status: &Lifecycle, event: Event) -> Next<Lifecycle> {
    match (event, status) {
        (Event::Update, Creating | Updating) => Next::Status(Updating),
        (Event::Delete, Creating | Updating) => Next::Status(Deleting),
        _ => status.after(event),
    }
}

/// What a policy is after it was judged again without a request (`compat.revalidate-on-tool-change`), as after an update
/// that changes nothing; none when it is not judged then: nothing of it is in force, or somebody is at work on it.
pub fn judged_again(status: &Lifecycle, good: bool) -> Option<Lifecycle> {
    match status {
        Active | UpdateFailed => Some(if good { Active } else { UpdateFailed }),
        Creating | Updating | Deleting | CreateFailed | DeleteFailed | Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written a second time as words.
    fn expected(status: &Lifecycle, event: Event) -> Next<Lifecycle> {
        let word = match (status.as_str(), event) {
            ("CREATING" | "UPDATING" | "DELETING" | "PAUSED", Event::Update | Event::Delete) => {
                return Next::Busy;
            }
            (_, Event::Update) => "UPDATING",
            (_, Event::Delete) => "DELETING",
            ("CREATING" | "UPDATING", Event::Succeeded) => "ACTIVE",
            ("DELETING", Event::Succeeded) => return Next::Gone,
            ("CREATING", Event::Failed) => "CREATE_FAILED",
            ("UPDATING", Event::Failed) => "UPDATE_FAILED",
            ("DELETING", Event::Failed) => "DELETE_FAILED",
            _ => return Next::Unmoved,
        };
        Next::Status(Lifecycle::parse(word))
    }

    #[test]
    fn every_status_and_event_is_as_the_documentation_says() {
        for status in Lifecycle::KNOWN.into_iter().chain([Lifecycle::parse("PAUSED")]) {
            for event in Event::ALL {
                assert_eq!(
                    status.after(event),
                    expected(&status, event),
                    "{status} {event:?}"
                );
            }
        }
    }

    #[test]
    fn a_caller_is_refused_exactly_while_the_service_is_at_work() {
        for status in Lifecycle::KNOWN {
            for event in [Event::Update, Event::Delete] {
                assert_eq!(
                    status.after(event) == Next::Busy,
                    status.in_flight(),
                    "{status} {event:?}"
                );
            }
            assert_eq!(status.is_busy(), status.in_flight());
        }
    }

    #[test]
    fn a_change_overtakes_all_but_a_deletion() {
        for status in Lifecycle::KNOWN.into_iter().chain([Lifecycle::parse("PAUSED")]) {
            for event in Event::ALL {
                let expected = match (status.as_str(), event) {
                    ("CREATING" | "UPDATING", Event::Update) => Next::Status(Updating),
                    ("CREATING" | "UPDATING", Event::Delete) => Next::Status(Deleting),
                    _ => expected(&status, event),
                };
                assert_eq!(overtaking(&status, event), expected, "{status} {event:?}");
            }
        }
    }

    #[test]
    fn what_is_in_force_is_judged_again_as_an_update_is() {
        for status in Lifecycle::KNOWN.into_iter().chain([Lifecycle::parse("PAUSED")]) {
            for (good, event) in [(true, Event::Succeeded), (false, Event::Failed)] {
                let is_judged = ["ACTIVE", "UPDATE_FAILED"].contains(&status.as_str());
                let after = judged_again(&status, good).map(Next::Status);
                assert_eq!(after, is_judged.then(|| Updating.after(event)), "{status} {good}");
            }
        }
    }

    #[test]
    fn work_always_ends_in_a_settled_status_or_in_nothing() {
        for status in Lifecycle::KNOWN.into_iter().filter(Lifecycle::in_flight) {
            for event in [Event::Succeeded, Event::Failed] {
                match status.after(event) {
                    Next::Status(after) => assert!(!after.in_flight(), "{status} {event:?}"),
                    Next::Gone => assert_eq!(status, Deleting),
                    other @ (Next::Busy | Next::Unmoved) => panic!("{status} {event:?} gave {other:?}"),
                }
            }
        }
    }
}
