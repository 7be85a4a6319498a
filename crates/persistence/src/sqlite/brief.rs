//! Connections for reads of a few rows, which run where they are asked for: to hand one to another
//! thread and to be woken by it takes longer than the read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use citizenry_storage::ReadUnit;

use super::{
    Store,
    inline::Conn,
    writer::{Outcome, read},
};

/// The connections, opened when needed; at most one is idle for each core.
pub(super) struct Brief {
    store: Store,
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Conn>,
    closed: bool,
}

impl Brief {
    /// No connection yet.
    pub(super) fn new(store: Store) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { store, most: cores, state: Mutex::default() }
    }

    /// Runs `unit` now; gives it back when there is no connection.
    pub(super) fn run(&self, unit: ReadUnit) -> Result<Outcome, ReadUnit> {
        let Some(mut conn) = self.take() else { return Err(unit) };
        let outcome = read(&mut conn, unit);
        let mut state = self.lock();
        // One that panicked may be in the middle of something.
        if matches!(outcome, Outcome::Finished(_)) && !state.closed && state.idle.len() < self.most
        {
            state.idle.push(conn);
        }
        Ok(outcome)
    }

    /// Closes the connections for good.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        (state.idle, state.closed) = (Vec::new(), true);
    }

    fn take(&self) -> Option<Conn> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        let idle = state.idle.pop();
        drop(state);
        idle.or_else(|| self.store.reader().ok())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
