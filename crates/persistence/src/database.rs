//! One open database.

use std::sync::Arc;

use citizenry_storage::{Storage, StorageError};

use crate::{
    Location, MigrationError, OpenError, migrations,
    pg::{PgBackend, Server},
    sqlite::{SqliteBackend, Store},
};

/// An open database. Cheap to clone; the last clone (and the last [`Storage`] made from it) to go
/// closes it.
#[derive(Clone)]
pub struct Database {
    backend: AnyBackend,
}

#[derive(Clone)]
enum AnyBackend {
    Sqlite(Arc<SqliteBackend>),
    Postgres(Arc<PgBackend>),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.backend {
            AnyBackend::Sqlite(_) => "Database(SQLite)",
            AnyBackend::Postgres(_) => "Database(PostgreSQL)",
        })
    }
}

/// Opens the database at `location` and asks it one thing. Does not migrate it.
///
/// # Errors
///
/// [`OpenError`], which never repeats a password.
pub async fn open(location: &Location) -> Result<Database, OpenError> {
    let backend = match location {
        Location::Sqlite { path } => sqlite(Store::File(path.clone()))?,
        Location::Memory => sqlite(Store::Memory)?,
        Location::Postgres { url, pool_size } => {
            let server = Server::parse(url)?;
            // The pool's own error for an unreachable server is only in the log: ask directly.
            let first = server.connect().await.map_err(unreachable)?;
            drop(first);
            let backend = PgBackend::new(server, *pool_size).map_err(unreachable)?;
            AnyBackend::Postgres(Arc::new(backend))
        }
    };
    let database = Database { backend };
    database.ping().await.map_err(unreachable)?;
    Ok(database)
}

fn sqlite(store: Store) -> Result<AnyBackend, OpenError> {
    store.try_open().map_err(unreachable)?;
    let backend = SqliteBackend::start(store).map_err(unreachable)?;
    Ok(AnyBackend::Sqlite(Arc::new(backend)))
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> OpenError {
    OpenError::Unreachable(Box::new(error))
}

impl Database {
    /// The storage that use cases work on.
    pub fn storage(&self) -> Storage {
        match &self.backend {
            AnyBackend::Sqlite(backend) => Storage::new(backend.clone()),
            AnyBackend::Postgres(backend) => Storage::new(backend.clone()),
        }
    }

    /// Runs the migrations that are compiled in and not yet applied, and brings the search index of
    /// users up to date who were written by a release that had none; answers the migrations' names.
    /// Several processes may do so at once: one does the work and the others find it done.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]. On SQLite nothing is applied then, on PostgreSQL the migrations before
    /// the failed one are. An index that was not finished is gone on with.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrationError> {
        let names = match &self.backend {
            AnyBackend::Sqlite(backend) => migrations::sqlite::run(backend).await?,
            AnyBackend::Postgres(backend) => migrations::pg::run(backend.server()).await?,
        };
        self.index_users().await.map_err(MigrationError::new)?;
        Ok(names)
    }

    /// Brings the search index up to date: so many users at a time, that other units of work find
    /// their turn in between.
    async fn index_users(&self) -> Result<(), StorageError> {
        const AT_A_TIME: u32 = 500;
        let storage = self.storage();
        let mut indexed = 0_u64;
        while !storage.transact(async move |tx| tx.users().index_next(AT_A_TIME).await).await? {
            indexed += u64::from(AT_A_TIME);
            if indexed.is_multiple_of(50_000) {
                tracing::info!(users = indexed, "indexing users for searches");
            }
        }
        Ok(())
    }

    /// The names of the migrations that [`Database::migrate`] would run.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] when the database cannot be asked.
    pub async fn pending(&self) -> Result<Vec<String>, MigrationError> {
        match &self.backend {
            AnyBackend::Sqlite(backend) => migrations::sqlite::pending(backend).await,
            AnyBackend::Postgres(backend) => migrations::pg::pending(backend.server()).await,
        }
    }

    /// Whether no migration was ever applied: the database holds nothing of ours.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] when the database cannot be asked.
    pub async fn is_blank(&self) -> Result<bool, MigrationError> {
        match &self.backend {
            AnyBackend::Sqlite(backend) => migrations::sqlite::is_blank(backend).await,
            AnyBackend::Postgres(backend) => migrations::pg::is_blank(backend.server()).await,
        }
    }

    /// Reverts the migration that was applied last; answers its version, or `None` if none is.
    ///
    /// # Errors
    ///
    /// [`MigrationError`], also when the last applied one is not compiled in.
    pub async fn revert(&self) -> Result<Option<String>, MigrationError> {
        match &self.backend {
            AnyBackend::Sqlite(backend) => migrations::sqlite::revert(backend).await,
            AnyBackend::Postgres(backend) => migrations::pg::revert(backend.server()).await,
        }
    }

    /// Asks the database one thing, to see whether it answers.
    ///
    /// # Errors
    ///
    /// [`StorageError::Busy`] or [`StorageError::Backend`] when it does not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        match &self.backend {
            AnyBackend::Sqlite(backend) => backend.ping().await,
            AnyBackend::Postgres(backend) => backend.ping().await,
        }
    }

    /// Finishes what has begun and closes every connection. Afterwards everything is answered
    /// `Busy`. Dropping the database does the same without waiting.
    pub async fn close(&self) {
        match &self.backend {
            AnyBackend::Sqlite(backend) => backend.close().await,
            AnyBackend::Postgres(backend) => backend.close().await,
        }
    }
}
