use crate::section::section;
use crate::text_values::DatabaseUrl;

section! {
    /// Where the data are kept.
    Database at database {
        /// The database. Default: SQLite in the data directory. PostgreSQL may name several hosts:
        /// the writable one is found again after a fail-over.
        url: Option<DatabaseUrl> = None;
        /// PostgreSQL: the most connections for units of work. Reading uses two to four more.
        connections: u32 = 16;
    }
}

impl Database {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        if self.connections > 1000 {
            faults.push(("database.connections", "must be at most 1000".into()));
        }
    }
}
