//! Lifecycle of gateways (service.md 9.1). There is no status for a deletion that failed: it is `FAILED`.

use super::{Event, Next, Status, statuses};

statuses! {
    /// The status of a gateway.
    GatewayStatus {
        /// It is being made.
        Creating = "CREATING",
        /// It is being changed.
        Updating = "UPDATING",
        /// The change failed.
        UpdateUnsuccessful = "UPDATE_UNSUCCESSFUL",
        /// It is being taken away.
        Deleting = "DELETING",
        /// It is as it was asked for.
        Ready = "READY",
        /// It could not be made or taken away.
        Failed = "FAILED",
    }
}

impl Status for GatewayStatus {
    const NEW: Self = Self::Creating;

    fn parse(word: &str) -> Option<Self> {
        Self::of(word)
    }

    fn after(&self, event: Event) -> Next<Self> {
        use GatewayStatus::{Creating, Deleting, Failed, Ready, UpdateUnsuccessful, Updating};
        match (event, self) {
            (Event::Update | Event::Delete, Creating | Updating | Deleting) => Next::Busy,
            (Event::Update, Ready | Failed | UpdateUnsuccessful) => Next::Status(Updating),
            (Event::Delete, Ready | Failed | UpdateUnsuccessful) => Next::Status(Deleting),
            (Event::Succeeded, Creating | Updating) => Next::Status(Ready),
            (Event::Succeeded, Deleting) => Next::Gone,
            (Event::Failed, Creating | Deleting) => Next::Status(Failed),
            (Event::Failed, Updating) => Next::Status(UpdateUnsuccessful),
            (Event::Succeeded | Event::Failed, Ready | Failed | UpdateUnsuccessful) => Next::Unmoved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written a second time as words.
    fn expected(status: &str, event: Event) -> Next<GatewayStatus> {
        let word = match (status, event) {
            ("CREATING" | "UPDATING" | "DELETING", Event::Update | Event::Delete) => return Next::Busy,
            (_, Event::Update) => "UPDATING",
            (_, Event::Delete) => "DELETING",
            ("CREATING" | "UPDATING", Event::Succeeded) => "READY",
            ("DELETING", Event::Succeeded) => return Next::Gone,
            ("CREATING" | "DELETING", Event::Failed) => "FAILED",
            ("UPDATING", Event::Failed) => "UPDATE_UNSUCCESSFUL",
            _ => return Next::Unmoved,
        };
        Next::Status(GatewayStatus::of(word).unwrap())
    }

    #[test]
    fn every_status_and_event_is_as_the_documentation_says() {
        for &status in GatewayStatus::ALL {
            assert_eq!(GatewayStatus::parse(&status.to_string()), Some(status));
            for event in Event::ALL {
                let word = status.to_string();
                assert_eq!(status.after(event), expected(&word, event), "{word} {event:?}");
            }
        }
        assert_eq!(GatewayStatus::parse("ACTIVE"), None);
    }
}
