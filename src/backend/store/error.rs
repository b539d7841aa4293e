//! What goes wrong with a store.

use super::postgres::PostgresError;
use std::path::PathBuf;

/// Why a store cannot be opened or used. Each text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be used.
    #[error(
        "cannot use the data directory {}: {source}; choose a directory that this process may write to",
        path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the data directory.
    #[error(
        "the data directory {} is in use by another backend; stop that one, or choose another directory", path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file is no whole database of this program. It is left as it is.
    #[error(
        "the database {} is damaged or none of this program's ({reason}); it was left as it is: restore it from a \
         copy, or move it away (with its -wal and -shm files) to begin with an empty one", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that is known.
        reason: String,
    },
    /// The file was written by a later version. It is left as it is.
    #[error(
        "the database {} was written by a newer version of this program (schema {found}, this program knows {known}); \
         it was left as it is: run that version, or choose another data directory", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest schema version known here.
        known: i64,
    },
    /// The database could not be opened or brought up to date.
    #[error("cannot open the database {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The PostgreSQL database cannot be used.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A read or a write failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A write failed together with others.
    #[error("the database failed: {0}")]
    Write(std::sync::Arc<sqlx::Error>),
    /// A record cannot be understood.
    #[error("the database holds a record of the unknown kind `{0}`")]
    UnknownKind(String),
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    /// Whether it is one record that cannot be read, and not the database.
    pub fn is_of_a_record(&self) -> bool {
        match self {
            Self::Database(error) => {
                matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
            }
            Self::UnknownKind(_) => true,
            Self::Directory { .. }
            | Self::InUse { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Open { .. }
            | Self::Postgres(_)
            | Self::Write(_)
            | Self::Closed => false,
        }
    }
}
