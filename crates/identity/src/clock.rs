//! Time: a point in it, and where it is read from.

use std::fmt;

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A point in time, UTC, to the microsecond: the precision that both databases keep, so that what
/// is read back equals what was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// `at`, moved to UTC and cut to the microsecond.
    pub fn new(at: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        Self(at.replace_microsecond(at.microsecond()).unwrap_or(at))
    }

    /// The point `micros` microseconds after 1970-01-01T00:00:00Z, if the calendar reaches it.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok().map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn unix_micros(self) -> i64 {
        // Every date that `time` holds fits: years -9999 to 9999 are below 2^63 microseconds.
        i64::try_from(self.0.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as JSON web tokens count.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The same point as a date and time in UTC.
    pub fn date_time(self) -> OffsetDateTime {
        self.0
    }

    /// This point and `duration` more (or less, when negative); the last day of the calendar ends it.
    #[must_use]
    pub fn plus(self, duration: time::Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl Timestamp {
    /// This point and `seconds` more (or less, when negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus(time::Duration::seconds(seconds))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_unprintable| fmt::Error)?)
    }
}

/// Where the present is read from. The binary hands in [`SystemClock`], tests a frozen one.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::new(OffsetDateTime::now_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_keeps_microseconds_and_drops_the_rest() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_647_041_624_123_456_789).unwrap();
        let stamp = Timestamp::new(at);
        assert_eq!(stamp.unix_micros(), 1_647_041_624_123_456);
        assert_eq!(Timestamp::from_unix_micros(stamp.unix_micros()), Some(stamp));
    }
}
