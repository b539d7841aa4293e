//! The keys of one issuer (RFC 7517).

use super::key::{Algorithm, Key};
use serde_json::Value;

/// The most keys that are looked at.
const MOST_KEYS: usize = 100;
/// The most keys of one name that are tried.
const MOST_TRIED: usize = 4;

/// An issuer by the name in its discovery document, with the keys that it signs with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// What `iss` of its tokens says.
    pub issuer: String,
    keys: Vec<Key>,
}

impl Keys {
    /// The usable keys of a key set; none when it is no key set.
    pub fn read(issuer: &str, set: &Value) -> Option<Self> {
        let keys = set.get("keys")?.as_array()?.iter().take(MOST_KEYS);
        Some(Self {
            issuer: issuer.to_owned(),
            keys: keys.filter_map(Key::of_jwk).collect(),
        })
    }

    /// Whether a key is called so.
    pub fn know(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Whether one of the keys that a token may mean has signed the message: those of its name, or, when it names none, the only
    /// one that fits its algorithm.
    pub fn verify(&self, kid: Option<&str>, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let named = |key: &&Key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        let fitting = || {
            let keys = self.keys.iter().filter(named);
            keys.filter(|key| key.fits(algorithm))
        };
        let unclear = kid.is_none() && fitting().nth(1).is_some();
        !unclear
            && fitting()
                .take(MOST_TRIED)
                .any(|key| key.verifies(algorithm, message, signature))
    }
}
