//! What stands in a room beside those who wait there, as one number that changes with it: the tools that policies are judged
//! against. Only what is ready is noted, so whoever fails changes nothing for others that fail.

use crate::operator::cluster::{Notice, Place};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is noted, by room and by whose notice it is.
#[derive(Debug, Default)]
pub(super) struct Notices {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    rooms: HashMap<String, HashMap<Place, u64>>,
    /// Where each has left its notice.
    left: HashMap<Place, Vec<String>>,
}

impl Notices {
    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the notice of an object, or takes away that which it has left.
    pub(super) fn leave(&self, place: &Place, notice: Option<Notice>) {
        let mut all = self.lock();
        for room in all.left.remove(place).unwrap_or_default() {
            if let Some(notices) = all.rooms.get_mut(&room) {
                notices.remove(place);
                if notices.is_empty() {
                    all.rooms.remove(&room);
                }
            }
        }
        let Some(Notice { rooms, says }) = notice else {
            return;
        };
        let mut hasher = DefaultHasher::new();
        (place, says).hash(&mut hasher);
        let number = hasher.finish();
        for room in &rooms {
            let notices = all.rooms.entry(room.clone()).or_default();
            notices.insert(place.clone(), number);
        }
        all.left.insert(place.clone(), rooms);
    }

    /// The number of these rooms.
    pub(super) fn number(&self, rooms: &[String]) -> u64 {
        let all = self.lock();
        let notices = rooms.iter().filter_map(|room| all.rooms.get(room));
        notices
            .flat_map(HashMap::values)
            .fold(0, |sum, number| sum.wrapping_add(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_changes_with_what_is_noted_in_its_rooms_and_with_nothing_else() {
        let notices = Notices::default();
        let place = |name: &str| Place {
            kind: "GatewayTarget",
            namespace: "team".into(),
            name: name.into(),
        };
        let rooms = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let notice = |names: &[&str], says: &str| {
            Some(Notice {
                rooms: rooms(names),
                says: says.into(),
            })
        };
        let number = || notices.number(&rooms(&["gateway", "nowhere"]));
        let nothing = number();
        notices.leave(&place("one"), notice(&["gateway", "namespace"], "1"));
        let one = number();
        assert_ne!(one, nothing);
        notices.leave(&place("one"), notice(&["gateway", "namespace"], "1"));
        notices.leave(&place("other"), notice(&["another"], "1"));
        assert_eq!(number(), one, "the same again, and what is elsewhere");
        notices.leave(&place("two"), notice(&["gateway"], "1"));
        let both = number();
        assert!(both != one && both != nothing);
        notices.leave(&place("one"), notice(&["gateway", "namespace"], "2"));
        assert_ne!(number(), both, "another edition");
        notices.leave(&place("one"), notice(&["another"], "2"));
        notices.leave(&place("two"), None);
        assert_eq!(number(), nothing);
        notices.leave(&place("one"), None);
        notices.leave(&place("other"), None);
        assert!(notices.lock().rooms.is_empty() && notices.lock().left.is_empty());
    }
}
