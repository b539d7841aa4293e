//! Opening the file: made whole or not at all, looked at before it is touched, never overwritten.

use super::log::{self, Found};
use crate::backend::store::StoreError;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};
use std::borrow::Cow;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "backend.sqlite";
/// The database while it is being made; it gets its name when it is whole.
const UNFINISHED: &str = "backend.sqlite.new";
/// Held by the process whose directory it is.
const LOCK: &str = "backend.lock";
/// The first bytes of every `SQLite` database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// `PRAGMA application_id` of this program's databases: "ACPO" in ASCII.
const APPLICATION: i64 = 0x4143_504f;
/// Connections that read.
const READERS: u32 = 2;
/// Page cache of one connection, in KiB (negative by `SQLite`'s convention): small, the system caches too.
const CACHE: &str = "-1024";
/// Rows of an answer that a connection hands over without waiting: more than the largest page has.
const ROWS: usize = 256;
/// How long a connection waits for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

static MIGRATIONS: Migrator = sqlx::migrate!("src/backend/store/sqlite/migrations");

/// The lock on the directory, the connection for the writer and the pool for readers.
pub async fn open(directory: &Path) -> Result<(File, SqliteConnection, SqlitePool), StoreError> {
    let lock = lock(directory)?;
    let path = prepare(directory)?;
    if path.exists() {
        examine(&path).await?;
    } else {
        make(directory, &path).await?;
    }
    let failed = |source| StoreError::Open {
        path: path.clone(),
        source,
    };
    let mut writer = options(&path)
        .connect()
        .await
        .map_err(|error| damaged(&path, error))?;
    migrate(&mut writer, &path).await?;
    let readers = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(READERS)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options(&path).pragma("query_only", "ON"))
        .await
        .map_err(failed)?;
    Ok((lock, writer, readers))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .row_buffer_size(ROWS)
        .pragma("cache_size", CACHE)
        .disable_statement_logging()
}

/// Makes the directory and takes it for this process alone: due transitions have one worker. The system lets go of the
/// lock when the process ends, however it ends.
fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = || directory.to_owned();
    let unusable = |source| StoreError::Directory { path: path(), source };
    std::fs::create_dir_all(directory).map_err(unusable)?;
    let file = File::create(directory.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path() }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// Finds out whether the directory can be written, and looks at the first bytes of the file.
fn prepare(directory: &Path) -> Result<PathBuf, StoreError> {
    let unusable = |source| StoreError::Directory {
        path: directory.to_owned(),
        source,
    };
    let unfinished = directory.join(UNFINISHED);
    File::create(&unfinished).map_err(unusable)?;
    std::fs::remove_file(&unfinished).map_err(unusable)?;

    let path = directory.join(FILE);
    let refuse = |reason: &str| StoreError::Damaged {
        path: path.clone(),
        reason: reason.to_owned(),
    };
    let mut first = Vec::with_capacity(MAGIC.len());
    match File::open(&path) {
        Ok(file) => {
            file.take(MAGIC.len() as u64)
                .read_to_end(&mut first)
                .map_err(unusable)?;
            if first != MAGIC {
                return Err(refuse("it does not begin like a SQLite database"));
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if directory.join(format!("{FILE}-wal")).exists() {
                return Err(refuse("its write-ahead log is there and the file itself is not"));
            }
        }
        Err(error) => return Err(unusable(error)),
    }
    Ok(path)
}

/// Makes an empty database under another name and renames it, so that a half-made one is never taken for one.
async fn make(directory: &Path, path: &Path) -> Result<(), StoreError> {
    let unusable = |source| StoreError::Directory {
        path: directory.to_owned(),
        source,
    };
    let unfinished = directory.join(UNFINISHED);
    let failed = |source| StoreError::Open {
        path: unfinished.clone(),
        source,
    };
    let options = options(&unfinished)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete);
    let mut connection = options
        .pragma("application_id", APPLICATION.to_string())
        .connect()
        .await
        .map_err(failed)?;
    migrate(&mut connection, &unfinished).await?;
    connection.close().await.map_err(failed)?;
    File::open(&unfinished)
        .and_then(|file| file.sync_all())
        .map_err(unusable)?;
    std::fs::rename(&unfinished, path).map_err(unusable)?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(unusable)
}

/// Refuses a file that is not this program's or not whole. Everything is looked at, which takes about a tenth of a second
/// for 10,000 policies. The connection cannot write: one that can would move the log into the file when it closes.
async fn examine(path: &Path) -> Result<(), StoreError> {
    let refuse = |reason: &str| StoreError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let unusable = |source| StoreError::Directory {
        path: path.to_owned(),
        source,
    };
    let log = path.with_file_name(format!("{FILE}-wal"));
    let index = path.with_file_name(format!("{FILE}-shm"));
    match log::look_at(&log, &index).map_err(unusable)? {
        Found::Whole { frames: 0, .. } => {}
        Found::Whole { commits, frames } => {
            tracing::info!(
                commits,
                frames,
                "the database was not closed; its write-ahead log is taken over"
            );
        }
        Found::Damaged => return Err(refuse("its write-ahead log is damaged in the middle")),
        Found::Cut { frames, once } => {
            return Err(refuse(&format!(
                "its write-ahead log was cut: it has {frames} of {once} frames"
            )));
        }
    }
    // SQLite fills up the last page with zeros. That it is not whole is no harm only while the log has it.
    let logged = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    if !logged && !ends_with_a_page(path).map_err(unusable)? {
        return Err(refuse("it ends in the middle of a page"));
    }
    let failed = |error| damaged(path, error);
    let reading = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging();
    let mut connection = reading.connect().await.map_err(failed)?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    if application != APPLICATION {
        return Err(refuse("it is a database of another program"));
    }
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    connection.close().await.map_err(failed)?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(refuse(verdict.lines().last().unwrap_or_default()))
    }
}

/// Whether the length of the file is that of whole pages, whose size is at byte 16; 1 is for 65,536.
fn ends_with_a_page(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let mut head = [0; 18];
    if file.read_exact(&mut head).is_err() {
        return Ok(false);
    }
    let page = match head {
        [.., 0, 1] => 65_536,
        [.., high, low] => u64::from(u16::from_be_bytes([high, low])),
    };
    Ok(file.metadata()?.len().checked_rem(page) == Some(0))
}

/// Brings the tables up to date; forward only.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let known = MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    match MIGRATIONS.run(connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) => Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        }),
        Err(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) => {
            Err(damaged(path, source))
        }
        Err(error) => Err(StoreError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}

/// `SQLite`'s codes for a file that is no database, or a broken one.
fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    let code = error
        .as_database_error()
        .and_then(DatabaseError::code)
        .map(Cow::into_owned);
    let path = path.to_owned();
    match code
        .as_deref()
        .and_then(|code| code.parse::<i32>().ok())
        .map(|code| code & 0xff)
    {
        Some(11 | 26) => StoreError::Damaged {
            path,
            reason: error.to_string(),
        },
        _ => StoreError::Open { path, source: error },
    }
}
