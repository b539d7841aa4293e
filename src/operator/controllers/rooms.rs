//! Where objects wait for each other: a policy that failed for what its siblings or the tools of a gateway are, one that is to
//! be deleted when another has taken its place, and who finds a gateway taken. A room is an engine, by one of its keys, or the
//! tools of a gateway, or what is attached to one.

use crate::operator::cluster::Place;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Anything that another object in the room comes to.
    Anything,
    /// That another is in force, or goes.
    Standing,
}

/// Who waits.
pub(super) type Guest = Place;

/// All rooms in which somebody waits.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: Mutex<HashMap<String, BTreeMap<Guest, For>>>,
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<Guest, For>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody waits in these rooms from now on, or does not any more. Whether it is new there.
    pub(super) fn wait(&self, rooms: &[String], guest: &Guest, what: Option<For>) -> bool {
        let mut all = self.lock();
        let mut is_new = false;
        for room in rooms {
            match what {
                Some(what) => {
                    let guests = all.entry(room.clone()).or_default();
                    is_new |= guests.insert(guest.clone(), what) != Some(what);
                }
                None => {
                    if let Some(guests) = all.get_mut(room) {
                        guests.remove(guest);
                        if guests.is_empty() {
                            all.remove(room);
                        }
                    }
                }
            }
        }
        is_new
    }

    /// Somebody waits nowhere any more.
    pub(super) fn leave(&self, guest: &Guest) {
        self.lock().retain(|_, guests| {
            guests.remove(guest);
            !guests.is_empty()
        });
    }

    /// Who waits in a room for what another has come to: `standing`, that it is in force or goes.
    pub(super) fn guests(&self, room: &str, standing: bool) -> Vec<Guest> {
        let rooms = self.lock();
        let guests = rooms.get(room).into_iter().flatten();
        let told = guests.filter(|(_, what)| standing || **what == For::Anything);
        told.map(|(guest, _)| guest.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_of_what_it_waits_for_and_of_nothing_when_it_has_left() {
        let rooms = Rooms::default();
        let engine = ["engine".to_owned(), "id".to_owned()];
        let guest = |name: &str| Place {
            kind: "Policy",
            namespace: "team".to_owned(),
            name: name.to_owned(),
        };
        assert!(rooms.wait(&engine, &guest("failed"), Some(For::Standing)));
        assert!(
            !rooms.wait(&engine, &guest("failed"), Some(For::Standing)),
            "it waits there already"
        );
        assert!(rooms.wait(&engine[..1], &guest("leaving"), Some(For::Anything)));
        assert_eq!(rooms.guests("engine", false), [guest("leaving")]);
        assert_eq!(rooms.guests("engine", true), [guest("failed"), guest("leaving")]);
        assert_eq!(rooms.guests("id", true), [guest("failed")]);
        rooms.wait(&engine[..1], &guest("failed"), None);
        assert_eq!(rooms.guests("engine", true), [guest("leaving")]);
        rooms.leave(&guest("failed"));
        rooms.wait(&engine, &guest("leaving"), None);
        assert!(rooms.lock().is_empty());
    }
}
