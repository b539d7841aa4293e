//! Lifecycle of gateway targets (service.md 9.1 and 9.8). There is no status for a deletion that failed: it is `FAILED`.

use super::{Event, Next, Status, statuses};

statuses! {
    /// The status of a gateway target.
    TargetStatus {
        /// It is being made; its tools are asked for.
        Creating = "CREATING",
        /// It is being changed; its tools are asked for.
        Updating = "UPDATING",
        /// The change failed.
        UpdateUnsuccessful = "UPDATE_UNSUCCESSFUL",
        /// It is being taken away.
        Deleting = "DELETING",
        /// It is as it was asked for.
        Ready = "READY",
        /// It could not be made or taken away.
        Failed = "FAILED",
        /// Its tools are asked for again.
        Synchronizing = "SYNCHRONIZING",
        /// Its tools could not be had.
        SynchronizeUnsuccessful = "SYNCHRONIZE_UNSUCCESSFUL",
        /// A person has to authorize it before it is made.
        CreatePendingAuth = "CREATE_PENDING_AUTH",
        /// A person has to authorize it before it is changed.
        UpdatePendingAuth = "UPDATE_PENDING_AUTH",
        /// A person has to authorize it before its tools are asked for.
        SynchronizePendingAuth = "SYNCHRONIZE_PENDING_AUTH",
    }
}

impl TargetStatus {
    /// What a caller's synchronization makes of a target: refused exactly when a change is.
    pub fn synchronized(self) -> Next<Self> {
        if self.is_busy() {
            Next::Busy
        } else {
            Next::Status(Self::Synchronizing)
        }
    }

    /// The status in which a change that begins waits for somebody to authorize it first; none when it is no such change.
    pub fn before_consent(self) -> Option<Self> {
        match self {
            Self::Creating => Some(Self::CreatePendingAuth),
            Self::Updating => Some(Self::UpdatePendingAuth),
            Self::Synchronizing => Some(Self::SynchronizePendingAuth),
            Self::UpdateUnsuccessful
            | Self::Deleting
            | Self::Ready
            | Self::Failed
            | Self::SynchronizeUnsuccessful
            | Self::CreatePendingAuth
            | Self::UpdatePendingAuth
            | Self::SynchronizePendingAuth => None,
        }
    }

    /// Whether somebody has to authorize the target.
    pub fn awaits_consent(self) -> bool {
        matches!(
            self,
            Self::CreatePendingAuth | Self::UpdatePendingAuth | Self::SynchronizePendingAuth
        )
    }
}

impl Status for TargetStatus {
    const NEW: Self = Self::Creating;

    fn parse(word: &str) -> Option<Self> {
        Self::of(word)
    }

    /// Update and delete are refused while somebody has to authorize the target (service.md 9.8); with the consent the
    /// change goes on.
    fn after(&self, event: Event) -> Next<Self> {
        use TargetStatus::{
            CreatePendingAuth, Creating, Deleting, Failed, Ready, SynchronizePendingAuth,
            SynchronizeUnsuccessful, Synchronizing, UpdatePendingAuth, UpdateUnsuccessful, Updating,
        };
        match (event, self) {
            (
                Event::Update | Event::Delete,
                Creating
                | Updating
                | Deleting
                | Synchronizing
                | CreatePendingAuth
                | UpdatePendingAuth
                | SynchronizePendingAuth,
            ) => Next::Busy,
            (Event::Update, Ready | Failed | UpdateUnsuccessful | SynchronizeUnsuccessful) => {
                Next::Status(Updating)
            }
            (Event::Delete, Ready | Failed | UpdateUnsuccessful | SynchronizeUnsuccessful) => {
                Next::Status(Deleting)
            }
            (Event::Succeeded, CreatePendingAuth) => Next::Status(Creating),
            (Event::Succeeded, UpdatePendingAuth) => Next::Status(Updating),
            (Event::Succeeded, SynchronizePendingAuth) => Next::Status(Synchronizing),
            (Event::Succeeded, Creating | Updating | Synchronizing) => Next::Status(Ready),
            (Event::Succeeded, Deleting) => Next::Gone,
            (Event::Failed, Creating | CreatePendingAuth | Deleting) => Next::Status(Failed),
            (Event::Failed, Updating | UpdatePendingAuth) => Next::Status(UpdateUnsuccessful),
            (Event::Failed, Synchronizing | SynchronizePendingAuth) => Next::Status(SynchronizeUnsuccessful),
            (
                Event::Succeeded | Event::Failed,
                Ready | Failed | UpdateUnsuccessful | SynchronizeUnsuccessful,
            ) => Next::Unmoved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written a second time as words.
    fn expected(status: &str, event: Event) -> Next<TargetStatus> {
        let pending = status.ends_with("_PENDING_AUTH");
        let word = match (status, event) {
            ("CREATING" | "UPDATING" | "SYNCHRONIZING" | "DELETING", Event::Update | Event::Delete) => {
                return Next::Busy;
            }
            (_, Event::Update | Event::Delete) if pending => return Next::Busy,
            (_, Event::Update) | ("UPDATE_PENDING_AUTH", Event::Succeeded) => "UPDATING",
            (_, Event::Delete) => "DELETING",
            ("CREATE_PENDING_AUTH", Event::Succeeded) => "CREATING",
            ("SYNCHRONIZE_PENDING_AUTH", Event::Succeeded) => "SYNCHRONIZING",
            ("CREATING" | "UPDATING" | "SYNCHRONIZING", Event::Succeeded) => "READY",
            ("DELETING", Event::Succeeded) => return Next::Gone,
            ("CREATING" | "CREATE_PENDING_AUTH" | "DELETING", Event::Failed) => "FAILED",
            ("UPDATING" | "UPDATE_PENDING_AUTH", Event::Failed) => "UPDATE_UNSUCCESSFUL",
            ("SYNCHRONIZING" | "SYNCHRONIZE_PENDING_AUTH", Event::Failed) => "SYNCHRONIZE_UNSUCCESSFUL",
            _ => return Next::Unmoved,
        };
        Next::Status(TargetStatus::of(word).unwrap())
    }

    #[test]
    fn every_status_and_event_is_as_the_documentation_says() {
        for &status in TargetStatus::ALL {
            assert_eq!(TargetStatus::parse(&status.to_string()), Some(status));
            for event in Event::ALL {
                let word = status.to_string();
                assert_eq!(status.after(event), expected(&word, event), "{word} {event:?}");
            }
        }
    }

    #[test]
    fn consent_lets_the_change_go_on_that_waited_for_it() {
        let waiting: Vec<_> = TargetStatus::ALL
            .iter()
            .filter(|status| status.awaits_consent())
            .collect();
        let waits = |status: &TargetStatus| {
            let before = status.before_consent()?;
            assert_eq!(before.after(Event::Succeeded), Next::Status(*status), "{status}");
            assert_eq!(
                before.after(Event::Failed),
                status.after(Event::Failed),
                "{status}"
            );
            Some(before)
        };
        let begun: Vec<_> = TargetStatus::ALL.iter().filter_map(waits).collect();
        assert_eq!(begun.len(), 3);
        assert!(begun.iter().eq(waiting), "{begun:?}");
    }

    #[test]
    fn a_target_is_synchronized_exactly_when_it_can_be_changed() {
        for &status in TargetStatus::ALL {
            let expected = match status.after(Event::Update) {
                Next::Status(_) => Next::Status(TargetStatus::Synchronizing),
                refused @ (Next::Gone | Next::Busy | Next::Unmoved) => refused,
            };
            assert_eq!(status.synchronized(), expected, "{status}");
        }
    }
}
