//! Lifecycle of policy generations (service.md 8.1), and of their assets, which have none.

use super::{Event, Next, Status, statuses};

statuses! {
    /// The status of a policy generation. There is no operation that changes or deletes one.
    GenerationStatus {
        /// Its author is at work.
        Generating = "GENERATING",
        /// Its assets are there; none of them need be usable (service.md 8.6).
        Generated = "GENERATED",
        /// Its author failed.
        GenerateFailed = "GENERATE_FAILED",
        /// In AWS's model, and never reached: there is no deletion.
        DeleteFailed = "DELETE_FAILED",
    }
}

impl Status for GenerationStatus {
    const NEW: Self = Self::Generating;

    fn parse(word: &str) -> Option<Self> {
        Self::of(word)
    }

    fn after(&self, event: Event) -> Next<Self> {
        match (event, self) {
            (Event::Update | Event::Delete, Self::Generating) => Next::Busy,
            (Event::Succeeded, Self::Generating) => Next::Status(Self::Generated),
            (Event::Failed, Self::Generating) => Next::Status(Self::GenerateFailed),
            (_, Self::Generated | Self::GenerateFailed | Self::DeleteFailed) => Next::Unmoved,
        }
    }
}

statuses! {
    /// The status of an asset, which is written once.
    AssetStatus {
        /// It is there.
        Kept = "KEPT",
    }
}

impl Status for AssetStatus {
    const NEW: Self = Self::Kept;

    fn parse(word: &str) -> Option<Self> {
        Self::of(word)
    }

    fn after(&self, _: Event) -> Next<Self> {
        Next::Unmoved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_ends_once_and_nothing_moves_it_then() {
        for status in GenerationStatus::ALL {
            for event in Event::ALL {
                let expected = match (status.as_str(), event) {
                    ("GENERATING", Event::Succeeded) => Next::Status(GenerationStatus::Generated),
                    ("GENERATING", Event::Failed) => Next::Status(GenerationStatus::GenerateFailed),
                    ("GENERATING", _) => Next::Busy,
                    _ => Next::Unmoved,
                };
                assert_eq!(status.after(event), expected, "{status} {event:?}");
            }
            assert_eq!(GenerationStatus::parse(status.as_str()), Some(*status));
        }
        assert_eq!(GenerationStatus::parse("DELETING"), None);
    }
}
