//! The ten seeded mutants of reliability.md 6 and one more: one wrong step each, put between the real functions where they meet.
//!
//! The real functions stay as they are; a mutant changes what passes from one to the next. Nothing of this is compiled
//! into the operator.

use crate::model::{FaultClass, client_token};
use crate::operator::decide::{
    Attempt, Facts, Hold, Intent, Kind, Memory, Outcome, Owner, Phase, Plan, Seen, Sight, Write,
};

/// A wrong step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// 1: the client token is another one at each try.
    RandomToken,
    /// 2: the payload is left out of the token.
    TokenWithoutPayload,
    /// 3: the id that has disappeared is left out of the token.
    NoEpoch,
    /// 4: the finalizer is taken off when a write is answered with 409.
    ReleasedOnConflict,
    /// 5: the finalizer is taken off when a delete is accepted.
    ReleasedOnAcceptedDelete,
    /// 6: the finalizer is taken off when the status knows no id.
    ReleasedWithoutId,
    /// 7: a resource in a failed state counts as in sync.
    ReadyThoughFailed,
    /// 8: a create is sent before the finalizer is on.
    CreatedBeforeHeld,
    /// 9: what is somebody else's is updated.
    OwnerUnchecked,
    /// 10: a policy is deleted and created anew instead of updated.
    DeletedBeforeReplaced,
    /// 11: a status is written over one that the pass has not read.
    StatusUnguarded,
}

impl Mutant {
    /// Between facts and plan.
    pub fn plan(mutant: Option<Self>, facts: Facts, plan: impl Fn(Facts) -> Plan) -> Plan {
        match mutant {
            Some(Self::ReadyThoughFailed) if facts.intent == Intent::Keep => plan(settled(facts)),
            Some(Self::CreatedBeforeHeld) if facts.intent == Intent::Keep => plan(Facts {
                hold: Hold::Held,
                ..facts
            }),
            Some(Self::OwnerUnchecked) if facts.intent == Intent::Keep => plan(owned(facts)),
            Some(Self::DeletedBeforeReplaced) if plan(facts) == Plan::Update => Plan::Replace,
            _ => plan(facts),
        }
    }

    /// Between a write and its request.
    pub fn token<K: Kind>(
        mutant: Option<Self>,
        token: &str,
        write: &Write<'_, K>,
        sight: &Sight<'_, K>,
        memory: &Memory,
    ) -> String {
        let Write::Create { desired, .. } = write else {
            return token.to_owned();
        };
        let identity = &sight.subject.identity;
        let remade = |payload: &str, epoch: Option<&str>| {
            client_token(&identity.cluster_id, &identity.uid, payload, epoch)
        };
        match mutant {
            // Chance that is played again the same way: whatever this try differs in from others.
            Some(Self::RandomToken) => {
                format!("{token} {:?} {:?} {memory:?}", sight.facts, sight.subject.mirror)
            }
            Some(Self::TokenWithoutPayload) => remade("", sight.epoch(memory).as_deref()),
            Some(Self::NoEpoch) => remade(&K::payload(desired), None),
            _ => token.to_owned(),
        }
    }

    /// Between a report and the API server: whether the status is sent with the version that was read.
    pub fn guards_status(mutant: Option<Self>) -> bool {
        mutant != Some(Self::StatusUnguarded)
    }

    /// Between a report and its publication: whether the finalizer is taken off.
    pub fn lets_go(
        mutant: Option<Self>,
        facts: Facts,
        plan: Plan,
        outcome: &Outcome,
        knows_id: bool,
    ) -> bool {
        let deleting = facts.intent == Intent::Delete && facts.hold == Hold::Held;
        let conflict = matches!(outcome, Outcome::Failed(fault) if fault.class == FaultClass::Conflict);
        let accepted = plan == Plan::Delete && matches!(outcome, Outcome::Accepted { .. });
        match mutant {
            Some(Self::ReleasedOnConflict) => deleting && conflict,
            Some(Self::ReleasedOnAcceptedDelete) => deleting && accepted,
            Some(Self::ReleasedWithoutId) => deleting && !knows_id,
            _ => false,
        }
    }
}

/// As if what failed were active and as wanted.
fn settled(facts: Facts) -> Facts {
    match facts.seen {
        Seen::There {
            owner,
            phase: Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed,
            ..
        } => Facts {
            seen: Seen::There {
                owner,
                phase: Phase::Active,
                differs: false,
            },
            ..facts
        },
        Seen::Unseen | Seen::Unlocated | Seen::Absent | Seen::There { .. } => facts,
    }
}

/// As if what is there were ours.
fn owned(facts: Facts) -> Facts {
    match facts.seen {
        Seen::There { phase, differs, .. } => Facts {
            seen: Seen::There {
                owner: Owner::Mine,
                phase,
                differs,
            },
            attempt: Attempt::Fresh,
            ..facts
        },
        Seen::Unseen | Seen::Unlocated | Seen::Absent => facts,
    }
}
