use async_trait::async_trait;
use citizenry_identity::Number;

use crate::Result;

/// The installation's sequence of numbers.
#[async_trait]
pub trait Numbers: Send {
    /// The next number; never given twice, also when the unit is undone on PostgreSQL.
    async fn next(&mut self) -> Result<Number>;
}
