//! The objects of a kind in a namespace, kept as a watch tells them: looked at as often as one likes without a request.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::ControlPlane;
use super::api::{Api, version_of};
use super::wait::wait_until;

/// Never older than [`Mirror::wrote`] says, and otherwise as late as the watch is.
pub struct Mirror {
    shared: Arc<Shared>,
    written: AtomicU64,
}

struct Shared {
    api: Api,
    namespace: String,
    plural: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Arc<Value>>,
    /// Zero before the first list.
    version: u64,
    watch: Option<TcpStream>,
    over: bool,
}

impl Mirror {
    /// Of a kind by its plural, on a connection of its own.
    pub fn new(cluster: &ControlPlane, namespace: &str, plural: &str) -> Self {
        let shared = Arc::new(Shared {
            api: Api::new(cluster),
            namespace: namespace.to_owned(),
            plural: plural.to_owned(),
            state: Mutex::default(),
        });
        let watching = Arc::clone(&shared);
        thread::spawn(move || watching.follow());
        Self {
            shared,
            written: AtomicU64::default(),
        }
    }

    /// An object of this kind was written, which made this version: looks wait for it.
    pub fn wrote(&self, version: u64) {
        self.written.fetch_max(version, Ordering::Relaxed);
    }

    /// Hands the objects by their names to `look`.
    #[track_caller]
    pub fn look<T>(&self, look: impl Fn(&BTreeMap<String, Arc<Value>>) -> T) -> T {
        let written = self.written.load(Ordering::Relaxed).max(1);
        let what = format!("the watch of {} to come to {written}", self.shared.plural);
        wait_until(&what, Duration::from_mins(1), || {
            let state = self.shared.lock();
            if state.version < written {
                return Err(state.version.to_string());
            }
            Ok(look(&state.objects))
        })
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        if let Some(watch) = state.watch.take() {
            // An error says that it is closed already.
            watch.shutdown(Shutdown::Both).ok();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists and watches, and lists again wherever a watch ends.
    fn follow(&self) {
        while !self.lock().over {
            if self.followed().is_err() {
                // The API server is away.
                thread::park_timeout(Duration::from_millis(100));
            }
        }
    }

    fn followed(&self) -> io::Result<()> {
        let (objects, version) = self.api.listed(&self.namespace, &self.plural)?;
        let (connection, watch) = self.api.watch(&self.namespace, &self.plural, version)?;
        let mut state = self.lock();
        let named = objects
            .into_iter()
            .map(|object| (name_of(&object), Arc::new(object)));
        state.objects = named.collect();
        state.version = version;
        if state.over {
            return Ok(());
        }
        state.watch = Some(connection);
        drop(state);
        for line in BufReader::new(watch).lines() {
            let mut event: Value = serde_json::from_str(&line?)?;
            let object = event["object"].take();
            let (name, version) = (name_of(&object), version_of(&object));
            let mut state = self.lock();
            match event["type"].as_str() {
                Some("ADDED" | "MODIFIED") => drop(state.objects.insert(name, Arc::new(object))),
                Some("DELETED") => drop(state.objects.remove(&name)),
                Some("BOOKMARK") => {}
                _ => return Err(io::Error::other(object.to_string())),
            }
            state.version = version;
        }
        Ok(())
    }
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
