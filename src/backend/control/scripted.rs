//! What the fault script does to statuses and lists.
//!
//! What happens to a call goes along with the task that carries it out, so that no handler needs to know of it:
//! the time when a change settles is read from it, a change that is to fail is remembered when it is committed,
//! and a list that lags is drawn from the history. What is remembered is of this process and gone when it ends.

use super::Control;
use super::clock::Micros;
use super::lifecycle::Event;
use super::record::{Body, EngineBody, GatewayBody, GenerationBody, PolicyBody, Stored, TargetBody};
use super::refusal::Refusal;
use crate::backend::script::Faults;
use crate::backend::store::{Key, Kind, Listing, Record, Write};
use crate::backend::switches::ListOrder;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

tokio::task_local! {
    static FAULTS: Faults;
}

/// Records of a page when a whole list is read.
const AT_ONCE: u32 = 1_000;

/// What the fault script has begun.
#[derive(Debug, Default)]
pub struct Scripted(Mutex<Begun>);

#[derive(Debug, Default)]
struct Begun {
    /// Changes that are to fail, by the record's version.
    doomed: HashMap<(Key, i64), Doom>,
    /// What was there before each change, while a rule lets lists lag.
    history: Vec<Change>,
}

/// A change that is to fail.
#[derive(Clone, Debug)]
struct Doom {
    reason: String,
    /// Status of the change: a record that is written again in it, such as by a tag, is doomed still.
    status: String,
}

/// One change of one record.
#[derive(Debug)]
struct Change {
    at: Micros,
    key: Key,
    /// Version that the change made; the way back goes over all later ones.
    version: i64,
    before: Option<Record>,
}

/// What was noted down for a batch.
#[derive(Debug, Default)]
pub struct Noted {
    /// Changes that are to fail.
    doomed: Vec<(Key, i64)>,
    /// Versions that the batch leaves behind.
    left: Vec<(Key, i64)>,
    /// Changes in the history.
    changed: Vec<(Key, i64)>,
}

/// Carries out a call to which this happens.
pub async fn under<T>(faults: Faults, call: impl Future<Output = T>) -> T {
    FAULTS.scope(faults, call).await
}

fn of_call<T>(read: impl FnOnce(&Faults) -> T) -> Option<T> {
    FAULTS.try_with(read).ok()
}

/// How much longer the change of this call takes.
pub fn stay() -> Duration {
    of_call(|faults| faults.stay).flatten().unwrap_or_default()
}

/// How long the change of this call waits for somebody to authorize it, if it does.
pub fn consent() -> Option<Duration> {
    of_call(|faults| faults.consent).flatten()
}

/// Why the change of this call is to fail.
fn fail() -> Option<String> {
    of_call(|faults| faults.fail.clone()).flatten()
}

/// How old the list of this call is.
pub fn lag() -> Option<Duration> {
    of_call(|faults| faults.lag).flatten()
}

impl Scripted {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the change of this record is to fail, if it is.
    pub fn doom(&self, record: &Record) -> Option<String> {
        let begun = self.begun();
        let doom = begun.doomed.get(&(record.key.clone(), record.version));
        doom.map(|doom| doom.reason.clone())
    }

    /// Keeps what was noted for a batch that happened, or takes it back.
    pub fn conclude(&self, noted: Noted, happened: bool) {
        let mut begun = self.begun();
        let over = if happened { noted.left } else { noted.doomed };
        for version in over {
            begun.doomed.remove(&version);
        }
        if !happened {
            let kept = |change: &Change| !noted.changed.contains(&(change.key.clone(), change.version));
            begun.history.retain(kept);
        }
    }

    /// Notes that the change which a record begins is to fail: for this reason, or as the version before was.
    fn note_doom(&self, record: &Record, reason: Option<String>) -> bool {
        let mut begun = self.begun();
        let before = begun.doomed.get(&(record.key.clone(), record.version));
        let reason = reason.or_else(|| {
            let same = before.filter(|doom| doom.status == record.status);
            same.map(|doom| doom.reason.clone())
        });
        let Some(reason) = reason else { return false };
        let status = record.status.clone();
        let version = (record.key.clone(), record.version + 1);
        begun.doomed.insert(version, Doom { reason, status });
        true
    }
}

