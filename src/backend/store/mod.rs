//! Where the backend keeps what it was told: one small trait, so that control does not know which database it is.
//!
//! A store holds [`Record`]s and changes them in atomic batches ([`Store::commit`]). Every race (two creates of
//! one name, a policy created while its engine is deleted, one client token sent twice) is decided inside a
//! batch, by what its writes require; control reads, decides, commits, and starts over when it was overtaken.

#[cfg(test)]
pub mod contract;
mod error;
mod ledger;
mod postgres;
mod queue;
mod rows;
mod sqlite;

use async_trait::async_trait;
use std::time::Duration;

pub use error::StoreError;
pub use postgres::{DatabaseUrl, Postgres};
pub use sqlite::Sqlite;

/// Kinds of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A policy engine; has no parent.
    Engine,
    /// A policy; its parent is its engine.
    Policy,
    /// A gateway; has no parent.
    Gateway,
    /// A target; its parent is its gateway.
    Target,
    /// A policy generation; its parent is its engine.
    Generation,
    /// An asset of a generation, which is its scope; its parent is the engine.
    Asset,
    /// A client token that was used; has no parent.
    Token,
    /// A value that the backend made for itself once.
    Setting,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Engine,
        Self::Policy,
        Self::Gateway,
        Self::Target,
        Self::Generation,
        Self::Asset,
        Self::Token,
        Self::Setting,
    ];

    /// The word in the database: never changed once released.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "policy-engine",
            Self::Policy => "policy",
            Self::Gateway => "gateway",
            Self::Target => "gateway-target",
            Self::Generation => "policy-generation",
            Self::Asset => "policy-generation-asset",
            Self::Token => "token",
            Self::Setting => "setting",
        }
    }

    /// Reads the word in the database.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What names a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// Its id, unique in the kind.
    pub id: String,
}

/// One thing that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What names it.
    pub key: Key,
    /// Id of the record it belongs to; empty at the top. Fixed at the insert.
    pub parent: String,
    /// A name that no other record of the kind has, if it has one. Fixed at the insert.
    pub name: Option<String>,
    /// What a listing can be narrowed to ([`Listing::scope`]), never empty; none belongs to every scope.
    pub scope: Option<String>,
    /// What it weighs where a batch bounds sizes ([`Write::Fits`]).
    pub size: i64,
    /// 1 at the insert, one more at each replacement; the store counts.
    pub version: i64,
    /// A word for people who look into the database.
    pub status: String,
    /// When the record wants attention ([`Store::due`]): microseconds since 1970.
    pub due: Option<i64>,
    /// When it was made: microseconds since 1970; with the id, the order of listings. Fixed at the insert.
    pub created: i64,
    /// Everything else, as JSON.
    pub body: String,
}

/// Which version of a record there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// What names it.
    pub key: Key,
    /// Id of the record it belongs to.
    pub parent: String,
    /// Its version: another one whenever anything of it is.
    pub version: i64,
}

/// One part of a batch. When one part does not hold, nothing of the batch happens.
#[derive(Clone, Debug)]
pub enum Write {
    /// The record has this version.
    Unchanged(Key, i64),
    /// Fewer than `limit` records of `kind` have this parent.
    Fewer {
        /// Kind that is counted.
        kind: Kind,
        /// Parent of those that are counted.
        parent: String,
        /// What the count must stay under; 1 means that there is none.
        limit: u32,
    },
    /// After the parts of the batch before this one, the records of `kind` with this parent fit: in every scope, those
    /// of it and those of no scope have at most `limit` in size together, or no more than before the batch. So what is
    /// too large already can still be made smaller.
    Fits {
        /// Kind that is weighed.
        kind: Kind,
        /// Parent of those that are weighed.
        parent: String,
        /// What no scope may grow beyond.
        limit: u32,
    },
    /// Adds a record; its key and its name are free.
    Insert(Record),
    /// Writes scope, size, status, due and body of a record that still has `version`.
    Replace(Record),
    /// Takes away a record that still has this version.
    Remove(Key, i64),
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// All of it happened and survives a crash.
    Done,
    /// None of it happened.
    Refused(Refused),
}

/// The first part of a batch that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The record has another version, or is gone.
    Changed(Key),
    /// The key is in use.
    Exists(Key),
    /// The name is in use.
    NameTaken(Kind, String),
    /// There are as many records as may be.
    TooMany(Kind, String),
    /// The records of a scope are larger than they may be.
    TooLarge(Kind, String),
}

/// A page that is asked for, in the order (created, id).
#[derive(Clone, Debug)]
pub struct Listing<'l> {
    /// Kind of the records.
    pub kind: Kind,
    /// Their parent.
    pub parent: &'l str,
    /// Only records of this scope or of every scope.
    pub scope: Option<&'l str>,
    /// Only records behind this place: (created, id).
    pub after: Option<(i64, &'l str)>,
    /// At most so many.
    pub limit: u32,
}

/// A database, seen as control needs it.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// The record with this key.
    async fn get(&self, key: &Key) -> Result<Option<Record>, StoreError>;

    /// The record of a kind that has this name.
    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError>;

    /// A page of records. Concurrent changes neither repeat nor skip a record that stays.
    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError>;

    /// How many records of `kind` have this parent.
    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError>;

    /// At most `limit` records that this process has to look after and whose due time is not after `now`, the
    /// longest due first. Every record has one process that looks after it; when that ends, another takes over.
    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError>;

    /// The earliest due time of the records that this process has to look after for sure.
    async fn next_due(&self) -> Result<Option<i64>, StoreError>;

    /// How often [`Store::due`] is to be asked whatever [`Store::next_due`] says: what another process left behind
    /// is found that way.
    fn look_every(&self) -> Duration;

    /// A number that has moved when any record has changed since it was read, whoever changed it.
    async fn revision(&self) -> Result<i64, StoreError>;

    /// The versions of all records of these kinds, at least as new as a [`Store::revision`] that was read before.
    async fn versions(&self, kinds: &[Kind]) -> Result<Vec<Versioned>, StoreError>;

    /// Does all of the batch or nothing, one batch after the other. A batch that is [`Commit::Done`] is durable
    /// and seen by every read that begins afterwards.
    async fn commit(&self, batch: Vec<Write>) -> Result<Commit, StoreError>;

    /// Ends all work and releases the database.
    async fn close(&self);
}
