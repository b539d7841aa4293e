//! Connecting: the server is looked at before its database is touched, and the tables are brought up to date.

use super::error::{OLDEST, PostgresError, release};
use super::url::Place;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::time::timeout;

/// The first number of this program's advisory locks: "ACPO" in ASCII. The second is 0 for the turn to write, and
/// the number of a keeper for that keeper's life.
pub const LOCKS: i32 = 0x4143_504f;
/// Connections that read, at most.
pub const READERS: u32 = 8;
/// How long a connection or an answer may take: a server that went away without a word must not hold up everything.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// A connection that was idle for longer is tried before it is used.
const FRESH: Duration = Duration::from_secs(1);

static MIGRATIONS: Migrator = sqlx::migrate!("src/backend/store/postgres/migrations");

/// Opens the database; two processes that begin with an empty one at once take turns.
pub async fn open(options: &PgConnectOptions) -> Result<PgPool, PostgresError> {
    let place = Place::of(options);
    let failed = |error| PostgresError::of(&error, &place);
    let mut connection = within(PATIENCE, options.connect()).await.map_err(failed)?;
    examine(&mut connection, &place).await?;
    migrate(&mut connection, &place).await?;
    connection.close().await.map_err(failed)?;
    PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(failed)
}

/// What the server is asked, for as long as there is patience.
pub async fn within<T>(
    patience: Duration,
    asking: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(patience, asking).await.unwrap_or_else(|_| {
        let text = format!("no answer of the server within {patience:?}");
        Err(std::io::Error::new(ErrorKind::TimedOut, text).into())
    })
}

/// Whether another attempt over a new connection may do better: the old one is gone, the server ended it, or rolled its
/// transaction back because of somebody else's (classes 08, 57 and 40, and 25P03, of PostgreSQL's documentation, appendix A).
pub fn is_passing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code {
        Some(code) => ["08", "57", "40"].iter().any(|class| code.starts_with(class)) || code == "25P03",
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_)),
    }
}

/// Refuses a server that could not keep what it is told.
async fn examine(connection: &mut PgConnection, place: &Place) -> Result<(), PostgresError> {
    let (number, version, encoding, standby): (i32, String, String, bool) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
         current_setting('server_encoding'), pg_is_in_recovery()",
    )
    .fetch_one(connection)
    .await
    .map_err(|error| PostgresError::of(&error, place))?;
    let (server, database) = (place.server.clone(), place.database.clone());
    if release(number) < OLDEST {
        return Err(PostgresError::TooOld {
            server,
            found: version,
        });
    }
    if standby {
        return Err(PostgresError::Standby { server });
    }
    if encoding != "UTF8" {
        return Err(PostgresError::Encoding {
            database,
            found: encoding,
        });
    }
    Ok(())
}

/// Brings the tables up to date; forward only. sqlx holds a lock of the server meanwhile.
async fn migrate(connection: &mut PgConnection, place: &Place) -> Result<(), PostgresError> {
    let database = place.database.clone();
    let known = MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    match MIGRATIONS.run_direct(None, connection, false).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) => Err(PostgresError::Newer {
            database,
            found,
            known,
        }),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
            Err(PostgresError::of(&error, place))
        }
        Err(error) => Err(PostgresError::Foreign {
            database,
            reason: error.to_string(),
        }),
    }
}
