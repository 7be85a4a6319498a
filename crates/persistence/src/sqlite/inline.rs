//! A connection whose statements are carried out where they are asked for.
//!
//! The threads of this module are there for nothing else, so a statement needs no other thread to
//! run on, and neither its text nor its values have to be moved to one: a query that is prepared
//! already is found by its type.

use std::future::{Future, Ready, ready};

use diesel::{
    QueryResult, SqliteConnection,
    connection::{Connection as _, LoadConnection, SimpleConnection as _},
    query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId},
    row::IntoOwnedRow,
    sql_types::Untyped,
    sqlite::Sqlite,
};
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use futures_util::stream::{self, Iter};

/// A connection on one of the threads. Every future of it is ready at its first poll.
pub(crate) struct Conn(SqliteConnection);

impl Conn {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(connection)
    }

    /// The connection itself.
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

/// A row with its values copied: SQLite's own are gone with the next one.
type OwnedRow = <<SqliteConnection as LoadConnection>::Row<'static, 'static> as IntoOwnedRow<
    'static,
    Sqlite,
>>::OwnedRow;

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

impl SimpleAsyncConnection for Conn {
    fn batch_execute(&mut self, query: &str) -> impl Future<Output = QueryResult<()>> + Send {
        ready(self.0.batch_execute(query))
    }
}

impl AsyncConnectionCore for Conn {
    type ExecuteFuture<'conn, 'query> = Ready<QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = Ready<QueryResult<Self::Stream<'conn, 'query>>>;
    type Stream<'conn, 'query> = Iter<std::vec::IntoIter<QueryResult<OwnedRow>>>;
    type Row<'conn, 'query> = OwnedRow;
    type Backend = Sqlite;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Sqlite> + QueryId + 'query,
    {
        ready(self.rows(WithoutTypes(source.as_query())).map(stream::iter))
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Sqlite> + QueryId + 'query,
    {
        ready(self.0.execute_returning_count(&source))
    }
}

impl Conn {
    fn rows<Q>(&mut self, query: WithoutTypes<Q>) -> QueryResult<Vec<QueryResult<OwnedRow>>>
    where
        Q: QueryFragment<Sqlite> + QueryId,
    {
        let mut names = Option::default();
        let mut rows = Vec::new();
        for row in LoadConnection::load(&mut self.0, query)? {
            rows.push(Ok(row?.into_owned(&mut names)));
        }
        Ok(rows)
    }
}
