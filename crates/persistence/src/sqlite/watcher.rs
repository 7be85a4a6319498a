//! Tells whether anything has been committed to the file, by this process or another.

use std::sync::{Mutex, MutexGuard, PoisonError};

use citizenry_storage::Generation;
use diesel::{
    QueryResult, RunQueryDsl, SqliteConnection,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::Store;

/// A connection that never reads or writes anything. SQLite keeps a counter for it that moves when
/// another connection commits, ours or another process's: to ask for it takes a few microseconds
/// and waits for nobody, since readers of a write-ahead log never do.
pub(super) struct Watcher {
    store: Store,
    watching: Mutex<Watching>,
}

struct Watching {
    connection: Option<SqliteConnection>,
    /// How often a connection was opened: each counts on its own.
    opened: u32,
    closed: bool,
}

/// The question, prepared once.
#[derive(QueryId)]
struct DataVersion;

impl Query for DataVersion {
    type SqlType = BigInt;
}

impl QueryFragment<Sqlite> for DataVersion {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        pass.push_sql("PRAGMA data_version");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for DataVersion {}

impl Watcher {
    /// Opens nothing yet.
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            watching: Mutex::new(Watching { connection: None, opened: 0, closed: false }),
        }
    }

    /// Where the file stands; `None` when it cannot be asked.
    pub(super) fn generation(&self) -> Option<Generation> {
        let mut watching = self.lock();
        if watching.closed {
            return None;
        }
        let generation = watching.ask(&self.store);
        if generation.is_none() {
            watching.connection = None;
        }
        generation
    }

    /// Closes the connection for good.
    pub(super) fn close(&self) {
        let mut watching = self.lock();
        (watching.connection, watching.closed) = (None, true);
    }

    fn lock(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watching {
    fn ask(&mut self, store: &Store) -> Option<Generation> {
        if self.connection.is_none() {
            self.connection = Some(store.watcher().ok()?);
            self.opened = self.opened.wrapping_add(1);
        }
        let version: i64 = DataVersion.get_result(self.connection.as_mut()?).ok()?;
        let counted = u32::try_from(version).ok()?;
        Some(Generation(u64::from(self.opened) << 32 | u64::from(counted)))
    }
}
