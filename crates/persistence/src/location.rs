//! Where the data are.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

/// How many PostgreSQL connections a server uses for units of work unless told otherwise.
const POOL_SIZE: usize = 16;

/// Where the data are.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file, made if absent. Other processes may open it at the same time.
    Sqlite {
        /// The file; two more with the endings `-wal` and `-shm` appear beside it.
        path: PathBuf,
    },
    /// SQLite in memory, gone with its [`crate::Database`]: the fast store of tests.
    Memory,
    /// A PostgreSQL database.
    Postgres {
        /// `postgres://user:password@host1,host2:5433/database`. `sslmode` may be `disable` or
        /// `prefer` (no TLS), `require`, `verify-ca` or `verify-full` (TLS, always verified);
        /// `sslrootcert` names a PEM file of roots to trust instead of the system's.
        url: SecretString,
        /// How many connections units of work may use. Reading uses two to four more.
        pool_size: usize,
    },
}

/// Why a database could not be opened. No variant repeats a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be read. It is not repeated, since it may hold a password.
    #[error("the database URL cannot be read: expected postgres://… or sqlite:<path>")]
    Url,
    /// The parts that TLS needs cannot be had.
    #[error("TLS to the database cannot be set up: {0}")]
    Tls(String),
    /// The database does not answer.
    #[error("the database cannot be opened")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Location {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:<path>`, `sqlite://<path>` or
    /// `sqlite::memory:`.
    ///
    /// # Errors
    ///
    /// [`OpenError::Url`] for anything else.
    pub fn from_url(url: &SecretString) -> Result<Self, OpenError> {
        let text = url.expose_secret();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres { url: url.clone(), pool_size: POOL_SIZE });
        }
        match text.strip_prefix("sqlite:") {
            Some(":memory:") => Ok(Self::Memory),
            Some(path) => match path.strip_prefix("//").unwrap_or(path) {
                "" => Err(OpenError::Url),
                path => Ok(Self::Sqlite { path: path.into() }),
            },
            None => Err(OpenError::Url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Location, OpenError> {
        Location::from_url(&SecretString::from(url))
    }

    #[test]
    fn urls_of_both_databases_are_read() {
        assert!(matches!(read("sqlite::memory:"), Ok(Location::Memory)));
        for url in ["sqlite:/data/c.db", "sqlite:///data/c.db"] {
            let Ok(Location::Sqlite { path }) = read(url) else { panic!("{url}") };
            assert_eq!(path.to_str(), Some("/data/c.db"));
        }
        assert!(matches!(
            read("postgresql://u@h/d"),
            Ok(Location::Postgres { pool_size: POOL_SIZE, .. })
        ));
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for url in ["", "sqlite:", "mysql://root:hunter2@h/d", "/data/c.db"] {
            let error = read(url).expect_err("not a URL of ours");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_location_does_not_print_its_password() {
        let location = read("postgres://u:hunter2@h/d").expect("a URL");
        assert!(!format!("{location:?}").contains("hunter2"));
    }
}
