//! What a SQLite database offers to `storage` and to the command line.

use std::{
    panic::resume_unwind,
    sync::mpsc::{SyncSender, TrySendError},
};

use async_trait::async_trait;
use citizenry_storage::{Backend, Generation, ReadUnit, StorageError, Unit};
use diesel::{SqliteConnection, connection::SimpleConnection as _};
use tokio::sync::{mpsc, oneshot};

use super::{
    Store,
    brief::Brief,
    readers::Readers,
    watcher::Watcher,
    writer::{self, Job, Outcome, Write},
};

/// One SQLite database.
pub(crate) struct SqliteBackend {
    writer: SyncSender<Job>,
    /// None for a database in memory: the writer's connection is the only one that sees it.
    readers: Option<Readers>,
    /// None for a database in memory, for the same reason.
    brief: Option<Brief>,
    /// None for a database in memory, for the same reason.
    watcher: Option<Watcher>,
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
        let watcher = match &store {
            Store::File(_) => Some(Watcher::new(store.clone())),
            Store::Memory => None,
        };
        let brief = match &store {
            Store::File(_) => Some(Brief::new(store.clone())),
            Store::Memory => None,
        };
        let writer = writer::start(store, alive)?;
        Ok(Self { writer, readers, brief, watcher, ended: tokio::sync::Mutex::new(ended) })
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
        // A full queue has room again as soon as the writer has taken its next group.
        while let Err(TrySendError::Full(_stop)) = self.writer.try_send(Job::Stop) {
            tokio::task::yield_now().await;
        }
        if let Some(readers) = &self.readers {
            readers.close();
        }
        if let Some(brief) = &self.brief {
            brief.close();
        }
        if let Some(watcher) = &self.watcher {
            watcher.close();
        }
        // Nothing is ever sent: this waits until the last thread has let go.
        while self.ended.lock().await.recv().await.is_some() {}
    }

    fn submit(&self, job: Job) -> Result<(), StorageError> {
        self.writer.try_send(job).map_err(|_full_or_ended| StorageError::Busy)
    }
}

async fn result(outcome: oneshot::Receiver<Outcome>) -> Result<(), StorageError> {
    match outcome.await {
        Ok(outcome) => outcome.result(),
        Err(_dropped) => Err(StorageError::Busy),
    }
}

impl Outcome {
    /// The result; goes on panicking.
    fn result(self) -> Result<(), StorageError> {
        match self {
            Self::Finished(result) => result,
            Self::Panicked(payload) => resume_unwind(payload),
        }
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

    async fn read_few(&self, unit: ReadUnit) -> Result<(), StorageError> {
        let Some(brief) = &self.brief else { return self.read(unit).await };
        match brief.run(unit) {
            Ok(outcome) => outcome.result(),
            Err(unit) => self.read(unit).await,
        }
    }

    async fn generation(&self) -> Option<Generation> {
        self.watcher.as_ref().and_then(Watcher::generation)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::channel,
    };

    use citizenry_identity::{Error, Id as _, Tenant, TenantId, TenantName, Timestamp};
    use citizenry_storage::Storage;
    use diesel::{QueryDsl as _, RunQueryDsl as _, connection::SimpleConnection as _};
    use futures_util::future::{join, join_all};

    use super::*;
    use crate::migrations;

    async fn create(storage: &Storage, n: u16, description: Option<String>) -> Result<(), Error> {
        storage
            .transact(async move |tx| {
                let number = tx.numbers().next().await?;
                let id = TenantId::from_ulid(ulid::Ulid::from_parts(1, u128::from(n)));
                let now = Timestamp::from_unix_micros(0).unwrap();
                let name = TenantName::parse(&format!("tenant-{n}"))?;
                let mut tenant = Tenant::new(id, number, name, now);
                tenant.settings.description = description.clone();
                tx.tenants().insert(&tenant).await?;
                Ok(())
            })
            .await
    }

    async fn count(backend: &SqliteBackend) -> i64 {
        let counted = backend.direct(|connection| {
            crate::schema::tenants::table.count().get_result::<i64>(connection)
        });
        counted.await.unwrap().unwrap()
    }

    /// Sixty units share a group, six of which fill the disk (here: the file's page limit): SQLite
    /// then ends the whole group.
    #[tokio::test]
    async fn a_unit_that_ends_the_group_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::File(folder.path().join("full.sqlite"));
        let backend = Arc::new(SqliteBackend::start(store).unwrap());
        migrations::sqlite::run(&backend).await.unwrap();
        let storage = Storage::new(backend.clone());
        create(&storage, 1000, None).await.unwrap();
        backend
            .direct(|connection| connection.batch_execute("PRAGMA max_page_count = 400"))
            .await
            .unwrap()
            .unwrap();

        // Keeps the writer until all sixty wait, so that they are one group.
        let (release, released) = channel::<()>();
        let holding = backend.direct(move |_connection| released.recv().is_ok());
        let units = join_all((0..60).map(|n| {
            let oversized = (n % 10 == 5).then(|| "x".repeat(3_000_000));
            create(&storage, n, oversized)
        }));
        let waiting = async {
            let sent = async { release.send(()).is_ok() };
            join(units, sent).await.0
        };
        let (held, results) = join(holding, waiting).await;
        assert!(held.unwrap());

        for (n, result) in results.iter().enumerate() {
            if n % 10 == 5 {
                let Err(Error::Internal(source)) = result else { panic!("{n}: {result:?}") };
                assert_eq!(source.to_string(), "database or disk is full");
            } else {
                assert!(result.is_ok(), "{n}: {result:?}");
            }
        }
        assert_eq!(count(&backend).await, 1 + 54, "a row for each who was told so, and no other");
        create(&storage, 2000, None).await.unwrap();
        backend.close().await;
    }

