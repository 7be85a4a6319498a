//! Nested units: savepoints by SQL text, the same on both databases.

use async_trait::async_trait;
use citizenry_storage::{Savepoints, StorageError};

use super::Session;
use crate::marks::WENT_ON;

impl Session<'_> {
    async fn run(&mut self, sql: &str) -> Result<(), StorageError> {
        batch!(self, sql).await.map_err(|error| self.fail(error))
    }

    /// Undoes the innermost nested unit. Its marks go with it, unless that fails: then the whole
    /// unit is lost.
    async fn undo(&mut self) -> Result<(), StorageError> {
        let depth = self.marks.depth();
        self.marks.leave();
        self.run(&format!("ROLLBACK TO SAVEPOINT nested_{depth}; RELEASE SAVEPOINT nested_{depth}"))
            .await
    }
}

#[async_trait]
impl Savepoints for Session<'_> {
    async fn begin_nested(&mut self) -> Result<(), StorageError> {
        let depth = self.marks.depth() + 1;
        self.run(&format!("SAVEPOINT nested_{depth}")).await?;
        self.marks.enter();
        Ok(())
    }

    async fn commit_nested(&mut self) -> Result<(), StorageError> {
        if self.marks.failed_here() {
            self.undo().await?;
            return Err(StorageError::backend(WENT_ON));
        }
        let depth = self.marks.depth();
        self.marks.leave();
        self.run(&format!("RELEASE SAVEPOINT nested_{depth}")).await
    }

    async fn rollback_nested(&mut self) -> Result<(), StorageError> {
        self.undo().await
    }
}
