//! SQLite: one writer that commits in groups, a few readers, each on a thread of its own.
//!
//! Units of work run on those threads as a whole, so a transaction costs one hop and a caller who
//! goes away leaves nothing half done. On them every future of a query is ready at its first poll;
//! a unit that awaits anything else is refused.

mod backend;
mod brief;
mod connection;
mod inline;
mod readers;
mod watcher;
mod writer;

pub(crate) use backend::SqliteBackend;
pub(crate) use connection::Store;

use diesel::{
    connection::SimpleConnection as _,
    result::{DatabaseErrorKind, Error},
};

use crate::{conflicts, marks::Marks};
use citizenry_storage::StorageError;
use inline::Conn;

/// Held by every thread; its channel closes when all have let go.
type Alive = tokio::sync::mpsc::Sender<()>;

/// The ports on one connection.
pub(crate) struct Session<'c> {
    conn: &'c mut Conn,
    marks: Marks,
    /// Whether this is a unit of work inside a group, not a reading one.
    writing: bool,
    /// Whether SQLite has ended the transaction around this unit by itself.
    ended: bool,
}

impl<'c> Session<'c> {
    fn writing(conn: &'c mut Conn) -> Self {
        Self { conn, marks: Marks::new(), writing: true, ended: false }
    }

    fn reading(conn: &'c mut Conn) -> Self {
        Self { conn, marks: Marks::new(), writing: false, ended: false }
    }

    fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Notes a failed statement and says what it means.
    fn fail(&mut self, error: Error) -> StorageError {
        if !matches!(error, Error::NotFound) {
            self.marks.fail();
            if !is_constraint(&error) {
                self.look_for_the_transaction();
            }
        }
        translate(error)
    }

    /// Disk full, an I/O error and a few others make SQLite end the whole transaction at once.
    /// Whatever the unit did after that would be committed statement by statement, so a new
    /// transaction catches it; it begins only if there is none.
    fn look_for_the_transaction(&mut self) {
        if self.writing && !self.ended {
            self.ended = self.conn.get().batch_execute("BEGIN IMMEDIATE").is_ok();
        }
    }
}

fn is_constraint(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation,
            _
        )
    )
}

/// Whether another process, or another connection of this one, holds the lock.
fn is_locked(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, info)
        if info.message().contains("database is locked")
            || info.message().contains("table is locked"))
}

fn translate(error: Error) -> StorageError {
    if is_locked(&error) {
        return StorageError::Busy;
    }
    if let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = &error
        && let Some(conflict) = conflicts::conflict(None, info.message())
    {
        return conflict;
    }
    if let Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) = &error {
        // A race between reading and writing; or a defect, which would show here again and again.
        tracing::warn!(%error, "a row refers to what is not there");
        return StorageError::Stale;
    }
    StorageError::backend(error)
}

/// All rows that a query finds: a future of them.
macro_rules! load {
    ($session:expr, $query:expr) => {
        $session.conn().load($query)
    };
}

/// The first row that a query finds: a future of it.
macro_rules! first {
    ($session:expr, $query:expr) => {
        $session.conn().first($query)
    };
}

/// Carries a statement out: a future of the number of rows that it has changed.
macro_rules! execute {
    ($session:expr, $statement:expr) => {
        $session.conn().execute($statement)
    };
}

/// Carries several statements out that have no parameters.
macro_rules! batch {
    ($session:expr, $statements:expr) => {
        $session.conn().batch_execute($statements)
    };
}

/// `SELECT … FOR UPDATE` where the database has it. SQLite has one writer, whose rows nobody else
/// can change meanwhile.
macro_rules! for_update {
    ($query:expr) => {
        $query
    };
}

/// `SELECT … FOR UPDATE` of what is about to be deleted.
macro_rules! for_deletion {
    ($query:expr) => {
        $query
    };
}

/// `SELECT … FOR KEY SHARE` of what rows will refer to.
macro_rules! for_reference {
    ($query:expr) => {
        $query
    };
}

/// The same of the rows that no other unit has locked: there is no other.
macro_rules! for_update_of_the_free {
    ($query:expr) => {
        $query
    };
}

/// `DELETE` of the first rows of a table by a time: the parameters are the time and how many.
macro_rules! first_rows_sql {
    ($table:literal, $time:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE rowid IN (SELECT rowid FROM ",
            $table,
            " WHERE ",
            $time,
            " < ? ORDER BY ",
            $time,
            " LIMIT ?)"
        )
    };
}

/// Adds rows: all in one statement where the driver can.
macro_rules! insert_all {
    ($session:expr, $table:expr, $rows:expr) => {{
        for row in $rows {
            run!($session, diesel::insert_into($table).values(row))?;
        }
    }};
}

/// Adds any number of rows.
macro_rules! insert_many {
    ($session:expr, $table:expr, $rows:expr) => {
        insert_all!($session, $table, $rows)
    };
}

/// Adds rows but those that are there already: all in one statement where the driver can.
macro_rules! insert_new {
    ($session:expr, $table:expr, $rows:expr) => {{
        for row in $rows {
            run!($session, diesel::insert_into($table).values(row).on_conflict_do_nothing())?;
        }
    }};
}

/// Writes the search tokens of users, of those who have others.
macro_rules! write_tokens {
    ($session:expr, $rows:expr) => {
        // The index begins a new segment where a document comes before the one written last.
        let mut rows: Vec<crate::search::TokensOf> = $rows.collect();
        rows.sort_by_key(|of| of.created_at);
        let mut documents = Vec::new();
        for of in rows {
            if run!($session, crate::search::WriteDigest::new(&of))? > 0 {
                let number = value!($session, crate::search::DocumentOf::new(&of))?;
                let text = crate::search::document(&of.tokens);
                documents.push(crate::search::WriteDocument { document: number, text });
            }
        }
        for document in documents {
            run!($session, document)?;
        }
    };
}

/// The candidates of a search in order of age: the rows of [`crate::search::ByAge`].
macro_rules! candidates_by_age {
    ($session:expr, $by_age:expr) => {
        all!($session, $by_age)
    };
}

/// Where SQLite's SQL differs.
mod dialect {
    /// Whether the search index yields users in the order of their age.
    pub(super) const IS_SEARCHED_BY_AGE: bool = true;
    /// diesel's name for the database.
    pub(super) type Db = diesel::sqlite::Sqlite;
    /// The row of the tenant's counters that counts this user: there is one writer, who waits for
    /// nobody.
    pub(super) fn counter_slot(_user: ulid::Ulid) -> i32 {
        0
    }
    /// Moves to the next number of the installation. Not with `RETURNING`: a statement that answers
    /// rows of what it changes has SQLite write the search index as it stands, each time.
    pub(super) const ADVANCE: Option<&str> = Some("UPDATE numbers SET last = last + 1");
    /// The next number of the installation.
    pub(super) const NEXT_NUMBER: &str = "SELECT last FROM numbers";
    /// There is one writer, who waits for nobody.
    pub(super) const LOCK: Option<&str> = None;
    /// As many further numbers of the installation as the parameter says: `first` and `last`.
    pub(super) const NEXT_NUMBERS: &str =
        "UPDATE numbers SET last = last + ?1 RETURNING last - ?1 + 1 AS first, last AS last";
}

#[path = "queries.rs"]
mod queries;
