//! The whole input space of the plan.

use crate::operator::decide::facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
use crate::operator::decide::plan::{Plan, plan};

const INTENTS: [Intent; 6] = [
    Intent::Keep,
    Intent::Observe,
    Intent::Suspend,
    Intent::Delete,
    Intent::Retain,
    Intent::Spare,
];
const HOLDS: [Hold; 2] = [Hold::Free, Hold::Held];
/// What can be wanted.
pub const WANTED: [Wanted; 5] = [
    Wanted::Known,
    Wanted::Waiting,
    Wanted::Unguarded,
    Wanted::Barred,
    Wanted::Refused,
];
const OWNERS: [Owner; 4] = [Owner::Mine, Owner::Adoptable, Owner::Unproven, Owner::Foreign];
const PHASES: [Phase; 5] = [
    Phase::InFlight,
    Phase::Active,
    Phase::CreateFailed,
    Phase::UpdateFailed,
    Phase::DeleteFailed,
];
const ATTEMPTS: [Attempt; 5] = [
    Attempt::Fresh,
    Attempt::Unnoted,
    Attempt::Settled,
    Attempt::Refused,
    Attempt::Due,
];
const DEPENDENTS: [Dependents; 4] = [
    Dependents::None,
    Dependents::Some,
    Dependents::Successor,
    Dependents::Heir,
];

fn sights() -> Vec<Seen> {
    let mut all = vec![Seen::Unseen, Seen::Unlocated, Seen::Absent];
    for owner in OWNERS {
        for phase in PHASES {
            for differs in [false, true] {
                all.push(Seen::There {
                    owner,
                    phase,
                    differs,
                });
            }
        }
    }
    all
}

/// Every combination, with its plan.
pub fn all() -> Vec<(Facts, Plan)> {
    let mut all = Vec::new();
    for intent in INTENTS {
        for hold in HOLDS {
            for wanted in WANTED {
                for seen in sights() {
                    for attempt in ATTEMPTS {
                        for dependents in DEPENDENTS {
                            let facts = Facts {
                                intent,
                                hold,
                                wanted,
                                seen,
                                attempt,
                                dependents,
                            };
                            all.push((facts, plan(facts)));
                        }
                    }
                }
            }
        }
    }
    all
}

/// Whose a resource is that was seen.
pub fn owner(seen: Seen) -> Option<Owner> {
    match seen {
        Seen::There { owner, .. } => Some(owner),
        Seen::Unseen | Seen::Unlocated | Seen::Absent => None,
    }
}
