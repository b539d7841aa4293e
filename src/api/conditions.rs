//! Condition types and their reasons: closed lists, since both are API (kubernetes-conventions.md 1.1).

use std::fmt;

/// The condition types that this operator writes.
///
/// `Ready` is always there; the others only while they are True.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionType {
    /// The summary: the resource is in AWS as the spec wants it, and active.
    Ready,
    /// Work goes on, or is tried again.
    Reconciling,
    /// Nothing will progress until a person changes something.
    Stalled,
    /// What AWS has differs from the spec.
    Drifted,
}

impl ConditionType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Reconciling, Self::Stalled, Self::Drifted];

    /// The word in `type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Drifted => "Drifted",
        }
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Why a condition has its status. The words are API; the rows are kubernetes-conventions.md 1.4.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $name),* }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in `reason`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

reasons! {
    /// S3: AWS has what the spec wants, and it is active.
    Synced,
    /// S5: in sync when last seen; AWS could not be asked since.
    Stale,
    /// S3: as `Synced`; the generation that the policy was adopted from has been run again.
    GenerationChanged,
    /// S2: being created in AWS.
    Creating,
    /// S2: being changed in AWS.
    Updating,
    /// S2: AWS is writing policies.
    Generating,
    /// S6: AWS was changed behind the spec's back and is being put right.
    DriftCorrecting,
    /// S7: AWS differs from the spec, and `managementPolicy: Observe` forbids to change it.
    DriftDetected,
    /// S8: AWS asks for fewer calls.
    Throttled,
    /// S8: AWS cannot be reached or fails.
    BackendUnavailable,
    /// S9: something this object refers to is not there or not ready.
    DependencyNotReady,
    /// S10: the same passing error for a long time.
    RetriesExhausted,
    /// S11: the statement is not one that AWS takes.
    InvalidPolicy,
    /// S11: the spec is not one that AWS takes.
    InvalidSpec,
    /// S11: AWS does not take back what it shows of a gateway, and this version does not know all of it.
    UnsupportedGatewayFields,
    /// S11: AWS reports `CREATE_FAILED`, or `FAILED`.
    CreateFailed,
    /// S11: AWS reports `UPDATE_FAILED`, or `UPDATE_UNSUCCESSFUL`.
    UpdateFailed,
    /// S11: AWS reports `DELETE_FAILED`, or `FAILED` of what is being deleted.
    DeleteFailed,
    /// S12: the name belongs to somebody else.
    Conflict,
    /// S13, S14: AWS denies the call.
    AccessDenied,
    /// S14: an AWS quota is used up.
    QuotaExceeded,
    /// S14: this machine's clock is too far from AWS's.
    ClockSkew,
    /// S17: being deleted.
    Deleting,
    /// S18: something must go before this can be deleted.
    DeletionBlocked,
    /// S19: AWS has written policies, and none of them can be used.
    NoUsableAsset,
    /// S20: a fault of this program.
    InternalError,
    /// `Reconciling` only: tried again after an error.
    ProgressingWithRetry,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_paragraph_and_no_paragraph_is_about_none() {
        let page = include_str!("../../docs/conditions.md");
        let explained: BTreeSet<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("### "))
            .collect();
        let reasons: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(explained, reasons);
    }
}
