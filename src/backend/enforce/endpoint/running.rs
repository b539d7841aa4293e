//! Requests that are under way, so that their clients can cancel them.

use super::Exchange;
use crate::backend::enforce::protocol::{Owner, Request};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Requests by whose they are.
#[derive(Debug, Default)]
pub struct Running(Mutex<Requests>);

type Requests = HashMap<Arc<Key>, (u128, CancellationToken)>;

/// A request of a session: whose it is, session, id. Of two with one id, the later one can be cancelled.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key(Owner, String, String);

/// One that is under way until this is dropped. Then its work stops too, if it still goes on: its client has left.
pub(super) struct Begun<'r> {
    running: &'r Running,
    /// None without a session: ids of clients that begin none may be the same.
    key: Option<(Arc<Key>, u128)>,
    token: CancellationToken,
}

impl Exchange<'_> {
    pub(super) fn begin(&self, request: &Request) -> Begun<'_> {
        let token = CancellationToken::new();
        let running = &self.endpoint.running;
        let key = self.key(&request.id).map(|key| (Arc::new(key), rand::random()));
        if let Some((key, number)) = &key {
            running.lock().insert(Arc::clone(key), (*number, token.clone()));
        }
        Begun { running, key, token }
    }

    /// `notifications/cancelled`, in a session: what is not known, or done, is not told.
    pub(super) fn cancel(&self, params: &Map<String, Value>) {
        if let Some(id) = params.get("requestId")
            && let Some(key) = self.key(id)
            && let Some((_, token)) = self.endpoint.running.lock().get(&key)
        {
            token.cancel();
        }
    }

    fn key(&self, id: &Value) -> Option<Key> {
        let session = self.session?.to_owned();
        Some(Key(self.owner.clone(), session, id.to_string()))
    }
}

impl Begun<'_> {
    pub(super) fn token(&self) -> &CancellationToken {
        &self.token
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.token.cancel();
        if let Some((key, number)) = &self.key {
            let mut running = self.running.lock();
            if running.get(key).is_some_and(|(of, _)| of == number) {
                running.remove(key);
            }
        }
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
