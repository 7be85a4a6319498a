//! A unit of work: one closure that is carried out as a whole or not at all.
//!
//! A use case hands [`Storage::transact`] an async closure. The adapter gives it a [`Tx`], commits
//! when it answers `Ok`, undoes everything when it answers `Err`, and may run it again (a lost
//! race, a broken group), so a unit:
//!
//! * owns what it captures and is `Clone` (write `async move |tx| …`);
//! * takes the time before it begins;
//! * changes nothing but `tx` and awaits nothing but `tx`.
//!
//! Once begun it runs to its end, even if the caller has gone; one not yet begun goes with its
//! caller. Any failed statement fails the unit; only a nested unit (`tx.nested(…)`, a savepoint)
//! can fail and let the rest go on.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{Generation, Read, StorageError, Tx};

/// An async closure over `&mut T` whose future is `Send`, spelled on stable Rust. Implemented for
/// every such closure; nobody writes an implementation.
pub trait Work<'t, T: ?Sized + 't, O>:
    AsyncFnOnce(&'t mut T) -> O + FnOnce(&'t mut T) -> <Self as Work<'t, T, O>>::Fut
{
    /// The closure's future.
    type Fut: Future<Output = O> + Send;
}

impl<'t, T, O, F, Fut> Work<'t, T, O> for F
where
    T: ?Sized + 't,
    F: AsyncFnOnce(&'t mut T) -> O + FnOnce(&'t mut T) -> Fut,
    Fut: Future<Output = O> + Send,
{
    type Fut = Fut;
}

/// What a unit wants done with its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keep them, all.
    Commit,
    /// Undo them, all.
    Rollback,
}

/// A unit of work as an adapter sees it. It can be run again: each run is a fresh attempt.
pub type Unit = Box<dyn for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Verdict> + Send>;

/// A reading unit as an adapter sees it. It can be run again.
pub type ReadUnit = Box<dyn for<'t> FnMut(&'t mut dyn Read) -> BoxFuture<'t, ()> + Send>;

/// What an adapter implements besides the ports.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Runs `unit` in one transaction. `Ok` means that its verdict has been carried out, and that a
    /// commit is durable; `Err` that nothing is kept, whatever the verdict was.
    async fn transact(&self, unit: Unit) -> Result<(), StorageError>;

    /// Runs `unit` outside of any transaction. `Ok` means that it ran to its end.
    async fn read(&self, unit: ReadUnit) -> Result<(), StorageError>;

    /// The same for a unit that reads a few rows by their keys, which may run where it is called.
    async fn read_few(&self, unit: ReadUnit) -> Result<(), StorageError> {
        self.read(unit).await
    }

    /// Where the database stands, if that can be told for less than what is remembered by it saves:
    /// see [`Storage::generation`].
    async fn generation(&self) -> Option<Generation> {
        None
    }
}

/// Savepoints inside a transaction. Adapters implement it; use cases call `tx.nested(…)`.
#[async_trait]
pub trait Savepoints: Send {
    /// Begins a nested unit.
    async fn begin_nested(&mut self) -> Result<(), StorageError>;
    /// Ends the innermost nested unit and makes its changes part of the one around it. Refused,
    /// and undone, if a statement in it failed.
    async fn commit_nested(&mut self) -> Result<(), StorageError>;
    /// Undoes the innermost nested unit and forgets its failed statements.
    async fn rollback_nested(&mut self) -> Result<(), StorageError>;
}

/// The stored directory. Cheap to clone; the binary makes one and hands it to every service.
#[derive(Clone)]
pub struct Storage {
    backend: Arc<dyn Backend>,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Storage")
    }
}

/// Where an attempt leaves its result: the last attempt's is the one that counts.
type Slot<R, E> = Arc<Mutex<Option<Result<R, E>>>>;

fn put<R, E>(slot: &Slot<R, E>, result: Result<R, E>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
}

fn take<R, E: From<StorageError>>(slot: &Slot<R, E>) -> Result<R, E> {
    let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.unwrap_or_else(|| Err(StorageError::backend("the unit of work never ran").into()))
}

impl Storage {
    /// A storage on `backend`.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Where the database stands: what was read in one generation is what would be read now, as
    /// long as it is the same. The answer is not older than the question: a commit that anybody was
    /// told of before, by this server or another one, has moved it. `None` when it cannot be told.
    pub async fn generation(&self) -> Option<Generation> {
        self.backend.generation().await
    }