    /// Units of one group, of which some give up: after they have written, or before. Answers how
    /// often the units ran, all together.
    async fn group_of_sixty(
        backend: &Arc<SqliteBackend>,
        first: u16,
        gives_up: fn(u16) -> bool,
        writes_before: bool,
    ) -> u32 {
        let storage = Storage::new(backend.clone());
        let runs = Arc::new(AtomicU32::new(0));
        let (release, released) = channel::<()>();
        let holding = backend.direct(move |_connection| released.recv().is_ok());
        let units = join_all((0..60).map(|n| {
            let runs = runs.clone();
            storage.transact(async move |tx| {
                runs.fetch_add(1, Ordering::Relaxed);
                if gives_up(n) && !writes_before {
                    return Err(Error::invalid("name", "is not wanted"));
                }
                let number = tx.numbers().next().await?;
                let id = TenantId::from_ulid(ulid::Ulid::from_parts(1, u128::from(first + n)));
                let now = Timestamp::from_unix_micros(0).unwrap();
                let name = TenantName::parse(&format!("tenant-{}", first + n))?;
                tx.tenants().insert(&Tenant::new(id, number, name, now)).await?;
                if gives_up(n) {
                    return Err(Error::invalid("name", "is not wanted"));
                }
                Ok(())
            })
        }));
        let sent = async { release.send(()).is_ok() };
        let (held, (results, _)) = join(holding, join(units, sent)).await;
        assert!(held.unwrap());
        for (n, result) in (0..60).zip(results) {
            assert_eq!(result.is_err(), gives_up(n), "{n}: {result:?}");
        }
        runs.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn units_that_give_up_take_nothing_of_their_group_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::File(folder.path().join("group.sqlite"));
        let backend = Arc::new(SqliteBackend::start(store).unwrap());
        migrations::sqlite::run(&backend).await.unwrap();

        let runs = group_of_sixty(&backend, 0, |n| n % 10 == 5, false).await;
        assert_eq!(runs, 60, "nothing has to be undone of one that wrote nothing");
        assert_eq!(count(&backend).await, 54);

        let runs = group_of_sixty(&backend, 100, |n| n % 10 == 5, true).await;
        assert!((61..=120).contains(&runs), "the first that wrote has the group run again: {runs}");
        assert_eq!(count(&backend).await, 108);

        let runs = group_of_sixty(&backend, 200, |n| n % 10 == 5, true).await;
        assert_eq!(runs, 60, "the next groups have savepoints");
        assert_eq!(count(&backend).await, 162);
        backend.close().await;
    }

    /// What a unit writes after SQLite has ended its transaction must not stay either.
    #[tokio::test]
    async fn nothing_is_written_after_the_transaction_ended() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::File(folder.path().join("full.sqlite"));
        let backend = Arc::new(SqliteBackend::start(store).unwrap());
        migrations::sqlite::run(&backend).await.unwrap();
        let storage = Storage::new(backend.clone());
        backend
            .direct(|connection| connection.batch_execute("PRAGMA max_page_count = 400"))
            .await
            .unwrap()
            .unwrap();
        let result = storage
            .transact(async move |tx| {
                let tenant = |n: u16, number, description| {
                    let id = TenantId::from_ulid(ulid::Ulid::from_parts(1, u128::from(n)));
                    let now = Timestamp::from_unix_micros(0).unwrap();
                    let name = TenantName::parse(&format!("tenant-{n}")).unwrap();
                    let mut tenant = Tenant::new(id, number, name, now);
                    tenant.settings.description = description;
                    tenant
                };
                let number = tx.numbers().next().await?;
                tx.tenants().insert(&tenant(1, number, None)).await?;
                let number = tx.numbers().next().await?;
                let large = tenant(2, number, Some("x".repeat(3_000_000)));
                assert!(tx.tenants().insert(&large).await.is_err());
                let number = tx.numbers().next().await?;
                tx.tenants().insert(&tenant(3, number, None)).await?;
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(result, Err(Error::Internal(_))), "{result:?}");
        assert_eq!(count(&backend).await, 0);
        create(&storage, 4, None).await.unwrap();
        assert_eq!(count(&backend).await, 1);
    }

    /// Who comes when the queue is full is told so at once, and the queue is served afterwards.
    #[tokio::test]
    async fn a_full_queue_answers_busy() {
        let backend = Arc::new(SqliteBackend::start(Store::Memory).unwrap());
        migrations::sqlite::run(&backend).await.unwrap();
        let storage = Storage::new(backend.clone());
        let (release, released) = channel::<()>();
        let holding = backend.direct(move |_connection| released.recv().is_ok());
        let many = u16::try_from(writer::LONGEST_QUEUE + 8).unwrap();
        let units = join_all((0..many).map(|n| create(&storage, n, None)));
        let waiting = async {
            let sent = async { release.send(()).is_ok() };
            join(units, sent).await.0
        };
        let (held, results) = join(holding, waiting).await;
        assert!(held.unwrap());
        let busy = results.iter().filter(|it| matches!(it, Err(Error::Unavailable))).count();
        let made = results.iter().filter(|it| it.is_ok()).count();
        // The thread may have taken the first job from the queue before it was held, or not.
        assert!((7..=8).contains(&busy), "{busy}");
        assert_eq!(made + busy, results.len());
        assert_eq!(count(&backend).await, i64::try_from(made).unwrap());
        backend.close().await;
    }
}
