//! Between rows and records.

use crate::backend::store::{Key, Kind, Record, StoreError};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// The columns that [`record`] reads.
pub const COLUMNS: &str = "kind, id, parent, name, scope, version, status, due, created, body";

/// Reads a row of [`COLUMNS`].
pub fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    let kind: &str = row.try_get("kind")?;
    let kind = Kind::parse(kind).ok_or_else(|| StoreError::UnknownKind(kind.to_owned()))?;
    Ok(Record {
        key: Key {
            kind,
            id: row.try_get("id")?,
        },
        parent: row.try_get("parent")?,
        name: row.try_get("name")?,
        scope: row.try_get("scope")?,
        version: row.try_get("version")?,
        status: row.try_get("status")?,
        due: row.try_get("due")?,
        created: row.try_get("created")?,
        body: row.try_get("body")?,
    })
}
