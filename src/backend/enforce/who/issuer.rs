//! An issuer's keys as they are known here: fetched when they are first wanted, again after a time and when a token names a key
//! that is not among them, and by one request at a time.
//!
//! Time is handed in, in microseconds since 1970.

use super::keys::Keys;
use super::lock;
use super::retrieval::Retrieval;
use std::sync::{Arc, Mutex, MutexGuard};

/// How old keys are when they are fetched again, beside the requests that go on with them.
const FRESH: i64 = 10 * 60 * SECOND;
/// How old keys may be when fetching them fails.
const LASTING: i64 = 60 * 60 * SECOND;
/// The time after one look before the next one, whatever tokens say.
pub(super) const PAUSE: i64 = 10 * SECOND;
const SECOND: i64 = 1_000_000;

/// One issuer.
#[derive(Debug)]
pub(super) struct Issuer {
    discovery: String,
    retrieval: Arc<Retrieval>,
    state: Mutex<State>,
    /// Whose turn it is to fetch.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(Arc<Keys>, i64)>,
    /// Why the last look failed, if it did.
    failure: Option<String>,
    /// When the last look ended, or one in the background began.
    looked: Option<i64>,
    /// How many looks there were.
    looks: u64,
}

impl Issuer {
    /// The issuer behind this URL.
    pub fn new(discovery: &str, retrieval: Arc<Retrieval>) -> Self {
        Self {
            discovery: discovery.to_owned(),
            retrieval,
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Its keys, when they are known and not too old; has them fetched again beside this when it is time.
    pub fn known(self: &Arc<Self>, now: i64) -> Option<Arc<Keys>> {
        let mut state = self.state();
        let (keys, fetched) = state.keys.clone()?;
        let age = now.saturating_sub(fetched);
        if age >= LASTING {
            return None;
        }
        if age >= FRESH && state.rested(now) {
            state.looked = Some(now);
            let seen = state.looks;
            drop(tokio::spawn(Arc::clone(self).look(seen, now)));
        }
        Some(keys)
    }

    /// Its keys, fetched when they are not known.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn keys(self: &Arc<Self>, now: i64) -> Result<Arc<Keys>, String> {
        if let Some(keys) = self.known(now) {
            return Ok(keys);
        }
        let seen = {
            let state = self.state();
            if let Some(failure) = &state.failure
                && !state.rested(now)
            {
                return Err(failure.clone());
            }
            state.looks
        };
        self.looked(seen, now).await
    }

    /// Its keys, fetched again because a token was signed with none of `keys`; the same when that was just done.
    pub async fn keys_beyond(self: &Arc<Self>, keys: Arc<Keys>, now: i64) -> Arc<Keys> {
        let seen = {
            let state = self.state();
            if let Some((newer, _)) = &state.keys
                && !Arc::ptr_eq(newer, &keys)
            {
                return Arc::clone(newer);
            }
            if !state.rested(now) {
                return keys;
            }
            state.looks
        };
        self.looked(seen, now).await.unwrap_or(keys)
    }

    /// Looks, in a task of its own: whoever asked may leave, and others wait for the same.
    async fn looked(self: &Arc<Self>, seen: u64, now: i64) -> Result<Arc<Keys>, String> {
        let looking = tokio::spawn(Arc::clone(self).look(seen, now));
        looking
            .await
            .map_err(|error| format!("fetching the keys failed: {error}"))?;
        let state = self.state();
        match (&state.keys, &state.failure) {
            (Some((keys, fetched)), _) if now.saturating_sub(*fetched) < LASTING => Ok(Arc::clone(keys)),
            (_, Some(failure)) => Err(failure.clone()),
            (_, None) => Err("the keys are too old".to_owned()),
        }
    }

    /// Fetches the keys, unless somebody did since `seen` looks.
    async fn look(self: Arc<Self>, seen: u64, now: i64) {
        let _turn = self.turn.lock().await;
        if self.state().looks != seen {
            return;
        }
        let fetched = self.retrieval.keys(&self.discovery).await;
        let mut state = self.state();
        state.looks += 1;
        state.looked = Some(now);
        match fetched {
            Ok(keys) => {
                // The same keys stay the same object, by which verified tokens are known.
                let kept = state.keys.take().map(|(kept, _)| kept);
                let kept = kept.filter(|kept| **kept == keys);
                state.keys = Some((kept.unwrap_or_else(|| Arc::new(keys)), now));
                state.failure = None;
            }
            Err(why) => {
                tracing::warn!(
                    issuer = self.discovery,
                    why,
                    "the keys of an issuer could not be fetched"
                );
                state.failure = Some(why);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Whether the last look is long enough ago.
    fn rested(&self, now: i64) -> bool {
        self.looked
            .is_none_or(|looked| now.saturating_sub(looked) >= PAUSE)
    }
}
