//! The URL of a database, which may hold a password and therefore is never shown.

use super::PostgresError;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use std::fmt;

/// How this program calls itself towards the server.
const APPLICATION_NAME: &str = env!("CARGO_PKG_NAME");
/// What every connection asks of its session: a process that is cut off in the middle of a transaction, or stands
/// still, must not keep the others from writing; a wait for a lock has an end.
const SESSION: [(&str, &str); 5] = [
    ("idle_in_transaction_session_timeout", "10s"),
    ("lock_timeout", "30s"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

/// URL of a PostgreSQL database, such as `postgres://user:password@host:5432/name?sslmode=verify-full`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(..)")
    }
}

impl DatabaseUrl {
    /// Whether it is no URL at all, but nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the URL.
    pub(super) fn options(&self) -> Result<PgConnectOptions, PostgresError> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.0.starts_with(scheme))
        {
            let reason = "it does not begin with postgres://".to_owned();
            return Err(PostgresError::Url { reason });
        }
        // The reasons of the parser name members and values of the query, never user or password.
        let options: PgConnectOptions = self.0.parse().map_err(|error: sqlx::Error| PostgresError::Url {
            reason: error.to_string(),
        })?;
        Ok(options
            .application_name(APPLICATION_NAME)
            .options(SESSION)
            .disable_statement_logging())
    }
}

/// Server and database of a URL, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `host:port`, or the folder of its socket.
    pub server: String,
    /// Name of the database.
    pub database: String,
    /// Who connects.
    pub user: String,
}

impl Place {
    /// Where these options lead.
    pub fn of(options: &PgConnectOptions) -> Self {
        let server = options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |socket| format!("{}:{}", socket.display(), options.get_port()),
        );
        let user = options.get_username().to_owned();
        Self {
            server,
            // As the server has it: a database that is not named is the user's own.
            database: options.get_database().unwrap_or(&user).to_owned(),
            user,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_its_password_shown_nowhere() {
        let url = DatabaseUrl::from("postgresql://me:s3cret@db.example:6543/policies".to_owned());
        let place = Place::of(&url.options().unwrap());
        assert_eq!(place.server, "db.example:6543");
        assert_eq!((place.database.as_str(), place.user.as_str()), ("policies", "me"));
        assert!(!format!("{url:?}{place:?}").contains("s3cret"));
        let socket = DatabaseUrl::from("postgres://me@%2Frun%2Fpg/policies".to_owned());
        let place = Place::of(&socket.options().unwrap());
        assert!(place.server.starts_with("/run/pg:"), "{place:?}");
    }

    #[test]
    fn what_is_no_url_is_refused_in_one_line_without_the_password() {
        for bad in [
            "",
            "mysql://me:s3cret@host/db",
            "me:s3cret@host/db",
            "postgres://me:s3cret@host:port/db",
            "postgres://me:s3cret@host/db?sslmode=sometimes",
            "postgres://me:s3cret@ho st/db",
        ] {
            let error = DatabaseUrl::from(bad.to_owned())
                .options()
                .unwrap_err()
                .to_string();
            assert!(error.contains("give one such as postgres://"), "{error}");
            assert!(!error.contains("s3cret") && error.lines().count() == 1, "{error}");
        }
    }
}
