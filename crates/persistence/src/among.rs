//! Whether an identifier is among some.

use diesel::{
    AppearsOnTable, Expression, QueryResult,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, Bool, Text},
    sqlite::Sqlite,
};

use crate::types::{DbId, sql};

/// `column = ANY (ids)`: one parameter, however many identifiers there are, so that the statement
/// has one text and is kept prepared on SQLite too.
#[derive(Debug, Clone)]
pub(crate) struct Among<C> {
    column: C,
    ids: Vec<DbId>,
    /// The same as SQLite reads them: a JSON array of hexadecimal numbers.
    json: String,
}

/// Whether `column` is one of `ids`.
pub(crate) fn among<C>(column: C, ids: Vec<DbId>) -> Among<C> {
    let hexadecimal = ids.iter().map(|id| format!("\"{:032x}\"", id.0.0));
    let json = format!("[{}]", hexadecimal.collect::<Vec<_>>().join(","));
    Among { column, ids, json }
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Among<C> {}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for Among<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryId for Among<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY (");
        out.push_bind_param::<Array<sql::Id>, _>(&self.ids)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT unhex(value) FROM json_each(");
        out.push_bind_param::<Text, _>(&self.json)?;
        out.push_sql("))");
        Ok(())
    }
}
