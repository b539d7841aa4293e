//! Decides batches without the database: what it has to know is asked for in one go, what becomes of it is written in
//! one go. So a transaction costs as many round trips with one batch as with many. Pure.

use crate::backend::store::{Commit, Key, Kind, Record, Refused, Write};
use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeSet, HashMap};

/// What the database is asked for before the batches are decided.
#[derive(Debug, Default)]
pub struct Questions<'b> {
    /// Records that a batch names.
    pub keys: BTreeSet<(Kind, &'b str)>,
    /// Names that a batch wants.
    pub names: BTreeSet<(Kind, &'b str)>,
    /// Parents whose children a batch counts.
    pub counts: BTreeSet<(Kind, &'b str)>,
}

impl<'b> Questions<'b> {
    /// What these batches have to know.
    pub fn of(batches: &'b [Vec<Write>]) -> Self {
        let mut questions = Self::default();
        for write in batches.iter().flatten() {
            match write {
                Write::Unchanged(key, _) | Write::Remove(key, _) => questions.key(key),
                Write::Replace(record) => questions.key(&record.key),
                Write::Insert(record) => {
                    questions.key(&record.key);
                    let name = record.name.as_deref();
                    questions.names.extend(name.map(|name| (record.key.kind, name)));
                }
                Write::Fewer { kind, parent, .. } => {
                    questions.counts.insert((*kind, parent));
                }
            }
        }
        questions
    }

    fn key(&mut self, key: &'b Key) {
        self.keys.insert((key.kind, &key.id));
    }
}

/// A record as the batches so far leave it.
#[derive(Clone, Debug)]
struct Entry<'b> {
    version: i64,
    parent: String,
    name: Option<String>,
    /// Who brought what cannot change, when it was inserted here.
    inserted: Option<&'b Record>,
    /// Who brought what can change, when it was written here.
    written: Option<&'b Record>,
}

/// What the database says, changed by one batch after the other.
#[derive(Debug, Default)]
pub struct Ledger<'b> {
    /// Versions of the records as the transaction found them.
    found: HashMap<Key, i64>,
    entries: HashMap<Key, Entry<'b>>,
    /// Names in use.
    names: HashMap<(Kind, String), bool>,
    /// Children of the parents that were asked for.
    counts: HashMap<(Kind, String), i64>,
}

/// What has to be written so that the database is as the ledger says.
#[derive(Debug, Default)]
pub struct Changes<'b> {
    /// Records that go, with the version they had.
    pub removed: Vec<(Key, i64)>,
    /// Records that change, with the version they had and the one they get.
    pub replaced: Vec<(i64, i64, &'b Record)>,
    /// Records that come: with what cannot change, what can, and their version.
    pub inserted: Vec<(&'b Record, &'b Record, i64)>,
}

/// How a step of a batch is taken back.
enum Undo<'b> {
    Entry(Key, Option<Entry<'b>>),
    Name((Kind, String), bool),
    Count((Kind, String), i64),
}

impl<'b> Ledger<'b> {
    /// The database holds this record.
    pub fn holds(&mut self, key: Key, version: i64, parent: String, name: Option<String>) {
        self.found.insert(key.clone(), version);
        let entry = Entry {
            version,
            parent,
            name,
            inserted: None,
            written: None,
        };
        self.entries.insert(key, entry);
    }

    /// A record in the database has this name.
    pub fn named(&mut self, kind: Kind, name: String) {
        self.names.insert((kind, name), true);
    }

    /// So many records of the kind have this parent.
    pub fn counted(&mut self, kind: Kind, parent: String, count: i64) {
        self.counts.insert((kind, parent), count);
    }

    /// Does a batch, or leaves everything as it was.
    pub fn decide(&mut self, batch: &'b [Write]) -> Commit {
        let mut done = Vec::new();
        for write in batch {
            if let Some(refused) = self.step(write, &mut done) {
                self.take_back(done);
                return Commit::Refused(refused);
            }
        }
        Commit::Done
    }

