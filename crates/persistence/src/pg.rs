//! PostgreSQL: a pool for units of work, a few shared connections for reading.
//!
//! A unit that has begun runs in a task of its own, to its end, whether or not its caller waits; a
//! connection whose unit did not finish is closed, never returned to the pool. Readers share
//! connections, on which the driver sends queries without waiting for earlier answers.

mod backend;
mod connection;
mod readers;
mod snapshots;
mod unnested;

pub(crate) use backend::PgBackend;
pub(crate) use connection::Server;

use citizenry_storage::StorageError;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncPgConnection;

use crate::{
    conflicts,
    marks::{Cause, Marks},
};

/// The ports on one connection. Queries run through a shared reference, so that the same session
/// serves a transaction and the connections that readers share.
pub(crate) struct Session<'c> {
    conn: &'c AsyncPgConnection,
    marks: Marks,
}

impl<'c> Session<'c> {
    fn new(conn: &'c AsyncPgConnection) -> Self {
        Self { conn, marks: Marks::new() }
    }

    fn conn(&mut self) -> &mut &'c AsyncPgConnection {
        &mut self.conn
    }

    /// Notes a failed statement and says what it means.
    fn fail(&mut self, error: Error) -> StorageError {
        if !matches!(error, Error::NotFound) {
            self.marks.fail();
        }
        let failure = Failure::of(&error);
        match failure {
            Failure::Race => self.marks.because(Cause::Race),
            Failure::Lost => self.marks.because(Cause::Lost),
            Failure::Late | Failure::Other => {}
        }
        translate(failure, error)
    }
}

/// What kind of failure an error of the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// A serialisation failure or a deadlock: another attempt may well succeed.
    Race,
    /// The connection is gone, or leads to a server that may not write (any more).
    Lost,
    /// A lock or a statement took longer than allowed.
    Late,
    /// Anything else.
    Other,
}

impl Failure {
    /// diesel knows only some codes by kind. The rest are told by their English text, which is why
    /// connections ask for `lc_messages=C`.
    fn of(error: &Error) -> Self {
        let Error::DatabaseError(kind, info) = error else { return Self::Other };
        let says = |text: &str| info.message().contains(text);
        match kind {
            DatabaseErrorKind::SerializationFailure => Self::Race,
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => Self::Lost,
            DatabaseErrorKind::Unknown if says("deadlock detected") => Self::Race,
            DatabaseErrorKind::Unknown
                if says("terminating connection")
                    || says("the database system is")
                    || says("connection closed") =>
            {
                Self::Lost
            }
            DatabaseErrorKind::Unknown if says("canceling statement due to") => Self::Late,
            _ => Self::Other,
        }
    }
}

fn translate(failure: Failure, error: Error) -> StorageError {
    match (failure, &error) {
        (Failure::Race, _) => StorageError::Busy,
        (Failure::Lost | Failure::Late, _) => {
            tracing::warn!(%error, "PostgreSQL did not carry out a statement");
            StorageError::Busy
        }
        (Failure::Other, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
            conflicts::conflict(info.constraint_name(), info.message())
                .unwrap_or_else(|| StorageError::backend(error))
        }
        (Failure::Other, Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            // A race; or a defect, which would show here again and again.
            tracing::warn!(%error, "a row refers to what is not there");
            StorageError::Stale
        }
        (Failure::Other, _) => StorageError::backend(error),
    }
}

/// All rows that a query finds: a future of them.
macro_rules! load {
    ($session:expr, $query:expr) => {
        diesel_async::RunQueryDsl::load($query, $session.conn())
    };
}

/// The first row that a query finds: a future of it.
macro_rules! first {
    ($session:expr, $query:expr) => {
        diesel_async::RunQueryDsl::get_result($query, $session.conn())
    };
}

/// Carries a statement out: a future of the number of rows that it has changed.
macro_rules! execute {
    ($session:expr, $statement:expr) => {
        diesel_async::RunQueryDsl::execute($statement, $session.conn())
    };
}

