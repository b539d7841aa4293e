//! The plan table, one for all kinds: what is wanted against what is seen, read top to bottom.

use super::facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};

/// What to do next: at most one write, to Kubernetes or to AWS, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Put the finalizer on the object.
    Hold,
    /// Take the finalizer off.
    Release,
    /// Put into the status what the next write sends.
    Note,
    /// Create the resource, or send the create again to learn whether the resource found is ours.
    Create,
    /// Write the owner's mark on a resource that may be taken over.
    Adopt,
    /// Bring the resource to the spec.
    Update,
    /// Delete a resource that failed to be created, to create it anew.
    Replace,
    /// Delete the resource.
    Delete,
    /// Nothing now; go on when something has happened.
    Wait(Wait),
    /// Nothing to do.
    Rest(Rest),
    /// Nothing can be done until somebody changes something.
    Refuse(Refuse),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The look at AWS failed.
    Sight,
    /// Something the spec refers to.
    Dependency,
    /// What is to guard the resource, before it may be made.
    Guard,
    /// The service is at work on the resource.
    InFlight,
    /// A write was accepted and is not visible yet.
    Effect,
    /// What takes the place of a resource that is to be deleted.
    Successor,
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// AWS has what the spec wants.
    InSync,
    /// AWS differs, and we may only look.
    Drifted,
    /// The object is suspended.
    Suspended,
    /// The object is going away and we do not hold it.
    Gone,
}

/// Why nothing can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuse {
    /// The spec cannot be what AWS takes.
    Spec,
    /// The name belongs to somebody else.
    Conflict,
    /// AWS refused the write.
    Answer,
    /// The service failed and says why.
    Failed,
    /// Something must be deleted first.
    Dependents,
    /// A resource of our name is there that may or may not be ours.
    Unproven,
    /// The object's kind is being removed, which must not take its resource with it.
    KindRemoved,
}

impl Plan {
    /// Whether the plan changes something in AWS.
    #[must_use]
    pub fn writes_remotely(self) -> bool {
        match self {
            Self::Create | Self::Adopt | Self::Update | Self::Replace | Self::Delete => true,
            Self::Hold | Self::Release | Self::Note | Self::Wait(_) | Self::Rest(_) | Self::Refuse(_) => {
                false
            }
        }
    }
}

/// The plan for these facts.
///
/// Deletion comes first, so a spec that no longer holds cannot block it. Every row names its columns; `_` stands
/// where a column makes no difference, and no row catches what was forgotten.
#[must_use]
pub fn plan(facts: Facts) -> Plan {
    match facts.intent {
        Intent::Delete | Intent::Retain | Intent::Spare => removal(facts),
        Intent::Suspend => Plan::Rest(Rest::Suspended),
        Intent::Observe => observation(facts),
        Intent::Keep => upkeep(facts),
    }
}

