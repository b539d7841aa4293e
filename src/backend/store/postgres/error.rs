//! Why PostgreSQL cannot be used: each text is one line that says what to do, and holds no password.

use super::url::Place;
use sqlx::error::DatabaseError;
use std::io::ErrorKind;

/// The oldest release that is taken.
pub const OLDEST: i32 = 14;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The URL is none.
    #[error(
        "--database-url is no URL of a PostgreSQL database ({reason}); give one such as \
         postgres://user:password@host:5432/database"
    )]
    Url {
        /// Why not.
        reason: String,
    },
    /// Nobody answers there.
    #[error(
        "cannot reach PostgreSQL at {server}: {reason}; check that it runs there and that nothing is in between"
    )]
    Unreachable {
        /// Where.
        server: String,
        /// What happened.
        reason: String,
    },
    /// User or password is not taken.
    #[error(
        "PostgreSQL at {} does not take user `{}`: {reason}; check user and password of --database-url",
        place.server, place.user
    )]
    Denied {
        /// Where, and who.
        place: Place,
        /// What the server said.
        reason: String,
    },
    /// There is no such database.
    #[error(
        "PostgreSQL at {} has no database `{}`; make it (`createdb {}`), or name another in --database-url",
        place.server, place.database, place.database
    )]
    Missing {
        /// Where, and which.
        place: Place,
    },
    /// TLS does not come about.
    #[error(
        "no TLS with PostgreSQL at {server}: {reason}; check sslmode and sslrootcert in --database-url, and the \
         server's certificate"
    )]
    Tls {
        /// Where.
        server: String,
        /// What happened.
        reason: String,
    },
    /// The server is too old.
    #[error("PostgreSQL at {server} has version {found}; this program needs {OLDEST} or newer")]
    TooOld {
        /// Where.
        server: String,
        /// Its version.
        found: String,
    },
    /// The server takes no writes.
    #[error(
        "PostgreSQL at {server} is a standby and takes no writes; name the primary server in --database-url"
    )]
    Standby {
        /// Where.
        server: String,
    },
    /// Not every text can be stored.
    #[error(
        "the database `{database}` has the encoding {found}; make one with `createdb --encoding UTF8 --template \
         template0`"
    )]
    Encoding {
        /// Which.
        database: String,
        /// Its encoding.
        found: String,
    },
    /// The user may not make tables.
    #[error(
        "user `{}` may not make tables in the database `{}`: {reason}; let it own the database, or grant it CREATE on \
         the schema public",
        place.user, place.database
    )]
    Forbidden {
        /// Which, and who.
        place: Place,
        /// What the server said.
        reason: String,
    },
    /// The database was written by a later version.
    #[error(
        "the database `{database}` was written by a newer version of this program (schema {found}, this program knows \
         {known}); it was left as it is: run that version, or name another database"
    )]
    Newer {
        /// Which.
        database: String,
        /// Its schema version.
        found: i64,
        /// The latest schema version known here.
        known: i64,
    },
    /// The database holds something else.
    #[error(
        "the database `{database}` holds tables that are not this program's ({reason}); it was left as it is: name a \
         database of its own in --database-url"
    )]
    Foreign {
        /// Which.
        database: String,
        /// How that is known.
        reason: String,
    },
    /// Something else.
    #[error("cannot use the database `{}` of PostgreSQL at {}: {reason}", place.database, place.server)]
    Other {
        /// Which.
        place: Place,
        /// What happened.
        reason: String,
    },
}

impl PostgresError {
    /// What an error means while a connection is made and the tables are brought up to date. The codes are those of
    /// PostgreSQL's documentation, appendix A.
    pub fn of(error: &sqlx::Error, place: &Place) -> Self {
        let server = place.server.clone();
        let (place, reason) = (place.clone(), told(error));
        if let sqlx::Error::Tls(_) = error {
            return Self::Tls { server, reason };
        }
        if let sqlx::Error::Io(io) = error {
            // How the TLS library says that the other side's certificate or messages are not good; and what is read
            // from a file on the way to a host is a certificate.
            let no_file = io.kind() == ErrorKind::NotFound && !server.starts_with('/');
            return if io.kind() == ErrorKind::InvalidData || no_file {
                Self::Tls { server, reason }
            } else {
                Self::Unreachable { server, reason }
            };
        }
        let database = place.database.clone();
        let code = error.as_database_error().and_then(DatabaseError::code);
        match code.as_deref().unwrap_or_default() {
            "28P01" | "28000" => Self::Denied { place, reason },
            "3D000" => Self::Missing { place },
            "57P03" | "53300" => Self::Unreachable { server, reason },
            "42501" => Self::Forbidden { place, reason },
            "42P07" | "42703" | "42P01" => Self::Foreign { database, reason },
            _ => Self::Other { place, reason },
        }
    }
}

/// What a database or the system said, in one line.
fn told(error: &sqlx::Error) -> String {
    let text = error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned());
    text.lines().collect::<Vec<_>>().join(" ")
}

/// The release of a `server_version_num` such as 150020.
pub fn release(number: i32) -> i32 {
    number / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_release_is_told_from_those_before_it() {
        assert!(release(140_000) >= OLDEST && release(150_020) >= OLDEST && release(180_001) >= OLDEST);
        assert!(release(130_023) < OLDEST && release(90_624) < OLDEST);
    }
}
