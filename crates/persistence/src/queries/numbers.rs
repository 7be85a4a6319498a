//! The one sequence of numbers of the installation.

use async_trait::async_trait;
use citizenry_identity::Number;
use citizenry_storage::{Result, StorageError, ports::Numbers};
use diesel::{QueryableByName, sql_types::BigInt};

use super::{Session, dialect};

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[async_trait]
impl Numbers for Session<'_> {
    async fn next(&mut self) -> Result<Number> {
        let row: NumberRow = value!(self, diesel::sql_query(dialect::NEXT_NUMBER))?;
        Number::new(row.number)
            .ok_or_else(|| StorageError::inconsistent("numbers", "last", "used up"))
    }
}
