//! Requests that are under way, so that their clients can cancel them.

use super::Exchange;
use crate::backend::enforce::protocol::{Owner, Request};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Requests by whose they are.
#[derive(Debug, Default)]
pub struct Running(Mutex<HashMap<Key, CancellationToken>>);

/// A request: of two with one id, the later one is cancelled.
type Key = (String, String, Option<String>, String);

/// One that is under way until this is dropped. Then its work stops too, if it still goes on: its client has left.
pub(super) struct Begun<'r> {
    running: &'r Running,
    key: Key,
    token: CancellationToken,
}

impl Exchange<'_> {
    pub(super) fn begin(&self, request: &Request) -> Begun<'_> {
        let token = CancellationToken::new();
        let key = self.key(&request.id);
        let running = &self.endpoint.running;
        running.lock().insert(key.clone(), token.clone());
        Begun { running, key, token }
    }

    /// `notifications/cancelled`: what is not known, or done, is not told.
    pub(super) fn cancel(&self, params: &Map<String, Value>) {
        if let Some(id) = params.get("requestId")
            && let Some(token) = self.endpoint.running.lock().get(&self.key(id))
        {
            token.cancel();
        }
    }

    fn key(&self, id: &Value) -> Key {
        let Owner { gateway, caller } = self.owner();
        (gateway, caller, self.session.map(str::to_owned), id.to_string())
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
        self.running.lock().remove(&self.key);
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
