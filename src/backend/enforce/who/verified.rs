//! Tokens that were verified a moment ago (performance.md 1.3), by their hash and the gateway's rules, until they expire.
//!
//! Two generations, each bounded in number and size: when the younger one is full, the elder one goes, so what is in use stays.

use super::caller::Caller;
use super::key::Key;
use super::keys::Keys;
use super::lock;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The most tokens of a generation.
const MOST: usize = 4_096;
/// The most bytes of tokens of a generation; what is kept of one is about twice as large.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What a token was verified by, and for whom.
pub(super) type Hash = [u8; 32];

/// The hash of a token at gateways with these rules.
pub(super) fn hash(rules: &Hash, token: &str) -> Hash {
    Sha256::new()
        .chain_update(rules)
        .chain_update(token)
        .finalize()
        .into()
}

/// What a signature was verified with. A token is forgotten when that is no longer in force.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// The keys of the gateway's issuer.
    Issuer(Arc<Keys>),
    /// The development key.
    Development(Arc<Key>),
}

#[derive(Clone, Debug)]
struct Entry {
    caller: Arc<Caller>,
    trust: Trust,
    /// In microseconds since 1970.
    until: i64,
    bytes: usize,
}

/// Those tokens.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Hash, Entry>,
    old: HashMap<Hash, Entry>,
    /// Of the tokens in `young`.
    bytes: usize,
}

impl Verified {
    /// Who had this token, and what it was verified with, if that is known and the token has not expired.
    pub fn get(&self, hash: &Hash, now: i64) -> Option<(Arc<Caller>, Trust)> {
        let mut kept = lock(&self.0);
        let young = kept.young.get(hash).cloned();
        let entry = if let Some(entry) = young {
            entry
        } else {
            let entry = kept.old.remove(hash)?;
            kept.insert(*hash, entry.clone());
            entry
        };
        (entry.until > now).then_some((entry.caller, entry.trust))
    }

    /// Keeps who had a token of so many bytes.
    pub fn keep(&self, hash: Hash, caller: Arc<Caller>, trust: Trust, until: i64, bytes: usize) {
        let entry = Entry {
            caller,
            trust,
            until,
            bytes,
        };
        lock(&self.0).insert(hash, entry);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let kept = lock(&self.0);
        kept.young.len() + kept.old.len()
    }
}

impl Generations {
    fn insert(&mut self, hash: Hash, entry: Entry) {
        if self.young.len() >= MOST || self.bytes + entry.bytes > MOST_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += entry.bytes;
        if let Some(replaced) = self.young.insert(hash, entry) {
            self.bytes -= replaced.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::{Principal, PrincipalKind};

    fn caller() -> Arc<Caller> {
        let principal = Principal::new(PrincipalKind::OAuthUser, "u", []).unwrap();
        Arc::new(Caller::new(principal, PrincipalKind::OAuthUser, "u".to_owned()))
    }

    fn trust() -> Trust {
        Trust::Development(Arc::new(Key::of_ed25519("k".to_owned(), &[0; 32])))
    }

    fn keep(kept: &Verified, token: &str, bytes: usize) -> Hash {
        let hash = hash(&[0; 32], token);
        kept.keep(hash, caller(), trust(), 100, bytes);
        hash
    }

    #[test]
    fn a_token_is_known_until_it_expires_and_by_the_rules_that_it_was_verified_for() {
        let kept = Verified::default();
        let one = keep(&kept, "t", 1);
        assert!(kept.get(&one, 99).is_some());
        assert!(kept.get(&one, 100).is_none());
        assert!(kept.get(&hash(&[1; 32], "t"), 1).is_none());
        assert!(kept.get(&hash(&[0; 32], "u"), 1).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_in_use_stays() {
        let kept = Verified::default();
        let used = keep(&kept, "used", 1);
        for number in 0..5 * MOST {
            keep(&kept, &number.to_string(), 1);
            assert!(kept.get(&used, 1).is_some());
        }
        assert!(kept.len() <= 2 * MOST);
        for number in 0..20 {
            keep(&kept, &number.to_string(), MOST_BYTES / 4);
        }
        assert!(kept.len() <= 8, "{}", kept.len());
        let whole = keep(&kept, "whole", 1);
        assert!(kept.get(&whole, 1).is_some());
    }
}
