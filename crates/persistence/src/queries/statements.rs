//! How statements are carried out: each of these but `by_id!` notes a failure in the session's marks
//! and is a `Result` of the storage's.
//!
//! They are macros, since the compiler cannot show that the future of a generic method is `Send`
//! for a connection of any lifetime.

/// The row that a query finds, if any.
macro_rules! one {
    ($session:expr, $query:expr) => {{
        let found = first!($session, $query).await;
        diesel::OptionalExtension::optional(found).map_err(|error| $session.fail(error))
    }};
}

/// All rows that a query finds.
macro_rules! all {
    ($session:expr, $query:expr) => {
        load!($session, $query).await.map_err(|error| $session.fail(error))
    };
}

/// What a query finds that always has one row.
macro_rules! value {
    ($session:expr, $query:expr) => {
        first!($session, $query).await.map_err(|error| $session.fail(error))
    };
}

/// How many rows a list has on all its pages: what `count` says, if that is `wanted`.
macro_rules! total {
    ($session:expr, $wanted:expr, $count:expr) => {
        if $wanted {
            value!($session, $count).map(|count: i64| Some(count.unsigned_abs()))
        } else {
            Ok(None)
        }
    };
}

/// Carries a statement out: the number of rows that it has changed.
macro_rules! run {
    ($session:expr, $statement:expr) => {
        execute!($session, $statement).await.map_err(|error| $session.fail(error))
    };
}

/// Carries a statement out: the number of rows that it has changed, as ports answer it.
macro_rules! changed {
    ($session:expr, $statement:expr) => {
        run!($session, $statement).map(|rows| u64::try_from(rows).unwrap_or(u64::MAX))
    };
}

/// Deletes up to so many rows of a table whose time, a column with an index, is before another; how
/// many.
macro_rules! delete_first {
    ($session:expr, $table:literal, $time:literal, $before:expr, $limit:expr) => {{
        let statement = diesel::sql_query(first_rows_sql!($table, $time))
            .bind::<crate::types::sql::Ts, _>(crate::types::DbTime($before))
            .bind::<diesel::sql_types::BigInt, _>(i64::from($limit));
        changed!($session, statement)
    }};
}

/// Carries out a statement that changes one row; `Stale` if the row is not (any longer) as the
/// statement expects it.
macro_rules! change {
    ($session:expr, $statement:expr) => {
        match run!($session, $statement) {
            Ok(1) => Ok(()),
            Ok(_) => Err(citizenry_storage::StorageError::Stale),
            Err(error) => Err(error),
        }
    };
}

/// The row of a table that has this identifier in this tenant.
macro_rules! by_id {
    ($table:ident, $tenant:expr, $id:expr) => {
        $table::table
            .filter($table::tenant_id.eq(DbId::from($tenant)))
            .filter($table::id.eq(DbId::from($id)))
    };
}
