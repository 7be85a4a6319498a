use std::time::Duration;

use crate::section::section;
use crate::text_values::{DatabaseUrl, Synchronous};

section! {
    /// Where the data are kept.
    Database at database {
        /// The database. Default: SQLite in the data directory. PostgreSQL may name several hosts:
        /// the writable one is found again after a fail-over.
        url: Option<DatabaseUrl> = None;
        /// PostgreSQL: the most connections for units of work.
        connections: u32 = 16;
        /// SQLite: threads that read. Default: as many as cores, at least 2.
        readers: Option<u32> = None;
        /// How long a request waits for a free connection.
        acquire_timeout: Duration = Duration::from_secs(5);
        /// PostgreSQL: how long one statement may run.
        statement_timeout: Duration = Duration::from_secs(30);
        /// PostgreSQL: how long one statement may wait for a lock.
        lock_timeout: Duration = Duration::from_secs(5);
        /// SQLite: when a commit waits for the disk.
        synchronous: Synchronous = Synchronous::Full;
    }
}

impl Database {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        let times = [
            ("database.acquire_timeout", self.acquire_timeout),
            ("database.statement_timeout", self.statement_timeout),
            ("database.lock_timeout", self.lock_timeout),
        ];
        for (key, time) in times {
            if time.is_zero() {
                faults.push((key, "must be longer than 0".into()));
            }
        }
        if self.connections > 1000 {
            faults.push(("database.connections", "must be at most 1000".into()));
        }
        if self.readers.is_some_and(|readers| readers > 256) {
            faults.push(("database.readers", "must be at most 256".into()));
        }
    }
}
