//! Sessions of clients that begin with `initialize`: each belongs to one gateway and one caller.

use super::version::Version;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sessions that are kept for a gateway; of more, the one that was used longest ago ends.
const MOST: usize = 2_000;
/// How long a session without use lasts when its gateway does not say
/// (`sessionConfiguration.sessionTimeoutInSeconds`, 900 to 28800).
pub const LASTS: Duration = Duration::from_hours(1);

/// Whose a session is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Id of the gateway.
    pub gateway: String,
    /// Who called it: type and id of the principal.
    pub caller: String,
}

#[derive(Debug)]
struct Session {
    owner: Owner,
    version: Version,
    /// Microseconds since 1970.
    ends: i64,
    lasts: i64,
}

/// The sessions of all gateways. They live in memory: after a restart clients begin anew, as the protocol has it.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<ByGateway>);

/// The sessions of each gateway, by their ids: one gateway's clients do not end another's.
type ByGateway = HashMap<String, HashMap<String, Session>>;

impl Sessions {
    /// A new session; its id is random and says nothing.
    pub fn begin(&self, owner: Owner, version: Version, lasts: Duration, now: i64) -> String {
        let id = format!("{:032x}", rand::random::<u128>());
        let lasts = i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX);
        let mut all = self.lock();
        let sessions = all.entry(owner.gateway.clone()).or_default();
        if sessions.len() >= MOST {
            sessions.retain(|_, session| session.ends > now);
        }
        if sessions.len() >= MOST {
            let first = sessions.iter().min_by_key(|(_, session)| session.ends);
            if let Some(id) = first.map(|(id, _)| id.clone()) {
                sessions.remove(&id);
            }
        }
        let session = Session {
            owner,
            version,
            ends: now.saturating_add(lasts),
            lasts,
        };
        sessions.insert(id.clone(), session);
        id
    }

    /// The version that a session agreed on, if it is this owner's and has not ended; it is used, and lasts on.
    pub fn continued(&self, id: &str, owner: &Owner, now: i64) -> Option<Version> {
        let mut all = self.lock();
        let sessions = all.get_mut(&owner.gateway)?;
        let session = sessions.get_mut(id).filter(|session| session.owner == *owner)?;
        if session.ends <= now {
            sessions.remove(id);
            return None;
        }
        session.ends = now.saturating_add(session.lasts);
        Some(session.version.clone())
    }

    /// Ends a session of this owner; whether there was one.
    pub fn end(&self, id: &str, owner: &Owner) -> bool {
        let mut all = self.lock();
        let Some(sessions) = all.get_mut(&owner.gateway) else {
            return false;
        };
        let is_theirs = sessions.get(id).is_some_and(|session| session.owner == *owner);
        is_theirs && sessions.remove(id).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, ByGateway> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::version::Versions;
    use super::*;
    use serde_json::{Map, json};

    const SECOND: i64 = 1_000_000;

    fn version() -> Version {
        let params = Map::from_iter([("protocolVersion".to_owned(), json!("2025-06-18"))]);
        Versions::of(None).agree(&params).unwrap()
    }

    fn owner(gateway: &str, caller: &str) -> Owner {
        Owner {
            gateway: gateway.to_owned(),
            caller: caller.to_owned(),
        }
    }

    #[test]
    fn a_session_is_of_one_gateway_and_one_caller() {
        let sessions = Sessions::default();
        let ann = owner("g1", "ann");
        let id = sessions.begin(ann.clone(), version(), LASTS, 0);
        assert_eq!(sessions.continued(&id, &ann, 1), Some(version()));
        for other in [owner("g2", "ann"), owner("g1", "bob")] {
            assert_eq!(sessions.continued(&id, &other, 1), None);
            assert!(!sessions.end(&id, &other));
        }
        assert_eq!(sessions.continued("made-up", &ann, 1), None);
        assert!(sessions.end(&id, &ann));
        assert_eq!(sessions.continued(&id, &ann, 1), None);
    }

    #[test]
    fn a_session_lasts_as_long_as_it_is_used() {
        let sessions = Sessions::default();
        let ann = owner("g1", "ann");
        let id = sessions.begin(ann.clone(), version(), Duration::from_secs(10), 0);
        assert!(sessions.continued(&id, &ann, 9 * SECOND).is_some());
        assert!(sessions.continued(&id, &ann, 18 * SECOND).is_some());
        assert!(sessions.continued(&id, &ann, 28 * SECOND).is_none());
        assert!(sessions.continued(&id, &ann, 18 * SECOND).is_none());
    }

    #[test]
    fn of_too_many_the_one_that_was_used_longest_ago_ends() {
        let sessions = Sessions::default();
        let ann = owner("g1", "ann");
        let first = sessions.begin(ann.clone(), version(), LASTS, 0);
        let second = sessions.begin(ann.clone(), version(), LASTS, 1);
        assert!(sessions.continued(&first, &ann, 2).is_some());
        for at in 0..MOST {
            sessions.begin(ann.clone(), version(), LASTS, 3 + i64::try_from(at).unwrap());
        }
        assert_eq!(sessions.lock()["g1"].len(), MOST);
        assert!(sessions.continued(&second, &ann, 4).is_none());
    }
}
