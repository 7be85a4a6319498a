//! The one sequence of numbers of the installation.

use async_trait::async_trait;
use citizenry_identity::Number;
use citizenry_storage::{Result, StorageError, ports::Numbers};
use diesel::{
    QueryResult, QueryableByName,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
};

use super::{Session, dialect};

/// Draws the next number: for every user who is made, so it is kept prepared. Where the database
/// takes another statement for it, [`Advance`] comes before.
#[derive(QueryId)]
struct NextNumber;

impl Query for NextNumber {
    type SqlType = BigInt;
}

impl QueryFragment<dialect::Db> for NextNumber {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, dialect::Db>) -> QueryResult<()> {
        out.push_sql(dialect::NEXT_NUMBER);
        Ok(())
    }
}

/// Moves to the next number.
#[derive(QueryId)]
struct Advance(&'static str);

impl QueryFragment<dialect::Db> for Advance {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, dialect::Db>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

/// How often numbers are drawn anew that others have drawn in between.
const MOST_DRAWS: u32 = 32;

#[derive(QueryableByName)]
struct RangeRow {
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

fn number(value: i64) -> Result<Number> {
    Number::new(value).ok_or_else(|| StorageError::inconsistent("numbers", "last", "used up"))
}

#[async_trait]
impl Numbers for Session<'_> {
    async fn next(&mut self) -> Result<Number> {
        if let Some(statement) = dialect::ADVANCE {
            run!(self, Advance(statement))?;
        }
        let drawn: i64 = value!(self, NextNumber)?;
        number(drawn)
    }

    async fn reserve(&mut self, count: u32) -> Result<Number> {
        let count = i64::from(count.clamp(1, 10_000));
        // PostgreSQL's sequence is drawn from without a lock, so somebody else's number may lie
        // among them; those that were drawn are then left out.
        for _ in 0..MOST_DRAWS {
            let drawn = diesel::sql_query(dialect::NEXT_NUMBERS).bind::<BigInt, _>(count);
            let row: RangeRow = value!(self, drawn)?;
            if row.last - row.first + 1 == count {
                number(row.last)?;
                return number(row.first);
            }
        }
        Err(StorageError::Busy)
    }
}