    /// What the batches that were done come to.
    pub fn changes(&self) -> Changes<'b> {
        let mut changes = Changes::default();
        for (key, version) in &self.found {
            match self.entries.get(key) {
                Some(Entry {
                    inserted: None,
                    written,
                    version: now,
                    ..
                }) => changes
                    .replaced
                    .extend(written.map(|record| (*version, *now, record))),
                Some(Entry {
                    inserted: Some(_), ..
                })
                | None => changes.removed.push((key.clone(), *version)),
            }
        }
        for entry in self.entries.values() {
            if let (Some(fixed), Some(written)) = (entry.inserted, entry.written) {
                changes.inserted.push((fixed, written, entry.version));
            }
        }
        changes
    }

    fn step(&mut self, write: &'b Write, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        match write {
            Write::Unchanged(key, version) => {
                let same = self
                    .entries
                    .get(key)
                    .is_some_and(|entry| entry.version == *version);
                (!same).then(|| Refused::Changed(key.clone()))
            }
            Write::Fewer { kind, parent, limit } => {
                let count = self.counts.get(&(*kind, parent.clone())).copied().unwrap_or(0);
                (count >= i64::from(*limit)).then(|| Refused::TooMany(*kind, parent.clone()))
            }
            Write::Insert(record) => self.insert(record, done),
            Write::Replace(record) => self.replace(record, done),
            Write::Remove(key, version) => self.remove(key, *version, done),
        }
    }

    fn insert(&mut self, record: &'b Record, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        let kind = record.key.kind;
        let Slot::Vacant(slot) = self.entries.entry(record.key.clone()) else {
            return Some(Refused::Exists(record.key.clone()));
        };
        if let Some(name) = &record.name {
            let taken = self.names.entry((kind, name.clone())).or_default();
            if *taken {
                return Some(Refused::NameTaken(kind, name.clone()));
            }
            *taken = true;
            done.push(Undo::Name((kind, name.clone()), false));
        }
        slot.insert(Entry {
            version: 1,
            parent: record.parent.clone(),
            name: record.name.clone(),
            inserted: Some(record),
            written: Some(record),
        });
        done.push(Undo::Entry(record.key.clone(), None));
        self.count((kind, record.parent.clone()), 1, done);
        None
    }

    fn replace(&mut self, record: &'b Record, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        let entry = self.entries.get_mut(&record.key);
        let Some(entry) = entry.filter(|entry| entry.version == record.version) else {
            return Some(Refused::Changed(record.key.clone()));
        };
        done.push(Undo::Entry(record.key.clone(), Some(entry.clone())));
        entry.version += 1;
        entry.written = Some(record);
        None
    }

    fn remove(&mut self, key: &Key, version: i64, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        let Slot::Occupied(slot) = self.entries.entry(key.clone()) else {
            return Some(Refused::Changed(key.clone()));
        };
        if slot.get().version != version {
            return Some(Refused::Changed(key.clone()));
        }
        let entry = slot.remove();
        if let Some(name) = entry.name.clone() {
            self.names.insert((key.kind, name.clone()), false);
            done.push(Undo::Name((key.kind, name), true));
        }
        let parent = (key.kind, entry.parent.clone());
        done.push(Undo::Entry(key.clone(), Some(entry)));
        self.count(parent, -1, done);
        None
    }

    /// Changes the count of a parent's children, where somebody counts them.
    fn count(&mut self, parent: (Kind, String), by: i64, done: &mut Vec<Undo<'b>>) {
        if let Some(count) = self.counts.get_mut(&parent) {
            *count += by;
            done.push(Undo::Count(parent, by));
        }
    }

    fn take_back(&mut self, done: Vec<Undo<'b>>) {
        for step in done.into_iter().rev() {
            match step {
                Undo::Entry(key, Some(entry)) => {
                    self.entries.insert(key, entry);
                }
                Undo::Entry(key, None) => {
                    self.entries.remove(&key);
                }
                Undo::Name(name, taken) => {
                    self.names.insert(name, taken);
                }
                Undo::Count(parent, by) => {
                    if let Some(count) = self.counts.get_mut(&parent) {
                        *count -= by;
                    }
                }
            }
        }
    }
}
