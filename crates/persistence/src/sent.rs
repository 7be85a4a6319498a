//! How many statements are sent.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

static SENT: AtomicU64 = AtomicU64::new(0);

/// Counts the statements that this process sends to its databases, all together: for tests that a
/// list takes as many statements for one item as for many. Nothing counts unless it is asked to.
#[derive(Debug)]
pub struct SentStatements(());

struct Counting;

impl Instrumentation for Counting {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            SENT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl SentStatements {
    /// Counts what goes through the connections that are opened from now on. `None` when the driver
    /// cannot be watched.
    pub fn count() -> Option<Self> {
        set_default_instrumentation(|| Some(Box::new(Counting))).ok()?;
        Some(Self(()))
    }

    /// How many there have been since the first was counted.
    pub fn so_far(&self) -> u64 {
        SENT.load(Ordering::Relaxed)
    }
}