#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "rows of a table, each for its own reason")]
fn removal(facts: Facts) -> Plan {
    use {Attempt as A, Dependents as D, Intent as I, Owner as O, Phase as P};
    let Facts { intent, hold, seen, attempt, dependents, .. } = facts;
    match (intent, hold, seen) {
        (_, Hold::Free, _) => Plan::Rest(Rest::Gone),
        (I::Retain, Hold::Held, _) => Plan::Release,
        (I::Spare, Hold::Held, _) => Plan::Refuse(Refuse::KindRemoved),
        (I::Delete | I::Keep | I::Observe | I::Suspend, Hold::Held, seen) => match seen {
            Seen::Unseen => Plan::Wait(Wait::Sight),
            Seen::Unlocated => Plan::Wait(Wait::Dependency),
            // A create was accepted a moment ago and no listing shows it yet: absence is not proved.
            Seen::Absent if attempt == A::Settled => Plan::Wait(Wait::Effect),
            // The only ways to let go, but for an heir: nothing is there, or what is there was never ours.
            Seen::Absent | Seen::There { owner: O::Foreign | O::Adoptable, .. } => Plan::Release,
            // What is sent is what is there, so it makes no difference what the spec says by now.
            Seen::There { owner: O::Unproven, .. } => match attempt {
                A::Fresh | A::Unnoted | A::Due => Plan::Create,
                A::Settled => Plan::Wait(Wait::Effect),
                A::Refused => Plan::Refuse(Refuse::Unproven),
            },
            Seen::There { owner: O::Mine, phase, .. } => match (phase, dependents, attempt) {
                (P::InFlight, _, _) => Plan::Wait(Wait::InFlight),
                (P::Active | P::CreateFailed | P::UpdateFailed | P::DeleteFailed, D::Some, _) => Plan::Refuse(Refuse::Dependents),
                // It stays as it is, so nothing is out of force for a moment (2.6.4).
                (P::Active | P::CreateFailed | P::UpdateFailed | P::DeleteFailed, D::Heir, _) => Plan::Release,
                // What is declared elsewhere stays in force until it is in force there (2.6.4); what never was is not missed.
                (P::Active | P::UpdateFailed | P::DeleteFailed, D::Successor, _) => Plan::Wait(Wait::Successor),
                (P::DeleteFailed, D::None, A::Settled) => Plan::Refuse(Refuse::Failed),
                (P::CreateFailed, D::None | D::Successor, A::Settled) => Plan::Wait(Wait::Effect),
                (P::Active | P::UpdateFailed, D::None, A::Settled) => Plan::Wait(Wait::Effect),
                (P::CreateFailed, D::None | D::Successor, A::Refused) => Plan::Refuse(Refuse::Answer),
                (P::Active | P::UpdateFailed | P::DeleteFailed, D::None, A::Refused) => Plan::Refuse(Refuse::Answer),
                (P::CreateFailed, D::None | D::Successor, A::Fresh | A::Unnoted | A::Due) => Plan::Delete,
                (P::Active | P::UpdateFailed | P::DeleteFailed, D::None, A::Fresh | A::Unnoted | A::Due) => Plan::Delete,
            },
        },
    }
}

#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "rows of a table, each for its own reason")]
fn observation(facts: Facts) -> Plan {
    match (facts.wanted, facts.seen) {
        (Wanted::Refused, _) => Plan::Refuse(Refuse::Spec),
        (Wanted::Barred, _) => Plan::Wait(Wait::Dependency),
        (Wanted::Known | Wanted::Waiting | Wanted::Unguarded, Seen::Unseen) => Plan::Wait(Wait::Sight),
        (Wanted::Known | Wanted::Waiting | Wanted::Unguarded, Seen::Unlocated) => Plan::Wait(Wait::Dependency),
        (Wanted::Known | Wanted::Waiting | Wanted::Unguarded, Seen::Absent) => Plan::Rest(Rest::Drifted),
        (Wanted::Known | Wanted::Waiting | Wanted::Unguarded, Seen::There { phase, differs, .. }) => match (phase, differs) {
            (Phase::InFlight, _) => Plan::Wait(Wait::InFlight),
            (Phase::Active, false) => Plan::Rest(Rest::InSync),
            (Phase::Active, true) => Plan::Rest(Rest::Drifted),
            (Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed, _) => Plan::Refuse(Refuse::Failed),
        },
    }
}

