//! Counters of attempts that failed.

use crate::{TenantId, Timestamp};

/// How often something has failed: a sign-in to one account (whether it exists or not), or any
/// from one address. Kept by the keyed hash of what it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempts {
    /// The tenant.
    pub tenant: TenantId,
    /// The keyed hash of what is counted.
    pub key: [u8; 32],
    /// How often in a row.
    pub count: i32,
    /// When last.
    pub last_at: Timestamp,
    /// Until when further attempts are refused unseen.
    pub blocked_until: Option<Timestamp>,
    /// When the counter is forgotten.
    pub expires_at: Timestamp,
}

/// When a counter of failed attempts is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// So many seconds after the first attempt that it counts: a rate.
    SinceFirst(i64),
    /// So many seconds after the last: failures in a row.
    SinceLast(i64),
}

/// What comes of failed attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptRule {
    /// With how many of them further ones begin to be refused; at least 1.
    pub threshold: u32,
    /// For how long at first, seconds; for twice as long with each further failure.
    pub first_delay: i64,
    /// For how long at most, seconds.
    pub max_delay: i64,
    /// When they are forgotten.
    pub memory: Memory,
}

impl FailedAttempts {
    /// A counter of `tenant` that has counted nothing yet.
    pub fn none(tenant: TenantId, key: [u8; 32], now: Timestamp) -> Self {
        Self { tenant, key, count: 0, last_at: now, blocked_until: None, expires_at: now }
    }

    /// Counts one more. What was forgotten by `now` does not count.
    pub fn fail(&mut self, rule: &AttemptRule, now: Timestamp) {
        if now >= self.expires_at {
            *self = Self::none(self.tenant, self.key, now);
        }
        self.count = self.count.saturating_add(1);
        self.last_at = now;
        let threshold = i32::try_from(rule.threshold.max(1)).unwrap_or(i32::MAX);
        if self.count >= threshold {
            let doublings = (self.count - threshold).min(30);
            let delay = rule.first_delay.saturating_mul(1 << doublings).min(rule.max_delay);
            self.blocked_until = Some(now.plus_seconds(delay));
        }
        let refused = self.blocked_until.unwrap_or(now).max(now);
        self.expires_at = match rule.memory {
            Memory::SinceFirst(seconds) if self.count == 1 => now.plus_seconds(seconds),
            Memory::SinceFirst(_) => self.expires_at,
            Memory::SinceLast(seconds) => refused.plus_seconds(seconds),
        }
        .max(refused);
    }

    /// For how many seconds more attempts are refused at `now`, at least 1; `None` if they are not.
    pub fn retry_after(&self, now: Timestamp) -> Option<i64> {
        self.blocked_until.and_then(|until| seconds_until(until, now))
    }

    /// Whether attempts are refused at `now`.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }
}

/// The seconds from `now` until `until`, rounded up; `None` when it is past.
pub fn seconds_until(until: Timestamp, now: Timestamp) -> Option<i64> {
    let micros = until.unix_micros() - now.unix_micros();
    (micros > 0).then(|| (micros + 999_999) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
    }

    fn counter() -> FailedAttempts {
        FailedAttempts::none(crate::Id::from_ulid(1.into()), [0; 32], at(0))
    }

    fn rule(memory: Memory) -> AttemptRule {
        AttemptRule { threshold: 3, first_delay: 10, max_delay: 60, memory }
    }

    #[test]
    fn the_delay_doubles_from_the_threshold_on_and_has_an_end() {
        let (mut counter, rule) = (counter(), rule(Memory::SinceLast(100)));
        let mut delays = Vec::new();
        for _ in 0..7 {
            counter.fail(&rule, at(0));
            delays.push(counter.retry_after(at(0)));
        }
        let expected = [None, None, Some(10), Some(20), Some(40), Some(60), Some(60)];
        assert_eq!(delays, expected);
        assert_eq!(counter.expires_at, at(160));
    }

    #[test]
    fn failures_in_a_row_are_forgotten_after_the_last_and_a_rate_after_the_first() {
        let (mut row, mut rate) = (counter(), counter());
        for second in [0, 60, 120] {
            row.fail(&rule(Memory::SinceLast(100)), at(second));
            rate.fail(&rule(Memory::SinceFirst(100)), at(second));
        }
        assert_eq!((row.count, rate.count), (3, 1));
        row.fail(&rule(Memory::SinceLast(100)), at(1_000));
        assert_eq!((row.count, row.blocked_until), (1, None));
    }
}
