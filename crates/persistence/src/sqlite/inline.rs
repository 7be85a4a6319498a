//! A connection whose statements are carried out where they are asked for.
//!
//! The threads of this module are there for nothing else, so a statement needs no other thread to
//! run on, and neither its text nor its values have to be moved to one: a query that is prepared
//! already is found by its type, and a row is read where SQLite holds it.

use std::future::{Ready, ready};

use diesel::{
    QueryResult, SqliteConnection,
    connection::{Connection as _, LoadConnection, SimpleConnection as _},
    deserialize::FromSqlRow,
    query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId},
    query_dsl::CompatibleType,
    result::Error,
    sql_types::Untyped,
    sqlite::Sqlite,
};

/// A connection on one of the threads. Its answers are futures, as those of PostgreSQL are, and ready.
pub(crate) struct Conn(SqliteConnection);

/// A query of which the types of its columns are not asked: SQLite's rows tell their own.
struct WithoutTypes<Q>(Q);

impl<Q> Query for WithoutTypes<Q> {
    type SqlType = Untyped;
}

impl<Q: QueryId> QueryId for WithoutTypes<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for WithoutTypes<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl Conn {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(connection)
    }

    /// The connection itself.
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    /// All rows that a query finds.
    pub(super) fn load<Q, U, ST>(&mut self, query: Q) -> Ready<QueryResult<Vec<U>>>
    where
        Q: AsQuery,
        Q::Query: QueryFragment<Sqlite> + QueryId,
        Q::SqlType: CompatibleType<U, Sqlite, SqlType = ST>,
        U: FromSqlRow<ST, Sqlite>,
    {
        let query = WithoutTypes(query.as_query());
        ready(self.rows(query, |rows| rows.collect()))
    }

    /// The first row that a query finds; `NotFound` if there is none.
    pub(super) fn first<Q, U, ST>(&mut self, query: Q) -> Ready<QueryResult<U>>
    where
        Q: AsQuery,
        Q::Query: QueryFragment<Sqlite> + QueryId,
        Q::SqlType: CompatibleType<U, Sqlite, SqlType = ST>,
        U: FromSqlRow<ST, Sqlite>,
    {
        let query = WithoutTypes(query.as_query());
        ready(self.rows(query, |rows| rows.next().unwrap_or(Err(Error::NotFound))))
    }

    /// Carries a statement out: the number of rows that it has changed.
    pub(super) fn execute<Q>(&mut self, statement: Q) -> Ready<QueryResult<usize>>
    where
        Q: QueryFragment<Sqlite> + QueryId,
    {
        ready(self.0.execute_returning_count(&statement))
    }

    /// Carries several statements out that have no parameters.
    pub(super) fn batch_execute(&mut self, statements: &str) -> Ready<QueryResult<()>> {
        ready(self.0.batch_execute(statements))
    }

    fn rows<Q, U, ST, T>(
        &mut self,
        query: WithoutTypes<Q>,
        take: impl FnOnce(&mut dyn Iterator<Item = QueryResult<U>>) -> QueryResult<T>,
    ) -> QueryResult<T>
    where
        Q: QueryFragment<Sqlite> + QueryId,
        U: FromSqlRow<ST, Sqlite>,
    {
        let rows = LoadConnection::load(&mut self.0, query)?;
        take(&mut rows.map(|row| U::build_from_row(&row?).map_err(Error::DeserializationError)))
    }
}
