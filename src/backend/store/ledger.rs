//! Decides batches without the database: what it has to know is asked for in one go, what becomes of it is written in
//! one go. So a transaction costs as many round trips with one batch as with many. Pure.

use crate::backend::store::{Commit, Key, Kind, Record, Refused, Write};
use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the database is asked for before the batches are decided.
#[derive(Debug, Default)]
pub struct Questions<'b> {
    /// Records that a batch names.
    pub keys: BTreeSet<(Kind, &'b str)>,
    /// Names that a batch wants.
    pub names: BTreeSet<(Kind, &'b str)>,
    /// Parents whose children a batch counts.
    pub counts: BTreeSet<(Kind, &'b str)>,
    /// Parents whose children a batch weighs, with the scopes that may become larger: [`EVERYWHERE`] and those that the
    /// batches write.
    pub sizes: BTreeMap<(Kind, &'b str), BTreeSet<&'b str>>,
    /// How many scopes of such a parent are asked for besides, the largest first: so many that one is among them that no
    /// batch changes, if there is one. A part of a batch changes two scopes at most.
    pub largest: i64,
}

/// The scope of sizes that stands for none.
pub const EVERYWHERE: &str = "";

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
                Write::Fits { kind, parent, .. } => {
                    let scopes = BTreeSet::from([EVERYWHERE]);
                    questions.sizes.insert((*kind, parent), scopes);
                }
            }
        }
        if !questions.sizes.is_empty() {
            for write in batches.iter().flatten() {
                questions.largest += 2;
                if let Write::Insert(record) | Write::Replace(record) = write
                    && let Some(scopes) = questions
                        .sizes
                        .get_mut(&(record.key.kind, record.parent.as_str()))
                {
                    scopes.extend(record.scope.as_deref());
                }
            }
        }
        questions
    }

    fn key(&mut self, key: &'b Key) {
        self.keys.insert((key.kind, &key.id));
    }
}

/// What the ledger has to know of a record.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its version.
    pub version: i64,
    /// Its parent.
    pub parent: String,
    /// Its name.
    pub name: Option<String>,
    /// Its scope.
    pub scope: Option<String>,
    /// Its size.
    pub size: i64,
}

impl From<&Record> for Known {
    fn from(record: &Record) -> Self {
        Self {
            version: 1,
            parent: record.parent.clone(),
            name: record.name.clone(),
            scope: record.scope.clone(),
            size: record.size,
        }
    }
}

/// A record as the batches so far leave it.
#[derive(Clone, Debug)]
struct Entry<'b> {
    known: Known,
    /// Who brought what cannot change, when it was inserted here.
    inserted: Option<&'b Record>,
    /// Who brought what can change, when it was written here.
    written: Option<&'b Record>,
}

/// What the database says of a record: kind, id, version, parent, name, scope and size.
pub type Row = (String, String, i64, String, Option<String>, Option<String>, i64);

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
    /// What the children of the parents that were asked for weigh, by scope. A scope that is not here becomes no larger
    /// and is not the largest.
    sizes: HashMap<(Kind, String), HashMap<String, i64>>,
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
    Size((Kind, String), String, i64),
}

impl<'b> Ledger<'b> {
    /// Knows nothing yet of what is asked for.
    pub fn asking(questions: &Questions<'_>) -> Self {
        let empty = |scopes: &BTreeSet<&str>| scopes.iter().map(|scope| ((*scope).to_owned(), 0)).collect();
        let sizes = questions.sizes.iter();
        Self {
            sizes: sizes
                .map(|((kind, parent), scopes)| ((*kind, (*parent).to_owned()), empty(scopes)))
                .collect(),
            ..Self::default()
        }
    }

