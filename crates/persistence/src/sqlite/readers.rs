//! The threads that read: started when needed, as many as the machine has cores (at least two),
//! each with a connection of its own, and ended when long idle, so that a quiet server is small.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use citizenry_storage::{ReadUnit, StorageError};

use super::{
    Alive, Store,
    inline::Conn,
    writer::{Answer, LONGEST_QUEUE, Outcome, read},
};

/// How long a thread waits for work before it ends; the last one stays.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// The readers of one database.
pub(super) struct Readers {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    most: usize,
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    queue: VecDeque<(ReadUnit, Answer)>,
    threads: usize,
    idle: usize,
    /// What each thread drops after its connection; gone when the readers are closed.
    alive: Option<Alive>,
}

impl Readers {
    /// No thread yet.
    pub(super) fn new(store: Store, alive: Alive) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let state = State { queue: VecDeque::new(), threads: 0, idle: 0, alive: Some(alive) };
        let (state, arrived) = (Mutex::new(state), Condvar::new());
        Self { shared: Arc::new(Shared { store, most: cores.max(2), state, arrived }) }
    }

    /// Has `unit` run by the next free thread.
    pub(super) fn submit(&self, unit: ReadUnit, answer: Answer) -> Result<(), StorageError> {
        let mut state = self.shared.lock();
        let Some(alive) = state.alive.clone() else { return Err(StorageError::Busy) };
        if state.queue.len() >= LONGEST_QUEUE {
            return Err(StorageError::Busy);
        }
        state.queue.push_back((unit, answer));
        if state.idle < state.queue.len() && state.threads < self.shared.most {
            let shared = Arc::clone(&self.shared);
            let started =
                std::thread::Builder::new().name("sqlite-reader".to_owned()).spawn(move || {
                    shared.work();
                    drop(alive);
                });
            match started {
                Ok(_detached) => state.threads += 1,
                // The threads there are will come to it.
                Err(_none) if state.threads > 0 => {}
                Err(error) => {
                    state.queue.pop_back();
                    return Err(StorageError::backend(error));
                }
            }
        }
        drop(state);
        self.shared.arrived.notify_one();
        Ok(())
    }

    /// Lets the threads end after what is queued.
    pub(super) fn close(&self) {
        self.shared.lock().alive = None;
        self.shared.arrived.notify_all();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut conn = None;
        while let Some((unit, answer)) = self.next() {
            // A caller who has gone needs no answer, and reading changes nothing.
            if answer.is_closed() {
                continue;
            }
            let outcome = match self.connected(&mut conn) {
                Ok(conn) => read(conn, unit),
                Err(error) => Outcome::Finished(Err(error)),
            };
            let _gone = answer.send(outcome);
        }
    }

    fn connected<'c>(&self, conn: &'c mut Option<Conn>) -> Result<&'c mut Conn, StorageError> {
        if conn.is_none() {
            *conn = Some(self.store.reader().map_err(StorageError::backend)?);
        }
        conn.as_mut().ok_or(StorageError::Busy)
    }

    /// The next unit, or `None` when this thread should end.
    fn next(&self) -> Option<(ReadUnit, Answer)> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.alive.is_none() {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let waited = self.arrived.wait_timeout(state, LONGEST_IDLE);
            let (returned, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = returned;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.is_empty() && state.threads > 1 {
                state.threads -= 1;
                return None;
            }
        }
    }
}
