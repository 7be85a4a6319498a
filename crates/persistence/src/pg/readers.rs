//! The connections that readers share. Each query is sent without waiting for the answers before
//! it, so one connection carries many readers; there are a few, so that a slow query does not hold
//! up everybody behind it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use citizenry_storage::{Generation, StorageError};
use diesel_async::AsyncPgConnection;
use tokio::sync::Mutex;

use super::{
    Server,
    snapshots::{self, Snapshots},
};

/// By how many readers one connection may be busier than another before a thread leaves it.
const FAIR_SHARE: usize = 8;

/// The readers' connections, opened when first needed.
pub(super) struct Readers {
    server: Server,
    seats: Vec<Seat>,
    snapshots: Snapshots,
    closed: AtomicBool,
}

/// One connection and how many read through it now.
#[derive(Default)]
struct Seat {
    /// Locked while the connection is being opened, so that all who wait share that one.
    connection: Mutex<Option<Arc<AsyncPgConnection>>>,
    readers: AtomicUsize,
    snapshot: snapshots::Shared,
}

/// A reader's hold on a shared connection.
pub(super) struct Shared<'s> {
    seat: &'s Seat,
    connection: Arc<AsyncPgConnection>,
}

impl Readers {
    pub(super) fn new(server: Server) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let seats = (0..cores.clamp(2, 4)).map(|_| Seat::default()).collect();
        Self { server, seats, snapshots: Snapshots::default(), closed: AtomicBool::new(false) }
    }

    /// This thread's connection, unless another has far fewer readers.
    fn choose(&self) -> Option<&Seat> {
        let own = self.seats.get(thread_number() % self.seats.len())?;
        let quietest = self.seats.iter().min_by_key(|seat| seat.count())?;
        Some(if own.count() > quietest.count() + FAIR_SHARE { quietest } else { own })
    }

    pub(super) async fn take(&self) -> Result<Shared<'_>, StorageError> {
        let seat = self.choose().ok_or(StorageError::Busy)?;
        let mut place = seat.connection.lock().await;
        if AtomicBool::load(&self.closed, Ordering::Acquire) {
            return Err(StorageError::Busy);
        }
        let connection = if let Some(open) = &*place {
            Arc::clone(open)
        } else {
            let opened = self.server.connect().await.map_err(|error| {
                tracing::warn!(%error, "no connection to PostgreSQL");
                StorageError::Busy
            })?;
            self.snapshots.reconnected();
            Arc::clone(place.insert(Arc::new(opened)))
        };
        seat.readers.fetch_add(1, Ordering::Relaxed);
        Ok(Shared { seat, connection })
    }

    /// Where the database stands; `None` when it cannot be asked.
    pub(super) async fn generation(&self) -> Option<Generation> {
        let shared = self.take().await.ok()?;
        let question = async || self.snapshots.ask(shared.connection()).await;
        match shared.seat.snapshot.ask(question).await {
            Ok(generation) => generation,
            Err(error) => {
                tracing::debug!(%error, "PostgreSQL did not tell its snapshot");
                shared.forget().await;
                None
            }
        }
    }

    /// Lets go of every connection for good; a reader still at work keeps its own until it is done.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for seat in &self.seats {
            *seat.connection.lock().await = None;
        }
    }
}

impl Seat {
    fn count(&self) -> usize {
        AtomicUsize::load(&self.readers, Ordering::Relaxed)
    }
}

/// Numbers the threads that read, in the order in which they first do. A connection is served by
/// the thread that opened it, so a thread that keeps to one connection wakes no other.
fn thread_number() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = THREADS.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

impl Shared<'_> {
    pub(super) fn connection(&self) -> &AsyncPgConnection {
        &self.connection
    }

    /// Makes the next reader open a new connection instead of this one.
    pub(super) async fn forget(&self) {
        let mut place = self.seat.connection.lock().await;
        if place.as_ref().is_some_and(|open| Arc::ptr_eq(open, &self.connection)) {
            *place = None;
        }
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        self.seat.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
