//! The words of the plan table: everything a plan depends on, each as a small closed list.

use crate::model::Lifecycle;

/// What the object asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Keep AWS as the spec says.
    Keep,
    /// Look, report, write nothing to AWS (`managementPolicy: Observe`).
    Observe,
    /// Leave everything as it is (`suspend: true`).
    Suspend,
    /// The object is being deleted, its resource with it.
    Delete,
    /// The object is being deleted, its resource stays.
    Retain,
    /// The object is being deleted because its kind is, which nobody meant for its resource: both stay.
    Spare,
}

/// Whether our finalizer holds the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It does not.
    Free,
    /// It does, so a remote write may be made.
    Held,
}

/// Whether the spec says what AWS should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It does.
    Known,
    /// It does, but something it refers to is not ready for a write.
    Waiting,
    /// It does, but what is to guard it, or to be known before it is made, is not in place: it may not be made yet. What is there
    /// is kept as the spec says.
    Unguarded,
    /// It refers into another namespace, to what is not there or not for it: nothing is written for it.
    Barred,
    /// It cannot be what AWS takes, or refers to what it may not.
    Refused,
}

/// Whose resource it is that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It carries this object's mark.
    Mine,
    /// It carries no mark and the object may take it over by writing one.
    Adoptable,
    /// It has our name and no mark, and may be the fruit of a create whose answer was lost: only the same client
    /// token can tell.
    Unproven,
    /// It is somebody else's.
    Foreign,
}

/// How far the service is with the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// CREATING, UPDATING, DELETING, or a word that this version does not know.
    InFlight,
    /// ACTIVE, or READY.
    Active,
    /// `CREATE_FAILED`.
    CreateFailed,
    /// `UPDATE_FAILED`.
    UpdateFailed,
    /// `DELETE_FAILED`.
    DeleteFailed,
}

impl Phase {
    /// How far a status tells that the service is.
    #[must_use]
    pub fn of(status: &Lifecycle) -> Self {
        match status {
            Lifecycle::Creating | Lifecycle::Updating | Lifecycle::Deleting | Lifecycle::Other(_) => {
                Self::InFlight
            }
            Lifecycle::Active => Self::Active,
            Lifecycle::CreateFailed => Self::CreateFailed,
            Lifecycle::UpdateFailed => Self::UpdateFailed,
            Lifecycle::DeleteFailed => Self::DeleteFailed,
        }
    }
}

/// What was seen in AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The look itself failed: nothing is known.
    Unseen,
    /// It is not known where to look.
    Unlocated,
    /// No such resource.
    Absent,
    /// It is there.
    There {
        /// Whose it is.
        owner: Owner,
        /// How far the service is with it.
        phase: Phase,
        /// Whether it differs from what is wanted.
        differs: bool,
    },
}

/// Whether the write that would come next was made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Never with this content.
    Fresh,
    /// It would be made now, but the status must name first what it sends, since nothing else would tell it afterwards.
    Unnoted,
    /// It was accepted a short while ago: wait for its effect.
    Settled,
    /// It was refused a short while ago: sending it again would only be refused again. Or nothing can be sent that would tell
    /// whose a resource is.
    Refused,
    /// It was made, but long enough ago to be made again.
    Due,
}

impl Attempt {
    /// The same when somebody asks for a look now: what was refused or has failed is not waited for any longer.
    #[must_use]
    pub fn asked_for(self, seen: Seen) -> Self {
        let failed = matches!(
            seen,
            Seen::There {
                phase: Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed,
                ..
            }
        );
        match self {
            Self::Refused => Self::Due,
            Self::Settled if failed => Self::Due,
            Self::Fresh | Self::Unnoted | Self::Settled | Self::Due => self,
        }
    }

    /// The same of a write whose content the status does not name yet.
    #[must_use]
    pub fn to_be_noted(self) -> Self {
        match self {
            Self::Fresh | Self::Due => Self::Unnoted,
            Self::Unnoted | Self::Settled | Self::Refused => self,
        }
    }
}

/// What stands in the way of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependents {
    /// Nothing.
    None,
    /// Something that somebody must see to.
    Some,
    /// What takes the place of the resource is not in force yet, and will be by itself.
    Successor,
    /// Another object wants the resource as it is, and takes it up once it is let go.
    Heir,
}

/// Everything a plan depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What the object asks for.
    pub intent: Intent,
    /// Whether our finalizer holds it.
    pub hold: Hold,
    /// Whether the spec says what AWS should have.
    pub wanted: Wanted,
    /// What was seen in AWS.
    pub seen: Seen,
    /// Whether the next write was made before.
    pub attempt: Attempt,
    /// What stands in the way of a deletion.
    pub dependents: Dependents,
}
