//! Whether an identifier is among some.

use std::fmt::Write as _;

use diesel::{
    AppearsOnTable, Expression, QueryResult,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Array, Bool, Text},
    sqlite::Sqlite,
};

use crate::types::{DbId, sql};

/// `column = ANY (ids)`: one parameter, however many identifiers there are, so that the statement
/// has one text and is kept prepared on SQLite too.
#[derive(Debug, Clone, QueryId)]
pub(crate) struct Among<C> {
    column: C,
    ids: Ids,
}

/// Identifiers as one parameter. SQLite reads them from a JSON array of hexadecimal numbers.
#[derive(Debug, Clone)]
struct Ids(Vec<DbId>);

/// Whether `column` is one of `ids`.
pub(crate) fn among<C>(column: C, ids: Vec<DbId>) -> Among<C> {
    Among { column, ids: Ids(ids) }
}

impl ToSql<Text, Sqlite> for Ids {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let mut json = String::with_capacity(35 * self.0.len() + 2);
        json.push('[');
        for (position, id) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "," };
            write!(json, "{separator}\"{:032x}\"", id.0.0)?;
        }
        json.push(']');
        out.set_value(json);
        Ok(IsNull::No)
    }
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Among<C> {}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for Among<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY (");
        out.push_bind_param::<Array<sql::Id>, _>(&self.ids.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT unhex(value) FROM json_each(");
        out.push_bind_param::<Text, _>(&self.ids)?;
        out.push_sql("))");
        Ok(())
    }
}
