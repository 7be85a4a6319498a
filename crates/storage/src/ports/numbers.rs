use async_trait::async_trait;
use citizenry_identity::Number;

use crate::Result;

/// The installation's sequence of numbers.
#[async_trait]
pub trait Numbers: Send {
    /// The next number; never given twice, also when the unit is undone on PostgreSQL.
    async fn next(&mut self) -> Result<Number>;
    /// The first of `count` further numbers that follow each other; `count` is 1 to 10,000.
    async fn reserve(&mut self, count: u32) -> Result<Number>;
}
