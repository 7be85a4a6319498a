//! A migrated database for one test.

mod cluster;
mod postgres;

use std::path::PathBuf;

use citizenry_persistence::{Database, Location, open};
use citizenry_storage::Storage;
use tempfile::TempDir;

/// A migrated database for one test. What it needs on disk or on a server goes with it.
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    location: Location,
    // Dropped last, after the connections.
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Memory,
    Folder { _guard: TempDir },
    Server { _guard: postgres::Fresh },
}

impl TestDatabase {
    /// SQLite in memory: the fast one.
    pub async fn memory() -> Self {
        Self::migrated(Location::Memory, Place::Memory).await
    }

    /// SQLite in a file, with its writer and readers.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = Location::Sqlite { path: folder.path().join("citizenry.sqlite") };
        Self::migrated(location, Place::Folder { _guard: folder }).await
    }

    /// A database of its own on PostgreSQL: on the server that `CITIZENRY_TEST_POSTGRES_URL` names
    /// (as one who may create databases), else on a throw-away server that is started for this user
    /// of this machine and kept for the next test.
    pub async fn postgres() -> Self {
        let fresh = postgres::Fresh::clone_of_template().await;
        let location = Location::Postgres { url: fresh.url().into(), pool_size: 16 };
        let database = open(&location).await.expect("the database opens");
        Self { database, location, _place: Place::Server { _guard: fresh } }
    }

    /// An empty database on PostgreSQL, not migrated.
    pub async fn empty_postgres() -> Self {
        let fresh = postgres::Fresh::empty().await;
        let location = Location::Postgres { url: fresh.url().into(), pool_size: 16 };
        let database = open(&location).await.expect("the database opens");
        Self { database, location, _place: Place::Server { _guard: fresh } }
    }

    async fn migrated(location: Location, place: Place) -> Self {
        let database = open(&location).await.expect("the database opens");
        database.migrate().await.expect("the migrations run");
        Self { database, location, _place: place }
    }

    /// Its storage.
    pub fn storage(&self) -> Storage {
        self.database.storage()
    }

    /// The database itself.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where it is: to open it a second time, or to hand to a server.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The file of a database made by [`TestDatabase::sqlite`].
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.location {
            Location::Sqlite { path } => Some(path),
            Location::Memory | Location::Postgres { .. } => None,
        }
    }

    /// Runs SQL on it, past the ports, in a session of its own: to prepare what no port can, or to
    /// look at what none shows. Answers the first column of the last statement's rows as text.
    /// PostgreSQL only.
    ///
    /// # Panics
    ///
    /// When the database is not on PostgreSQL or refuses the SQL.
    pub async fn sql(&self, sql: &str) -> Vec<String> {
        match &self.location {
            Location::Postgres { url, .. } => postgres::sql(url, sql).await,
            Location::Sqlite { .. } | Location::Memory => panic!("SQL is for PostgreSQL alone"),
        }
    }
}

/// Runs a future to its end, as a server's worker would: on one thread.
///
/// # Panics
///
/// When the future panics.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(future)
}

/// Runs a future to its end on two threads.
///
/// # Panics
///
/// When the future panics.
pub fn block_on_threads<F: Future>(future: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(future)
}

/// Makes of each `async fn` two tests, `<name>::sqlite` and `<name>::postgres`, which hand it a
/// fresh [`TestDatabase`](crate::TestDatabase).
///
/// ```
/// # // The tests themselves run where the macro is used.
/// citizenry_testkit::on_both_databases! {
///     async fn numbers_rise(database: TestDatabase) {
///         let storage = database.storage();
///         let first = storage.transact(async move |tx| tx.numbers().next().await).await;
///         let second = storage.transact(async move |tx| tx.numbers().next().await).await;
///         assert!(first.unwrap() < second.unwrap());
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: TestDatabase) $body:block)*) => { $(
        $(#[$meta])*
        async fn $name($database: $crate::TestDatabase) $body

        mod $name {
            #[test]
            fn sqlite() {
                $crate::block_on(async { super::$name($crate::TestDatabase::sqlite().await).await });
            }

            #[test]
            fn postgres() {
                $crate::block_on(async {
                    super::$name($crate::TestDatabase::postgres().await).await
                });
            }
        }
    )* };
}
