//! What a SQLite database offers to `storage` and to the command line.

use std::{
    panic::resume_unwind,
    sync::mpsc::{SendError, Sender},
};

use async_trait::async_trait;
use citizenry_storage::{Backend, ReadUnit, StorageError, Unit};
use diesel::{SqliteConnection, connection::SimpleConnection as _};
use tokio::sync::{mpsc, oneshot};

use super::{
    Store,
    readers::Readers,
    writer::{self, Job, Outcome, Write},
};

/// One SQLite database.
pub(crate) struct SqliteBackend {
    writer: Sender<Job>,
    /// None for a database in memory: the writer's connection is the only one that sees it.
    readers: Option<Readers>,
    ended: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

impl SqliteBackend {
    /// Starts the writer. Its connection is opened by the first job.
    pub(crate) fn start(store: Store) -> std::io::Result<Self> {
        let (alive, ended) = mpsc::channel(1);
        let readers = match &store {
            Store::File(_) => Some(Readers::new(store.clone(), alive.clone())),
            Store::Memory => None,
        };
        let writer = writer::start(store, alive)?;
        Ok(Self { writer, readers, ended: tokio::sync::Mutex::new(ended) })
    }

    /// Runs `work` on the writer's connection, between two groups.
    pub(crate) async fn direct<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> R + Send + 'static,
    ) -> Result<R, StorageError> {
        let (answer, outcome) = oneshot::channel();
        self.submit(Job::Direct(Box::new(move |connection| {
            let _gone = answer.send(work(connection));
        })))?;
        outcome.await.map_err(|_dropped| StorageError::backend("no connection to the database"))
    }

    /// Runs one statement on the writer's connection.
    pub(crate) async fn ping(&self) -> Result<(), StorageError> {
        let answered = self.direct(|connection| connection.batch_execute("SELECT 1")).await?;
        answered.map_err(StorageError::backend)
    }

    /// Serves what is queued, closes every connection, and answers when that is done. Afterwards
    /// everything is answered `Busy`.
    pub(crate) async fn close(&self) {
        let _stopped_already = self.writer.send(Job::Stop);
        if let Some(readers) = &self.readers {
            readers.close();
        }
        // Nothing is ever sent: this waits until the last thread has let go.
        while self.ended.lock().await.recv().await.is_some() {}
    }

    fn submit(&self, job: Job) -> Result<(), StorageError> {
        self.writer.send(job).map_err(|SendError(_job)| StorageError::Busy)
    }
}

async fn result(outcome: oneshot::Receiver<Outcome>) -> Result<(), StorageError> {
    match outcome.await {
        Ok(Outcome::Finished(result)) => result,
        Ok(Outcome::Panicked(payload)) => resume_unwind(payload),
        Err(_dropped) => Err(StorageError::Busy),
    }
}

#[async_trait]
impl Backend for SqliteBackend {
    async fn transact(&self, unit: Unit) -> Result<(), StorageError> {
        let (answer, outcome) = oneshot::channel();
        self.submit(Job::Write(Write { unit, answer }))?;
        result(outcome).await
    }

    async fn read(&self, unit: ReadUnit) -> Result<(), StorageError> {
        let (answer, outcome) = oneshot::channel();
        match &self.readers {
            Some(readers) => readers.submit(unit, answer)?,
            None => self.submit(Job::Read(unit, answer))?,
        }
        result(outcome).await
    }
}
