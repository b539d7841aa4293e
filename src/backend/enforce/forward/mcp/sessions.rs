//! Sessions with MCP servers.
//!
//! A server may keep state in a session, and one client's state is not another's: so a session is reused for the calls that one
//! client makes within one session of its own with the gateway, with the same headers passed on, and for nobody else. A call without such a session has a
//! session of its own, which ends with it. Those that are kept are bounded in number, end when they are idle, and end when they
//! are lost. When a server says that it has forgotten one, before it has done anything, the request is made once more in a
//! new one (`backend/tools/mcp/session.rs`); any other failure is never repeated, for the tool may have run.

use super::super::http::Http;
use super::super::{Limits, PassedOn};
use crate::backend::tools::{McpSession, connect};
use http::HeaderMap;
use reqwest::Url;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// Whose session, and with whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    pub gateway: &'a str,
    pub target: &'a str,
    pub endpoint: &'a Url,
    /// What each request in it is told of the client's.
    pub passed_on: &'a PassedOn,
    /// The client's session with the gateway.
    pub session: Option<&'a str>,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    gateway: String,
    target: String,
    endpoint: String,
    passed_on: PassedOn,
    session: String,
}

/// A session that is begun by the first who needs it; others wait for it.
type Kept = Arc<OnceCell<Arc<McpSession>>>;

#[derive(Debug)]
struct Entry {
    kept: Kept,
    used: Instant,
}

/// The sessions that are kept.
#[derive(Debug)]
pub(super) struct Sessions {
    http: Http,
    largest: usize,
    most: usize,
    idle: Duration,
    kept: Mutex<HashMap<Key, Entry>>,
    /// Whether somebody ends the idle ones.
    swept: AtomicBool,
}

impl Sessions {
    pub fn new(http: Http, limits: Limits) -> Self {
        Self {
            http,
            largest: limits.answer,
            most: limits.sessions,
            idle: limits.session_idle,
            kept: Mutex::default(),
            swept: AtomicBool::new(false),
        }
    }

    /// The session to use, begun when there is none.
    ///
    /// # Errors
    /// A text, as of [`connect`].
    pub async fn of(sessions: &Arc<Self>, of: Of<'_>) -> Result<Arc<McpSession>, String> {
        let begin = || async {
            let client = sessions.http.client(of.endpoint).clone();
            let (mut endpoint, mut headers) = (of.endpoint.clone(), HeaderMap::new());
            of.passed_on.add_parameters(&mut endpoint);
            of.passed_on.add_headers(&mut headers);
            connect(&endpoint, client, headers, sessions.largest)
                .await
                .map(Arc::new)
        };
        let Some(key) = of.key() else {
            return begin().await;
        };
        sessions.sweep();
        let kept = sessions.kept(key);
        kept.get_or_try_init(begin).await.cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        // What panicked in between left a whole map.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, key: Key) -> Kept {
        let mut all = self.lock();
        let now = Instant::now();
        if let Some(entry) = all.get_mut(&key)
            && !entry.kept.get().is_some_and(|session| is_over(session))
        {
            entry.used = now;
            return Arc::clone(&entry.kept);
        }
        while all.len() >= self.most && !all.contains_key(&key) {
            // A call that still uses it holds it.
            let Some(oldest) = all
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            all.remove(&oldest);
        }
        let kept = Kept::default();
        let entry = Entry {
            kept: Arc::clone(&kept),
            used: now,
        };
        all.insert(key, entry);
        kept
    }

    pub fn forget(&self, of: Of<'_>) {
        if let Some(key) = of.key() {
            self.lock().remove(&key);
        }
    }

    /// Ends those of one client's session.
    pub fn end(&self, gateway: &str, session: &str) {
        self.lock()
            .retain(|key, _| key.gateway != gateway || key.session != session);
    }

    /// Sees to it that idle ones end also when nobody calls.
    fn sweep(self: &Arc<Self>) {
        if self.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        let sessions: Weak<Self> = Arc::downgrade(self);
        let pause = self.idle / 2;
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(sessions) = sessions.upgrade() else {
                    return;
                };
                let idle = sessions.idle;
                sessions.lock().retain(|_, entry| entry.used.elapsed() < idle);
            }
        });
    }
}

impl Of<'_> {
    fn key(&self) -> Option<Key> {
        Some(Key {
            gateway: self.gateway.to_owned(),
            target: self.target.to_owned(),
            endpoint: self.endpoint.to_string(),
            passed_on: self.passed_on.clone(),
            session: self.session?.to_owned(),
        })
    }
}

/// Whether nothing can be asked in a session any more.
pub(super) fn is_over(session: &McpSession) -> bool {
    session.is_closed() || session.peer().is_transport_closed()
}
