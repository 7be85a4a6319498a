//! A signal that comes while a benchmark works: its server is ended, and what it has made removed.

use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::failure::{Exit, Failure};
use crate::signals::{StopSignal, StopSignals};

/// A process that the benchmark and a signal may end.
pub(super) type SharedChild = Arc<Mutex<Child>>;

/// Whether a signal has come.
#[derive(Clone, Default)]
pub(super) struct Interruption(Arc<State>);

#[derive(Default)]
struct State {
    signal: OnceLock<StopSignal>,
    server: Mutex<Option<SharedChild>>,
}

impl Interruption {
    /// Catches signals from now on. The first ends the server, so that nobody waits for an answer
    /// any more; the rest is tidied up by who [looks](Self::check). A second one ends the program
    /// where it stands.
    pub(super) fn watch() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Failed, error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(failed)?;
        let signals = {
            let _inside = runtime.enter();
            StopSignals::catch()?
        };
        let interruption = Self::default();
        let obeying = interruption.clone().obey(signals);
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(obeying)).map_err(failed)?;
        Ok(interruption)
    }

    async fn obey(self, mut signals: StopSignals) {
        self.came(signals.next().await);
        let again = signals.next().await;
        std::process::exit(again.exit() as i32);
    }

    fn came(&self, signal: StopSignal) {
        // Nobody else sets it.
        let _first = self.0.signal.set(signal);
        if let Some(server) = &*held(&self.0.server) {
            end(server);
        }
    }

    /// Fails once a signal has come.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.0.signal.get() {
            None => Ok(()),
            Some(signal) => {
                Err(Failure::new(signal.exit(), format!("given up at {}", signal.name())))
            }
        }
    }

    /// Has a signal end this server: the next, or one that has come.
    pub(super) fn will_end(&self, server: &SharedChild) {
        *held(&self.0.server) = Some(Arc::clone(server));
        if self.0.signal.get().is_some() {
            end(server);
        }
    }
}

/// Ends a process and waits until it is gone.
pub(super) fn end(child: &SharedChild) {
    let mut child = held(child);
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