/// Carries several statements out that have no parameters.
macro_rules! batch {
    ($session:expr, $statements:expr) => {
        diesel_async::SimpleAsyncConnection::batch_execute($session.conn(), $statements)
    };
}

/// `SELECT … FOR NO KEY UPDATE` where the database has it: others may still add rows that refer to
/// the one that is locked, since no key ever changes.
macro_rules! for_update {
    ($query:expr) => {
        $query.for_no_key_update()
    };
}

/// `SELECT … FOR UPDATE` of what is about to be deleted: others may not even add rows that refer to
/// it.
macro_rules! for_deletion {
    ($query:expr) => {
        $query.for_update()
    };
}

/// `SELECT … FOR KEY SHARE` of what rows will refer to: it cannot be deleted meanwhile.
macro_rules! for_reference {
    ($query:expr) => {
        $query.for_key_share()
    };
}

/// The same of the rows that no other unit has locked: those are left out, not waited for.
macro_rules! for_update_of_the_free {
    ($query:expr) => {
        $query.for_no_key_update().skip_locked()
    };
}

/// `DELETE` of the first rows of a table by a time: `$1` is the time, `$2` how many. What another
/// unit has locked is left out, so that several servers that clear away at once do not wait.
macro_rules! first_rows_sql {
    ($table:literal, $time:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ctid = ANY (ARRAY (SELECT ctid FROM ",
            $table,
            " WHERE ",
            $time,
            " < $1 ORDER BY ",
            $time,
            " LIMIT $2 FOR UPDATE SKIP LOCKED))"
        )
    };
}

/// Adds rows: all in one statement where the driver can.
macro_rules! insert_all {
    ($session:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        if !rows.is_empty() {
            run!($session, diesel::insert_into($table).values(rows))?;
        }
    }};
}

/// Adds any number of rows, a thousand a statement.
macro_rules! insert_many {
    ($session:expr, $table:expr, $rows:expr) => {
        // The statement names its table.
        _ = $table;
        for some in $rows.chunks(1_000) {
            run!($session, crate::pg::unnested::Unnest::insert(some))?;
        }
    };
}

/// Adds rows but those that are there already: all in one statement where the driver can.
macro_rules! insert_new {
    ($session:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        if !rows.is_empty() {
            run!($session, diesel::insert_into($table).values(rows).on_conflict_do_nothing())?;
        }
    }};
}

/// Writes the search tokens of users, of those who have others.
macro_rules! write_tokens {
    ($session:expr, $rows:expr) => {{
        let mut rows = $rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<_> = rows.by_ref().take(1_000).collect();
            run!($session, crate::search::WriteTokens(some))?;
        }
    }};
}

/// The candidates of a search in order of age, which no index of tokens yields here.
macro_rules! candidates_by_age {
    ($session:expr, $by_age:expr) => {{
        _ = $by_age;
        Ok::<_, citizenry_storage::StorageError>(Vec::new())
    }};
}

/// Where PostgreSQL's SQL differs.
mod dialect {
    /// Whether the search index yields users in the order of their age.
    pub(super) const IS_SEARCHED_BY_AGE: bool = false;
    /// diesel's name for the database.
    pub(super) type Db = diesel::pg::Pg;
    /// The row of the tenant's counters that counts this user: one of 16, so that units that count
    /// seldom wait for each other.
    pub(super) fn counter_slot(user: ulid::Ulid) -> i32 {
        i32::from(user.to_bytes()[15] & 0xf)
    }
    /// The sequence moves by itself.
    pub(super) const ADVANCE: Option<&str> = None;
    /// The next number of the installation.
    pub(super) const NEXT_NUMBER: &str = "SELECT nextval('numbers')";
    /// Waits for whoever else has locked the same number, until the unit ends.
    pub(super) const LOCK: Option<&str> = Some("SELECT pg_advisory_xact_lock($1)");
    /// As many further numbers of the installation as the parameter says: `first` and `last`.
    pub(super) const NEXT_NUMBERS: &str = "SELECT min(n) AS first, max(n) AS last \
         FROM (SELECT nextval('numbers') AS n FROM generate_series(1, $1)) AS drawn";
}

#[path = "queries.rs"]
mod queries;
