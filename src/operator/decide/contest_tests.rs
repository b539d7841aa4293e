//! Two who write the same: who starts over, how often, and when it is told.

use super::contest::Contest;
use super::memory::{Moment, Outcome};
use super::{Owner, Pace, Phase, Plan, Rest, Seen, Wait};
use crate::api::Timestamp;

fn there(phase: Phase, differs: bool) -> Seen {
    Seen::There {
        owner: Owner::Mine,
        phase,
        differs,
    }
}

const DIFFERS: Seen = Seen::There {
    owner: Owner::Mine,
    phase: Phase::Active,
    differs: true,
};

/// The same after a pass with this plan, which has seen the resource as of this time.
fn pass(contest: Contest, plan: Plan, seen: Seen, time: &str) -> Contest {
    let outcome = if plan.writes_remotely() {
        Outcome::Accepted { id: None }
    } else {
        Outcome::Nothing
    };
    contest.after(&Moment {
        plan,
        outcome: &outcome,
        key: "key",
        digest: "digest",
        token: None,
        seen,
        time: Some(time),
        unnamed: None,
        unproven: None,
        fault: None,
        stirred: false,
        asked: None,
        pace: Pace {
            now: Timestamp::UNIX_EPOCH,
            date: Timestamp::UNIX_EPOCH,
            resync: None,
            deleting: false,
            beside: None,
        },
    })
}

#[test]
fn a_write_is_lost_when_something_came_after_it_and_it_is_not_to_be_seen() {
    let sent = pass(Contest::default(), Plan::Update, DIFFERS, "1");
    let over = |digest, seen, time| sent.starts_over(digest, seen, time);
    assert!(over("digest", DIFFERS, Some("2")));
    assert!(
        over("digest", Seen::Absent, Some("2")),
        "an engine that is off again"
    );
    assert!(!over("digest", DIFFERS, Some("1")), "it is not visible yet");
    assert!(!over("digest", DIFFERS, None), "nothing tells");
    assert!(!over("another", DIFFERS, Some("2")), "an edit is another write");
    assert!(
        !over("digest", there(Phase::InFlight, true), Some("2")),
        "it is on its way"
    );
    assert!(!over("digest", there(Phase::Active, false), Some("2")));
    assert!(!over("digest", Seen::Unseen, Some("2")));
    assert!(
        !Contest::default().starts_over("digest", DIFFERS, Some("2")),
        "nothing was sent"
    );
}

#[test]
fn what_is_lost_twice_in_a_row_is_told_and_then_sent_at_once_no_more() {
    let first = pass(Contest::default(), Plan::Update, DIFFERS, "1");
    let second = pass(first, Plan::Update, DIFFERS, "2");
    assert!(!second.is_fought() && second.starts_over("digest", DIFFERS, Some("3")));
    let waits = pass(
        second.clone(),
        Plan::Wait(Wait::InFlight),
        there(Phase::InFlight, true),
        "3",
    );
    assert_eq!(waits, second, "a look changes nothing");
    let third = pass(second.clone(), Plan::Create, Seen::Absent, "3");
    assert!(third.is_fought() && !third.starts_over("digest", DIFFERS, Some("4")));
    // Its patience over, it is sent once more, and told again.
    let later = pass(third.clone(), Plan::Update, DIFFERS, "4");
    assert!(later.is_fought() && !later.starts_over("digest", DIFFERS, Some("5")));
    // What was seen as it should be ends it, and so does a write that was not lost.
    let rests = pass(
        third.clone(),
        Plan::Rest(Rest::InSync),
        there(Phase::Active, false),
        "4",
    );
    assert_eq!(rests, Contest::default());
    let unseen = pass(third, Plan::Update, DIFFERS, "3");
    assert!(!unseen.is_fought(), "the one before is not visible yet");
}

/// A contest in which others have won twice in a row.
pub(super) fn fought() -> Contest {
    ["1", "2", "3"]
        .into_iter()
        .fold(Contest::default(), |contest, time| {
            pass(contest, Plan::Update, DIFFERS, time)
        })
}
