//! Which objects say that they stand for which resource. Two that looked before either's status told of it may both say so of one
//! (reliability.md 2.5.4): when their statuses meet, both look again, and the younger one finds whose it is.

use crate::operator::cluster::Place;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// Who stands for what.
#[derive(Debug, Default)]
pub(super) struct Holders {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    /// By kind of the objects and AWS id of the resource.
    holders: HashMap<(&'static str, String), BTreeSet<Place>>,
    ids: HashMap<Place, String>,
}

impl Holders {
    /// An object says that it stands for the resource of this AWS id, or for none. If that is new and others say so too: all who do.
    pub(super) fn holds(&self, place: &Place, id: Option<&str>) -> Vec<Place> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.ids.get(place).map(String::as_str) == id {
            return Vec::new();
        }
        if let Some(before) = all.ids.remove(place) {
            let room = (place.kind, before);
            if let Some(holders) = all.holders.get_mut(&room) {
                holders.remove(place);
                if holders.is_empty() {
                    all.holders.remove(&room);
                }
            }
        }
        let Some(id) = id else {
            return Vec::new();
        };
        all.ids.insert(place.clone(), id.to_owned());
        let holders = all.holders.entry((place.kind, id.to_owned())).or_default();
        holders.insert(place.clone());
        if holders.len() > 1 {
            holders.iter().cloned().collect()
        } else {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_stand_for_a_resource_are_told_once_of_who_is_new_among_them() {
        let holders = Holders::default();
        let place = |kind: &'static str, name: &str| Place {
            kind,
            namespace: "team".to_owned(),
            name: name.to_owned(),
        };
        let (a, b) = (
            place("PolicyEngineAttachment", "a"),
            place("PolicyEngineAttachment", "b"),
        );
        let nobody = Vec::<Place>::new();
        assert_eq!(holders.holds(&a, Some("g-1")), nobody);
        assert_eq!(
            holders.holds(&place("Gateway", "a"), Some("g-1")),
            nobody,
            "another kind"
        );
        assert_eq!(holders.holds(&b, None), nobody);
        assert_eq!(holders.holds(&b, Some("g-1")), [a.clone(), b.clone()]);
        assert_eq!(holders.holds(&b, Some("g-1")), nobody, "nothing new");
        assert_eq!(holders.holds(&a, Some("g-2")), nobody);
        assert_eq!(holders.holds(&a, Some("g-1")), [a.clone(), b.clone()]);
        for gone in [&a, &b, &place("Gateway", "a")] {
            assert_eq!(holders.holds(gone, None), nobody);
        }
        let all = holders.all.lock().unwrap();
        assert!(all.holders.is_empty() && all.ids.is_empty());
    }
}
