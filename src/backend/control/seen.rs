//! What has changed behind the back of [`Changes`](super::Changes): by other processes with the same database, and by
//! hand.

use super::Control;
use super::changes::Changed;
use super::refusal::Refusal;
use crate::backend::store::{Key, Kind, Versioned};
use std::collections::{BTreeSet, HashMap};

/// What calls meet is made of these.
const KINDS: [Kind; 3] = [Kind::Policy, Kind::Gateway, Kind::Target];

/// Which versions of the records that calls meet were there when they were last looked at.
#[derive(Debug, Default)]
pub struct Seen {
    revision: Option<i64>,
    versions: HashMap<Key, Version>,
}

#[derive(Debug, PartialEq, Eq)]
struct Version {
    parent: String,
    version: i64,
}

impl Seen {
    /// How many changes there had been; none before the first look.
    pub fn revision(&self) -> Option<i64> {
        self.revision
    }

    /// Ids of all gateways that were there, in whatever status.
    pub fn gateways(&self) -> impl Iterator<Item = &str> {
        let keys = self.versions.keys().filter(|key| key.kind == Kind::Gateway);
        keys.map(|key| key.id.as_str())
    }

    /// Takes what is there now for seen; gives what is another one than before.
    fn take(&mut self, revision: i64, found: Vec<Versioned>) -> BTreeSet<Changed> {
        let found = found.into_iter().map(|found| {
            let Versioned { key, parent, version } = found;
            (key, Version { parent, version })
        });
        let versions: HashMap<Key, Version> = found.collect();
        let there = versions.iter();
        let there = there.filter(|(key, version)| self.versions.get(*key) != Some(*version));
        let before = self.versions.iter();
        let gone = before.filter(|(key, _)| !versions.contains_key(*key));
        let changed = there.chain(gone).filter_map(|(key, version)| match key.kind {
            Kind::Policy => Some(Changed::Policy(key.id.clone())),
            Kind::Gateway => Some(Changed::Gateway(key.id.clone())),
            Kind::Target => Some(Changed::Gateway(version.parent.clone())),
            Kind::Engine | Kind::Generation | Kind::Asset | Kind::Token | Kind::Setting => None,
        });
        let changed = changed.collect();
        *self = Self {
            revision: Some(revision),
            versions,
        };
        changed
    }
}

impl Control {
    /// What has changed since this was seen, whoever changed it; it is seen then. Where nothing has, that is known by
    /// one look.
    pub async fn changed_since(&self, seen: &mut Seen) -> Result<BTreeSet<Changed>, Refusal> {
        let revision = self.store.revision().await?;
        if seen.revision == Some(revision) {
            return Ok(BTreeSet::new());
        }
        let found = self.store.versions(&KINDS).await?;
        Ok(seen.take(revision, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, id: &str, parent: &str, version: i64) -> Versioned {
        let (id, parent) = (id.to_owned(), parent.to_owned());
        Versioned {
            key: Key { kind, id },
            parent,
            version,
        }
    }

    #[test]
    fn what_came_changed_or_went_is_told_once() {
        let policy = |id: &str| Changed::Policy(id.to_owned());
        let gateway = |id: &str| Changed::Gateway(id.to_owned());
        let mut seen = Seen::default();
        let all = vec![
            found(Kind::Policy, "p", "e", 1),
            found(Kind::Policy, "q", "e", 1),
            found(Kind::Gateway, "g", "", 1),
            found(Kind::Gateway, "h", "", 1),
            found(Kind::Target, "t", "h", 1),
        ];
        let first = seen.take(1, all.clone());
        let expected = [policy("p"), policy("q"), gateway("g"), gateway("h")];
        assert_eq!(first, BTreeSet::from(expected));
        assert_eq!(seen.take(2, all), BTreeSet::new());
        let mut gateways: Vec<&str> = seen.gateways().collect();
        gateways.sort_unstable();
        assert_eq!(gateways, ["g", "h"]);
        // A policy is another one, the other one is gone, and so is the target.
        let later = vec![
            found(Kind::Policy, "p", "e", 2),
            found(Kind::Gateway, "g", "", 1),
            found(Kind::Gateway, "h", "", 1),
        ];
        let expected = [policy("p"), policy("q"), gateway("h")];
        assert_eq!(seen.take(3, later), BTreeSet::from(expected));
    }
}
