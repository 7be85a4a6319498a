//! Opening a SQLite database.

use std::path::PathBuf;

use diesel::{
    ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection as _,
    prelude::*,
};

use super::inline::Conn;

/// Where the data are.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    /// In a file, which other processes may open too.
    File(PathBuf),
    /// In the memory of the writer's connection; gone with it.
    Memory,
}

/// What every connection is told, in this order: waiting first, since the rest may have to wait.
/// The cache is small because each connection has its own.
const SETTINGS: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -2000",
    "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA trusted_schema = OFF",
];

/// A user is in some fifteen indexes, each of them in another place: what the writer changes is to be
/// there the next time. It is taken as it is needed, KiB.
const WRITERS_CACHE: &str = "PRAGMA cache_size = -16000";

impl Store {
    fn connect(&self) -> ConnectionResult<SqliteConnection> {
        let mut connection = match self {
            Self::Memory => SqliteConnection::establish(":memory:")?,
            Self::File(path) => {
                let path = std::path::absolute(path)
                    .map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::InvalidConnectionUrl("the path is not UTF-8".to_owned())
                })?;
                SqliteConnection::establish(path)?
            }
        };
        for setting in SETTINGS {
            connection
                .batch_execute(setting)
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(connection)
    }

    /// Whether the database can be opened; makes the file if it is absent.
    pub(crate) fn try_open(&self) -> ConnectionResult<()> {
        match self {
            Self::Memory => Ok(()),
            Self::File(_) => self.connect().map(drop),
        }
    }

    /// Where SQLite keeps the index of the write-ahead log: beside the file itself, not beside a
    /// link to it. None for a database in memory.
    pub(super) fn index_file(&self) -> Option<PathBuf> {
        let Self::File(path) = self else { return None };
        let mut name = path.canonicalize().ok()?.into_os_string();
        name.push("-shm");
        Some(name.into())
    }

    /// A connection that only watches what others do.
    pub(super) fn watcher(&self) -> ConnectionResult<SqliteConnection> {
        self.connect()
    }

    /// The connection that writes.
    pub(super) fn writer(&self) -> ConnectionResult<Conn> {
        let mut connection = self.connect()?;
        connection
            .batch_execute(WRITERS_CACHE)
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Conn::new(connection))
    }

    /// A connection that only reads.
    pub(super) fn reader(&self) -> ConnectionResult<Conn> {
        let mut connection = self.connect()?;
        connection
            .batch_execute("PRAGMA query_only = ON")
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(Conn::new(connection))
    }
}