impl Control {
    /// Notes down what a batch is about to change, as far as the script asks for it.
    pub(super) async fn note(&self, batch: &[Write]) -> Result<Noted, Refusal> {
        let mut noted = Noted::default();
        let longest = self.script.longest_lag();
        if longest.is_none() {
            self.scripted.begun().history.clear();
        }
        for write in batch {
            let (key, before) = match write {
                Write::Insert(record) => (&record.key, 0),
                Write::Replace(record) => (&record.key, record.version),
                Write::Remove(key, version) => (key, *version),
                Write::Unchanged(..) | Write::Fewer { .. } | Write::Fits { .. } => continue,
            };
            if matches!(key.kind, Kind::Token | Kind::Setting) {
                continue;
            }
            let made = (key.clone(), before + 1);
            if let Write::Insert(record) | Write::Replace(record) = write
                && record.due.is_some()
                && self.scripted.note_doom(record, fail())
            {
                noted.doomed.push(made.clone());
            }
            noted.left.push((key.clone(), before));
            if let Some(longest) = longest {
                let before = self.store.get(key).await?;
                self.remember(before, made.clone(), longest);
                noted.changed.push(made);
            }
        }
        Ok(noted)
    }

    fn remember(&self, before: Option<Record>, (key, version): (Key, i64), longest: Duration) {
        let now = self.clocks.machine.now();
        let oldest = now.saturating_sub(micros(longest));
        let mut begun = self.scripted.begun();
        begun.history.retain(|change| change.at >= oldest);
        begun.history.push(Change {
            at: now,
            key,
            version,
            before,
        });
    }

    /// A page that the store cannot give: of a list as the script lets this call see it, or in another order. It
    /// costs a look at the whole list.
    pub(super) async fn drawn_page(
        &self,
        listing: &Listing<'_>,
        order: ListOrder,
    ) -> Result<Vec<Record>, Refusal> {
        let mut records = self.all(listing).await?;
        if let Some(lag) = lag() {
            let since = self.clocks.machine.now().saturating_sub(micros(lag));
            self.undo(&mut records, since);
        }
        let mut page: Vec<Record> = records
            .into_values()
            .filter(|record| is_listed(record, listing, order))
            .collect();
        page.sort_by(|one, other| {
            let oldest = (one.created, &one.key.id).cmp(&(other.created, &other.key.id));
            match order {
                ListOrder::Oldest => oldest,
                ListOrder::Newest => oldest.reverse(),
            }
        });
        page.truncate(listing.limit as usize);
        Ok(page)
    }

    /// All records of a kind under the parent of a listing.
    async fn all(&self, listing: &Listing<'_>) -> Result<HashMap<Key, Record>, Refusal> {
        let mut all = HashMap::new();
        let mut after: Option<(Micros, String)> = None;
        loop {
            let page = Listing {
                scope: None,
                after: after.as_ref().map(|(created, id)| (*created, id.as_str())),
                limit: AT_ONCE,
                ..listing.clone()
            };
            let records = self.store.page(&page).await?;
            let Some(last) = records.last() else {
                return Ok(all);
            };
            after = Some((last.created, last.key.id.clone()));
            all.extend(records.into_iter().map(|record| (record.key.clone(), record)));
        }
    }

    /// Puts back, for each record, what was there before its first change after `since`.
    fn undo(&self, records: &mut HashMap<Key, Record>, since: Micros) {
        let begun = self.scripted.begun();
        let mut later: Vec<&Change> = begun.history.iter().filter(|change| change.at > since).collect();
        later.sort_by_key(|change| std::cmp::Reverse(change.version));
        for change in later {
            match &change.before {
                Some(before) => drop(records.insert(change.key.clone(), before.clone())),
                None => drop(records.remove(&change.key)),
            }
        }
    }
}

/// Whether a record belongs on a page, or behind it.
fn is_listed(record: &Record, listing: &Listing<'_>, order: ListOrder) -> bool {
    let in_scope = match (listing.scope, &record.scope) {
        (Some(wanted), Some(scope)) => wanted == scope,
        _ => true,
    };
    let behind = listing.after.is_none_or(|after| {
        let place = (record.created, record.key.id.as_str());
        match order {
            ListOrder::Oldest => place > after,
            ListOrder::Newest => place < after,
        }
    });
    record.key.kind == listing.kind && record.parent == listing.parent && in_scope && behind
}

/// What becomes of a record whose change is to fail.
pub fn failed(record: Record, reason: String, now: Micros) -> Result<Write, Refusal> {
    match record.key.kind {
        Kind::Engine => end::<EngineBody>(record, reason, now),
        Kind::Policy => end::<PolicyBody>(record, reason, now),
        Kind::Gateway => end::<GatewayBody>(record, reason, now),
        Kind::Target => end::<TargetBody>(record, reason, now),
        Kind::Generation => end::<GenerationBody>(record, reason, now),
        Kind::Asset | Kind::Token | Kind::Setting => Ok(Write::Replace(Record { due: None, ..record })),
    }
}

fn end<B: Body>(record: Record, reason: String, now: Micros) -> Result<Write, Refusal> {
    Stored::<B>::read(record)?.end(Event::Failed, now, vec![reason])
}

fn micros(time: Duration) -> Micros {
    Micros::try_from(time.as_micros()).unwrap_or(Micros::MAX)
}
