//! Between rows and records, the same in every database.

use super::{Key, Kind, Record, StoreError, Versioned};
use sqlx::{ColumnIndex, Decode, Row, Type};

/// The columns that [`record`] reads.
pub const COLUMNS: &str = "kind, id, parent, name, scope, size, version, status, due, created, body";

/// The columns that [`versioned`] reads.
pub const VERSIONED: &str = "kind, id, parent, version";

/// Reads a row of [`VERSIONED`].
pub fn versioned<R>(row: &R) -> Result<Versioned, StoreError>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> &'r str: Decode<'r, R::Database>,
    for<'r> String: Decode<'r, R::Database>,
    for<'r> i64: Decode<'r, R::Database>,
    str: Type<R::Database>,
    String: Type<R::Database>,
    i64: Type<R::Database>,
{
    Ok(Versioned {
        key: key(row)?,
        parent: row.try_get("parent")?,
        version: row.try_get("version")?,
    })
}

fn key<R>(row: &R) -> Result<Key, StoreError>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> &'r str: Decode<'r, R::Database>,
    for<'r> String: Decode<'r, R::Database>,
    str: Type<R::Database>,
    String: Type<R::Database>,
{
    let kind: &str = row.try_get("kind")?;
    Ok(Key {
        kind: Kind::parse(kind).ok_or_else(|| StoreError::UnknownKind(kind.to_owned()))?,
        id: row.try_get("id")?,
    })
}

/// Reads a row of [`COLUMNS`].
pub fn record<R>(row: &R) -> Result<Record, StoreError>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> &'r str: Decode<'r, R::Database>,
    for<'r> String: Decode<'r, R::Database>,
    for<'r> Option<String>: Decode<'r, R::Database>,
    for<'r> i64: Decode<'r, R::Database>,
    for<'r> Option<i64>: Decode<'r, R::Database>,
    str: Type<R::Database>,
    String: Type<R::Database>,
    i64: Type<R::Database>,
{
    Ok(Record {
        key: key(row)?,
        parent: row.try_get("parent")?,
        name: row.try_get("name")?,
        scope: row.try_get("scope")?,
        size: row.try_get("size")?,
        version: row.try_get("version")?,
        status: row.try_get("status")?,
        due: row.try_get("due")?,
        created: row.try_get("created")?,
        body: row.try_get("body")?,
    })
}