    /// The database holds this record. One of a kind that this version does not know is nobody's business here.
    pub fn holds(&mut self, (kind, id, version, parent, name, scope, size): Row) {
        let Some(kind) = Kind::parse(&kind) else {
            return;
        };
        let key = Key { kind, id };
        let known = Known {
            version,
            parent,
            name,
            scope,
            size,
        };
        self.found.insert(key.clone(), known.version);
        let entry = Entry {
            known,
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

    /// Records of the kind with this parent and scope weigh so much together.
    pub fn weighed(&mut self, kind: Kind, parent: String, scope: String, size: i64) {
        self.sizes.entry((kind, parent)).or_default().insert(scope, size);
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
                    known,
                }) => changes
                    .replaced
                    .extend(written.map(|record| (*version, known.version, record))),
                Some(Entry {
                    inserted: Some(_), ..
                })
                | None => changes.removed.push((key.clone(), *version)),
            }
        }
        for entry in self.entries.values() {
            if let (Some(fixed), Some(written)) = (entry.inserted, entry.written) {
                changes.inserted.push((fixed, written, entry.known.version));
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
                    .is_some_and(|entry| entry.known.version == *version);
                (!same).then(|| Refused::Changed(key.clone()))
            }
            Write::Fewer { kind, parent, limit } => {
                let count = self.counts.get(&(*kind, parent.clone())).copied().unwrap_or(0);
                (count >= i64::from(*limit)).then(|| Refused::TooMany(*kind, parent.clone()))
            }
            Write::Fits { kind, parent, limit } => {
                let parent = (*kind, parent.clone());
                (!self.fits(&parent, i64::from(*limit), done))
                    .then_some(Refused::TooLarge(parent.0, parent.1))
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
            known: Known::from(record),
            inserted: Some(record),
            written: Some(record),
        });
        done.push(Undo::Entry(record.key.clone(), None));
        let parent = (kind, record.parent.clone());
        self.weigh(&parent, record.scope.as_deref(), record.size, done);
        self.count(parent, 1, done);
        None
    }

    fn replace(&mut self, record: &'b Record, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        let entry = self.entries.get_mut(&record.key);
        let Some(entry) = entry.filter(|entry| entry.known.version == record.version) else {
            return Some(Refused::Changed(record.key.clone()));
        };
        let before = entry.clone();
        entry.known.version += 1;
        entry.known.scope.clone_from(&record.scope);
        entry.known.size = record.size;
        entry.written = Some(record);
        let parent = (record.key.kind, before.known.parent.clone());
        self.weigh(&parent, before.known.scope.as_deref(), -before.known.size, done);
        self.weigh(&parent, record.scope.as_deref(), record.size, done);
        done.push(Undo::Entry(record.key.clone(), Some(before)));
        None
    }

    fn remove(&mut self, key: &Key, version: i64, done: &mut Vec<Undo<'b>>) -> Option<Refused> {
        let Slot::Occupied(slot) = self.entries.entry(key.clone()) else {
            return Some(Refused::Changed(key.clone()));
        };
        if slot.get().known.version != version {
            return Some(Refused::Changed(key.clone()));
        }
        let entry = slot.remove();
        if let Some(name) = entry.known.name.clone() {
            self.names.insert((key.kind, name.clone()), false);
            done.push(Undo::Name((key.kind, name), true));
        }
        let parent = (key.kind, entry.known.parent.clone());
        self.weigh(&parent, entry.known.scope.as_deref(), -entry.known.size, done);
        done.push(Undo::Entry(key.clone(), Some(entry)));
        self.count(parent, -1, done);
        None
    }

    /// Whether no scope of a parent became larger than `limit` by what the batch has done.
    fn fits(&self, parent: &(Kind, String), limit: i64, done: &[Undo<'b>]) -> bool {
        let mut grown: HashMap<&str, i64> = HashMap::new();
        for step in done {
            if let Undo::Size(of, scope, by) = step
                && of == parent
            {
                *grown.entry(scope).or_default() += by;
            }
        }
        let grown = |scope: &str| grown.get(scope).copied().unwrap_or(0);
        let Some(sizes) = self.sizes.get(parent) else {
            return true;
        };
        let everywhere = sizes.get(EVERYWHERE).copied().unwrap_or(0);
        sizes.iter().all(|(scope, size)| match scope.as_str() {
            EVERYWHERE => everywhere <= limit || grown(EVERYWHERE) <= 0,
            scope => everywhere + size <= limit || grown(EVERYWHERE) + grown(scope) <= 0,
        })
    }

    /// Changes what the children of a parent weigh in a scope, where somebody weighs them.
    fn weigh(&mut self, parent: &(Kind, String), scope: Option<&str>, by: i64, done: &mut Vec<Undo<'b>>) {
        let scope = scope.unwrap_or(EVERYWHERE);
        let sizes = self.sizes.get_mut(parent);
        if let Some(size) = sizes.and_then(|sizes| sizes.get_mut(scope)) {
            *size += by;
            done.push(Undo::Size(parent.clone(), scope.to_owned(), by));
        }
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
                Undo::Size(parent, scope, by) => {
                    let sizes = self.sizes.get_mut(&parent);
                    if let Some(size) = sizes.and_then(|sizes| sizes.get_mut(&scope)) {
                        *size -= by;
                    }
                }
            }
        }
    }
}
