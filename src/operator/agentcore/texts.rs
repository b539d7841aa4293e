//! The texts of listed policies: kept for as long as a crowd of passes reads them, and afterwards only as digests, since
//! ten thousand statements are most of what listings hold (performance.md section 8).

use crate::model::sha256;
use crate::operator::decide::{PolicyRecord, Statement};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long texts are kept.
const KEEP: Duration = Duration::from_secs(10);

/// What policies say, by their place in a listing.
#[derive(Debug)]
pub(super) struct Texts {
    /// `None`: a member of the union that this version does not know.
    digests: Vec<Option<u128>>,
    whole: Mutex<Option<Vec<Option<Statement>>>>,
}

/// What a policy says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// This, or nothing that this version knows.
    Known(Option<Statement>),
    /// Something else than was expected.
    Forgotten,
}

impl Texts {
    /// Takes the texts out of the records, for a while.
    pub(super) fn out_of(policies: &mut [PolicyRecord]) -> Arc<Self> {
        let whole: Vec<_> = policies
            .iter_mut()
            .map(|policy| policy.statement.take())
            .collect();
        let texts = Arc::new(Self {
            digests: whole.iter().map(|text| text.as_ref().map(digest)).collect(),
            whole: Mutex::new(Some(whole)),
        });
        let kept = Arc::downgrade(&texts);
        tokio::spawn(async move {
            tokio::time::sleep(KEEP).await;
            if let Some(texts) = kept.upgrade() {
                texts.forget();
            }
        });
        texts
    }

    fn forget(&self) {
        drop(self.whole.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The digest of what the policy at this place says.
    pub(super) fn digest(&self, place: usize) -> Option<u128> {
        self.digests.get(place).copied().flatten()
    }

    /// What the policy at this place says, as far as that is still known: also when it is not kept any more, if it is what is
    /// expected.
    pub(super) fn of(&self, place: usize, expected: Option<&Statement>) -> Text {
        if let Some(whole) = &*self.whole.lock().unwrap_or_else(PoisonError::into_inner) {
            return Text::Known(whole.get(place).cloned().flatten());
        }
        match (self.digest(place), expected) {
            (None, _) => Text::Known(None),
            (Some(known), Some(expected)) if digest(expected) == known => Text::Known(Some(expected.clone())),
            (Some(_), _) => Text::Forgotten,
        }
    }
}

/// Half of a SHA-256, as all digests of payloads are.
fn digest(statement: &Statement) -> u128 {
    let digest = sha256([statement.member(), statement.text()]);
    u128::from_str_radix(digest.short(32), 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lifecycle;
    use crate::operator::decide::Resource;

    fn record(statement: Option<Statement>) -> PolicyRecord {
        PolicyRecord {
            resource: Resource {
                id: "p-0123456789".into(),
                arn: "arn:aws:bedrock-agentcore:us-east-1:1:policy-engine/e/policy/p".into(),
                name: "p".into(),
                status: Lifecycle::Active,
                word: None,
                status_reasons: Vec::new(),
                description: None,
                created_at: String::new(),
                updated_at: String::new(),
            },
            engine_id: "e-0123456789".into(),
            statement,
            enforcement_mode: None,
            marked: false,
        }
    }

    #[tokio::test]
    async fn what_is_expected_is_known_also_when_texts_are_forgotten_and_nothing_else() {
        let (cedar, same) = (
            Statement::Cedar("permit".into()),
            Statement::Policy("permit".into()),
        );
        let mut policies = [record(Some(cedar.clone())), record(None)];
        let texts = Texts::out_of(&mut policies);
        assert!(policies.iter().all(|policy| policy.statement.is_none()));
        for expected in [None, Some(&cedar), Some(&same)] {
            assert_eq!(
                texts.of(0, expected),
                Text::Known(Some(cedar.clone())),
                "{expected:?}"
            );
            assert_eq!(texts.of(1, expected), Text::Known(None), "{expected:?}");
        }
        texts.forget();
        assert_eq!(texts.of(0, Some(&cedar)), Text::Known(Some(cedar.clone())));
        assert_eq!(
            texts.of(0, Some(&same)),
            Text::Forgotten,
            "the same text under another member"
        );
        assert_eq!(texts.of(0, None), Text::Forgotten);
        assert_eq!(texts.of(1, Some(&cedar)), Text::Known(None), "no text of ours");
    }
}
