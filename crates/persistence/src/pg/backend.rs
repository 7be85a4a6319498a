//! What a PostgreSQL database offers to `storage` and to the command line.

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use async_trait::async_trait;
use citizenry_storage::{Backend, Generation, ReadUnit, StorageError, Unit, Verdict};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection as _,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{BuildError, Object, Pool, PoolError},
    },
};
use futures_util::FutureExt as _;
use tokio::sync::RwLock;

use super::{Failure, Server, Session, readers::Readers, translate};
use crate::marks::Cause;

/// How often a unit that loses races is tried before its caller is told `Busy`.
const ATTEMPTS: u32 = 8;
/// How often a unit is tried again on a fresh connection.
const RECONNECTS: u32 = 2;
/// How long a caller waits for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// One PostgreSQL database.
pub(crate) struct PgBackend {
    server: Server,
    pool: Pool<AsyncPgConnection>,
    readers: Readers,
    /// Read by every unit while it runs, so that closing can wait for the last.
    running: Arc<RwLock<()>>,
}

/// How one attempt at a unit ended.
enum Attempt {
    /// Its verdict was carried out, or it is refused for good.
    Finished(Result<(), StorageError>),
    /// Nothing is kept, and another attempt may succeed.
    Again(Cause),
}

impl PgBackend {
    /// A pool of at most `pool_size` connections, none opened yet.
    pub(crate) fn new(server: Server, pool_size: usize) -> Result<Self, BuildError> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let connecting = server.clone();
        config.custom_setup = Box::new(move |_url| {
            let server = connecting.clone();
            async move { server.connect().await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        let pool = Pool::builder(manager)
            .max_size(pool_size.max(1))
            .runtime(deadpool::Runtime::Tokio1)
            .wait_timeout(Some(LONGEST_WAIT))
            .create_timeout(Some(LONGEST_WAIT * 4))
            .build()?;
        let readers = Readers::new(server.clone());
        Ok(Self { server, pool, readers, running: Arc::default() })
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Runs one statement through a reader's connection.
    pub(crate) async fn ping(&self) -> Result<(), StorageError> {
        for _ in 0..=1 {
            let shared = self.readers.take().await?;
            match (&mut shared.connection()).batch_execute("SELECT 1").await {
                Ok(()) => return Ok(()),
                Err(_broken) => shared.forget().await,
            }
        }
        Err(StorageError::Busy)
    }

    /// Closes the pool, waits for the units that run, and answers everything else `Busy`.
    pub(crate) async fn close(&self) {
        self.pool.close();
        drop(self.running.write().await);
        self.readers.close().await;
    }

    async fn checkout(&self) -> Result<Object<AsyncPgConnection>, StorageError> {
        self.pool.get().await.map_err(|error| {
            match error {
                PoolError::Backend(error) => tracing::warn!(%error, "no connection to PostgreSQL"),
                other => tracing::warn!(error = %other, "no free connection to PostgreSQL"),
            }
            StorageError::Busy
        })
    }
}

#[async_trait]
impl Backend for PgBackend {
    async fn transact(&self, mut unit: Unit) -> Result<(), StorageError> {
        let mut reconnects = 0;
        for attempt in 0..ATTEMPTS {
            // Waiting for a connection goes with the caller; what follows does not.
            let connection = self.checkout().await?;
            let running = Arc::clone(&self.running).read_owned().await;
            let task = tokio::spawn(async move {
                let _running = running;
                let attempt = run(connection, &mut unit).await;
                (unit, attempt)
            });
            let ended = match task.await {
                Ok((returned, ended)) => {
                    unit = returned;
                    ended
                }
                Err(error) => match error.try_into_panic() {
                    Ok(payload) => resume_unwind(payload),
                    // The runtime is shutting down.
                    Err(_cancelled) => return Err(StorageError::Busy),
                },
            };
            match ended {
                Attempt::Finished(result) => return result,
                Attempt::Again(Cause::Lost) if reconnects == RECONNECTS => break,
                Attempt::Again(Cause::Lost) => {
                    // The other idle connections most likely lead to the same place.
                    reconnects += 1;
                    self.pool.retain(|_, _| false);
                }
                Attempt::Again(Cause::Race) => {
                    // Whoever lost together must not meet again at once.
                    tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
                }
            }
        }
        Err(StorageError::Busy)
    }

    async fn read(&self, mut unit: ReadUnit) -> Result<(), StorageError> {
        for _ in 0..=1 {
            let shared = self.readers.take().await?;
            let mut session = Session::new(shared.connection());
            unit(&mut session).await;
            if session.marks.cause() != Some(Cause::Lost) {
                return Ok(());
            }
            shared.forget().await;
        }
        // The second attempt's own error stands in its result.
        Ok(())
    }

    async fn generation(&self) -> Option<Generation> {
        self.readers.generation().await
    }
}

/// A connection out of the pool. Unless it is given back it is closed: the pool would take a
/// connection with an open transaction and keep its locks until the next use.
struct Borrowed(Option<Object<AsyncPgConnection>>);

impl Borrowed {
    fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

/// One attempt at a unit, from BEGIN to its end.
async fn run(connection: Object<AsyncPgConnection>, unit: &mut Unit) -> Attempt {
    let borrowed = Borrowed(Some(connection));
    let Some(object) = &borrowed.0 else { return Attempt::Again(Cause::Lost) };
    let conn: &AsyncPgConnection = object;
    if let Err(error) = execute(conn, "BEGIN").await {
        return match Failure::of(&error) {
            Failure::Lost => Attempt::Again(Cause::Lost),
            failure => Attempt::Finished(Err(translate(failure, error))),
        };
    }
    let mut session = Session::new(conn);
    let verdict = unit(&mut session).await;
    let marks = session.marks;
    if let Some(Cause::Lost) = marks.cause() {
        return Attempt::Again(Cause::Lost);
    }
    if verdict == Verdict::Commit && marks.refusal().is_none() {
        return match execute(conn, "COMMIT").await {
            Ok(()) => {
                borrowed.give_back();
                Attempt::Finished(Ok(()))
            }
            Err(error) => match Failure::of(&error) {
                // A failed COMMIT has ended the transaction.
                Failure::Race => {
                    borrowed.give_back();
                    Attempt::Again(Cause::Race)
                }
                // Whether the commit was carried out cannot be known: it must not be repeated.
                failure => Attempt::Finished(Err(translate(failure, error))),
            },
        };
    }
    // A transaction that cannot even be rolled back goes with its connection.
    if execute(conn, "ROLLBACK").await.is_ok() {
        borrowed.give_back();
    }
    match (marks.cause(), verdict, marks.refusal()) {
        (Some(cause), ..) => Attempt::Again(cause),
        (None, Verdict::Commit, Some(reason)) => {
            Attempt::Finished(Err(StorageError::backend(reason)))
        }
        _ => Attempt::Finished(Ok(())),
    }
}

async fn execute(mut conn: &AsyncPgConnection, sql: &str) -> diesel::QueryResult<()> {
    (&mut conn).batch_execute(sql).await
}