#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "rows of a table, each for its own reason")]
fn upkeep(facts: Facts) -> Plan {
    use {Attempt as A, Owner as O, Wanted as W};
    let Facts { hold, wanted, seen, attempt, .. } = facts;
    match (wanted, seen, hold) {
        (W::Refused, _, _) => Plan::Refuse(Refuse::Spec),
        // What was there with consent stays in force, and nothing more is done in the name of who has none (I8, I9).
        (W::Barred, _, _) => Plan::Wait(Wait::Dependency),
        (W::Known | W::Waiting | W::Unguarded, Seen::Unseen, _) => Plan::Wait(Wait::Sight),
        (W::Known | W::Waiting | W::Unguarded, Seen::Unlocated, _) => Plan::Wait(Wait::Dependency),
        (W::Waiting, Seen::Absent, _) => Plan::Wait(Wait::Dependency),
        // Nothing is exposed before it is governed (2.6.2).
        (W::Unguarded, Seen::Absent, _) => Plan::Wait(Wait::Guard),
        // The finalizer is durable before the first remote write.
        (W::Known, Seen::Absent, Hold::Free) => Plan::Hold,
        (W::Known, Seen::Absent, Hold::Held) => match attempt {
            // What is sent is told by the status from before it is sent.
            A::Unnoted => Plan::Note,
            A::Fresh | A::Due => Plan::Create,
            A::Settled => Plan::Wait(Wait::Effect),
            A::Refused => Plan::Refuse(Refuse::Answer),
        },
        (W::Known | W::Waiting | W::Unguarded, Seen::There { owner: O::Foreign, .. }, _) => Plan::Refuse(Refuse::Conflict),
        // Without a finalizer no create of ours can have gone before.
        (W::Known | W::Waiting | W::Unguarded, Seen::There { owner: O::Unproven, .. }, Hold::Free) => Plan::Refuse(Refuse::Conflict),
        (W::Waiting, Seen::There { owner: O::Unproven, .. }, Hold::Held) => Plan::Wait(Wait::Dependency),
        // The create that would prove it makes another, if what is there has gone since the look.
        (W::Unguarded, Seen::There { owner: O::Unproven, .. }, Hold::Held) => Plan::Wait(Wait::Guard),
        (W::Known, Seen::There { owner: O::Unproven, .. }, Hold::Held) => match attempt {
            A::Unnoted => Plan::Note,
            A::Fresh | A::Due => Plan::Create,
            A::Settled => Plan::Wait(Wait::Effect),
            A::Refused => Plan::Refuse(Refuse::Conflict),
        },
        (W::Known | W::Waiting | W::Unguarded, Seen::There { owner: O::Adoptable | O::Mine, .. }, Hold::Free) => Plan::Hold,
        (W::Known | W::Waiting | W::Unguarded, Seen::There { owner: O::Adoptable, .. }, Hold::Held) => match attempt {
            A::Unnoted => Plan::Note,
            A::Fresh | A::Due => Plan::Adopt,
            A::Settled => Plan::Wait(Wait::Effect),
            A::Refused => Plan::Refuse(Refuse::Answer),
        },
        (W::Known | W::Waiting | W::Unguarded, Seen::There { owner: O::Mine, phase, differs }, Hold::Held) => mine(wanted, phase, differs, attempt),
    }
}

#[rustfmt::skip]
#[expect(clippy::match_same_arms, reason = "rows of a table, each for its own reason")]
fn mine(wanted: Wanted, phase: Phase, differs: bool, attempt: Attempt) -> Plan {
    use {Attempt as A, Phase as P, Wanted as W};
    match (phase, differs, wanted, attempt) {
        (P::InFlight, _, _, _) => Plan::Wait(Wait::InFlight),
        (P::Active, false, _, _) => Plan::Rest(Rest::InSync),
        (P::Active, true, W::Waiting, _) => Plan::Wait(Wait::Dependency),
        (P::Active, true, W::Known | W::Unguarded | W::Barred | W::Refused, A::Unnoted) => Plan::Note,
        (P::Active, true, W::Known | W::Unguarded | W::Barred | W::Refused, A::Fresh | A::Due) => Plan::Update,
        (P::Active, true, W::Known | W::Unguarded | W::Barred | W::Refused, A::Settled) => Plan::Wait(Wait::Effect),
        (P::Active, true, W::Known | W::Unguarded | W::Barred | W::Refused, A::Refused) => Plan::Refuse(Refuse::Answer),
        // A failed resource is repaired by an edit at once, and tried again on the slow timer.
        (P::CreateFailed, _, W::Known | W::Unguarded, A::Fresh | A::Unnoted | A::Due) => Plan::Replace,
        // What somebody failed to delete may be in force yet, so it is brought back and never taken away first (I8).
        (P::UpdateFailed | P::DeleteFailed, _, W::Known | W::Unguarded, A::Unnoted) => Plan::Note,
        (P::UpdateFailed | P::DeleteFailed, _, W::Known | W::Unguarded, A::Fresh | A::Due) => Plan::Update,
        (P::CreateFailed | P::UpdateFailed | P::DeleteFailed, _, W::Known | W::Unguarded, A::Settled | A::Refused) => Plan::Refuse(Refuse::Failed),
        // It may have failed for what it waits for, and is tried again when that is there.
        (P::CreateFailed | P::UpdateFailed | P::DeleteFailed, _, W::Waiting, _) => Plan::Wait(Wait::Dependency),
        (P::CreateFailed | P::UpdateFailed | P::DeleteFailed, _, W::Barred | W::Refused, _) => Plan::Refuse(Refuse::Failed),
    }
}