    /// Runs `unit` in one transaction and answers when its commit is durable.
    ///
    /// # Errors
    ///
    /// What the unit answers, after everything was undone; [`StorageError::Busy`] when the database
    /// cannot be had or every race was lost; [`StorageError::Conflict`] from a constraint that is
    /// checked at the end; [`StorageError::Backend`] when the unit went on after a failed statement
    /// or awaited something else, or the database failed.
    pub fn transact<R, E, F>(
        &self,
        unit: F,
    ) -> impl Future<Output = Result<R, E>> + Send + use<R, E, F>
    where
        F: AsyncFnOnce(&mut dyn Tx) -> Result<R, E>
            + for<'t> Work<'t, dyn Tx + 't, Result<R, E>>
            + Clone
            + Send
            + 'static,
        R: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        let slot: Slot<R, E> = Arc::default();
        let results = Arc::clone(&slot);
        let erased: Unit = Box::new(move |tx| {
            let (attempt, results) = (unit.clone(), Arc::clone(&results));
            async move {
                let result = attempt(tx).await;
                let verdict = if result.is_ok() { Verdict::Commit } else { Verdict::Rollback };
                put(&results, result);
                verdict
            }
            .boxed()
        });
        async move {
            backend.transact(erased).await?;
            take(&slot)
        }
    }

    /// Runs `unit` without a transaction. Its ports have no writing methods.
    ///
    /// # Errors
    ///
    /// What the unit answers; [`StorageError::Busy`] when the database cannot be had.
    pub fn read<R, E, F>(&self, unit: F) -> impl Future<Output = Result<R, E>> + Send + use<R, E, F>
    where
        F: AsyncFnOnce(&mut dyn Read) -> Result<R, E>
            + for<'t> Work<'t, dyn Read + 't, Result<R, E>>
            + Clone
            + Send
            + 'static,
        R: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        let (erased, slot) = reading(unit);
        async move {
            backend.read(erased).await?;
            take(&slot)
        }
    }

    /// The same for a unit that reads a few rows by their keys. It may run on the thread that asks,
    /// which serves nobody else meanwhile: what walks a list or searches is for [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub fn read_few<R, E, F>(
        &self,
        unit: F,
    ) -> impl Future<Output = Result<R, E>> + Send + use<R, E, F>
    where
        F: AsyncFnOnce(&mut dyn Read) -> Result<R, E>
            + for<'t> Work<'t, dyn Read + 't, Result<R, E>>
            + Clone
            + Send
            + 'static,
        R: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        let (erased, slot) = reading(unit);
        async move {
            backend.read_few(erased).await?;
            take(&slot)
        }
    }
}

/// A unit as an adapter runs it, and where it leaves its result.
fn reading<R, E, F>(unit: F) -> (ReadUnit, Slot<R, E>)
where
    F: AsyncFnOnce(&mut dyn Read) -> Result<R, E>
        + for<'t> Work<'t, dyn Read + 't, Result<R, E>>
        + Clone
        + Send
        + 'static,
    R: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    let slot: Slot<R, E> = Arc::default();
    let results = Arc::clone(&slot);
    let erased: ReadUnit = Box::new(move |ports| {
        let (attempt, results) = (unit.clone(), Arc::clone(&results));
        async move { put(&results, attempt(ports).await) }.boxed()
    });
    (erased, slot)
}

impl<'d> dyn Tx + 'd {
    /// Runs `unit` in a savepoint: if it answers `Err`, its changes are undone and the transaction
    /// around it can go on. The only way to go on after a failed statement. What it captures may be
    /// borrowed.
    ///
    /// # Errors
    ///
    /// What the unit answers, after its changes were undone; [`StorageError::Backend`] when it went
    /// on after a failed statement.
    #[expect(
        clippy::manual_async_fn,
        reason = "as `async fn`, the unit around it would not be general over its lifetime"
    )]
    pub fn nested<'s, R, E, F>(
        &'s mut self,
        unit: F,
    ) -> impl Future<Output = Result<R, E>> + Send + use<'s, 'd, R, E, F>
    where
        F: AsyncFnOnce(&mut dyn Tx) -> Result<R, E>
            + for<'t> Work<'t, dyn Tx + 't, Result<R, E>>
            + Send,
        R: Send,
        E: From<StorageError> + Send,
    {
        async move {
            self.begin_nested().await?;
            let result = unit(&mut *self).await;
            if result.is_ok() {
                self.commit_nested().await?;
            } else {
                self.rollback_nested().await?;
            }
            result
        }
    }
}
