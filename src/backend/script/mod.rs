//! The fault script, the journal and the clock: what tests ask of a backend beyond what AWS does.
//!
//! One [`Script`] is shared by whoever acts on it: `wire` asks what happens to a call and writes the journal,
//! `control` carries out what concerns statuses and lists, `admin` lets tests set and read it. It knows no HTTP.
//! What it holds is of this process: a restart begins with the script's file again.

mod catalog;
mod error;
mod journal;
mod read;
mod rule;
#[cfg(test)]
mod tests;

pub use catalog::{Catalog, Facts};
pub use error::ScriptError;
pub use journal::{Entry, Outcome, Page};
pub use rule::{Answer, Faults};

use journal::Journal;
use rule::Rule;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The script, the journal and the clock of one backend.
#[derive(Debug)]
pub struct Script {
    catalog: Catalog,
    playing: Mutex<Playing>,
    journal: Journal,
    recording: AtomicBool,
    /// How far the service's clock is ahead of the machine's, in microseconds.
    ahead: AtomicI64,
    clock_is_set: AtomicBool,
}

/// The rules, and how often each operation was called since they were set.
#[derive(Debug, Default)]
struct Playing {
    rules: Vec<Rule>,
    calls: HashMap<String, u64>,
}

impl Script {
    /// No rules, an empty journal that is not kept, the machine's time. `catalog` says what rules may name.
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        Self {
            catalog,
            playing: Mutex::default(),
            journal: Journal::default(),
            recording: AtomicBool::new(false),
            ahead: AtomicI64::new(0),
            clock_is_set: AtomicBool::new(false),
        }
    }

    /// Sets the rules of a YAML or JSON text in the place of those before; calls are counted anew.
    ///
    /// # Errors
    /// [`ScriptError`] that says what is wrong and where; the rules before stay then.
    pub fn set(&self, text: &str) -> Result<(), ScriptError> {
        let rules = read::rules(text, &self.catalog)?;
        *self.playing() = Playing {
            rules,
            calls: HashMap::new(),
        };
        Ok(())
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        *self.playing() = Playing::default();
    }

    /// The rules as they were set.
    #[must_use]
    pub fn rules(&self) -> serde_json::Value {
        let playing = self.playing();
        let rules: Vec<_> = playing.rules.iter().map(|rule| rule.written.clone()).collect();
        serde_json::json!({ "rules": rules })
    }

    /// Counts a call of an operation and tells what happens to it. Of several rules that say the same thing about
    /// it, the first counts.
    #[must_use]
    pub fn call(&self, operation: &str) -> Faults {
        let mut playing = self.playing();
        if playing.rules.is_empty() {
            return Faults::default();
        }
        let calls = playing.calls.entry(operation.to_owned()).or_default();
        *calls += 1;
        let number = *calls;
        let hit = playing
            .rules
            .iter()
            .filter(|rule| rule.operation == operation && rule.hits(number));
        hit.fold(Faults::default(), |faults, rule| faults.or(&rule.faults))
    }

    /// How far back a list may look; none when no rule lets lists lag.
    #[must_use]
    pub fn longest_lag(&self) -> Option<Duration> {
        self.playing()
            .rules
            .iter()
            .filter_map(|rule| rule.faults.lag)
            .max()
    }

    /// Keeps the journal from now on.
    pub fn record(&self) {
        self.recording.store(true, Ordering::SeqCst);
    }

    /// Adds to the journal, if it is kept.
    pub fn write(&self, entry: impl FnOnce() -> Entry) {
        if self.recording.load(Ordering::SeqCst) {
            self.journal.push(entry());
        }
    }

    /// What is in the journal behind a number.
    #[must_use]
    pub fn journal(&self, after: u64) -> Page {
        self.journal.after(after)
    }

    /// Empties the journal; numbers go on.
    pub fn forget(&self) {
        self.journal.clear();
    }

    /// Sets the service's clock to `wanted` when the machine's shows `machine`, both in microseconds since 1970;
    /// it runs on from there. None sets it to the machine's time again.
    pub fn set_clock(&self, wanted: Option<i64>, machine: i64) {
        let ahead = wanted.map_or(0, |wanted| wanted.saturating_sub(machine));
        self.ahead.store(ahead, Ordering::SeqCst);
        self.clock_is_set.store(wanted.is_some(), Ordering::SeqCst);
    }

    /// What the service's clock shows when the machine's shows `machine`.
    #[must_use]
    pub fn service_time(&self, machine: i64) -> i64 {
        machine.saturating_add(self.ahead.load(Ordering::SeqCst))
    }

    /// Whether the service's clock was set.
    #[must_use]
    pub fn clock_is_set(&self) -> bool {
        self.clock_is_set.load(Ordering::SeqCst)
    }

    fn playing(&self) -> MutexGuard<'_, Playing> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
