//! A clock that stands still.

use std::sync::{Mutex, PoisonError};

use citizenry_identity::{Clock, Timestamp};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct FrozenClock(Mutex<Timestamp>);

impl FrozenClock {
    /// A clock that shows `time` (RFC 3339).
    ///
    /// # Panics
    ///
    /// When `time` is no time.
    pub fn at(time: &str) -> Self {
        let time = OffsetDateTime::parse(time, &Rfc3339).expect("a time in RFC 3339");
        Self(Mutex::new(Timestamp::new(time)))
    }

    /// Moves the clock by `duration`, also back.
    pub fn advance(&self, duration: time::Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus(duration);
    }

    /// Sets the clock to `time`.
    pub fn set(&self, time: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }
}

impl Default for FrozenClock {
    /// 2026-03-12T08:30:00Z, a Thursday.
    fn default() -> Self {
        Self::at("2026-03-12T08:30:00Z")
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
