//! Locks: windows of time in which a user cannot sign in.

use crate::Timestamp;

/// Why a user is locked. At most one lock for each reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockReason {
    /// An administrator said so.
    Admin,
    /// Too many wrong passwords.
    FailedAttempts,
    /// Something looked wrong.
    Suspicious,
}

impl LockReason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::FailedAttempts, Self::Suspicious];

    /// The reason as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::FailedAttempts => "failed_attempts",
            Self::Suspicious => "suspicious",
        }
    }

    /// The reason that [`LockReason::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// When a lock holds: from `from` on, until before `until`, for ever without it. Evaluated when
/// read, so no job is needed for a lock to begin or to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockWindow {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

impl LockWindow {
    /// Whether `now` lies in the window.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// A lock and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Why.
    pub reason: LockReason,
    /// When.
    pub window: LockWindow,
}

/// The locks of a user: at most one for each reason, in the order of reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locks(Vec<Lock>);

impl Locks {
    /// Opens a lock; one of the same reason is replaced.
    pub fn set(&mut self, lock: Lock) {
        self.0.retain(|old| old.reason != lock.reason);
        self.0.push(lock);
        self.0.sort_by_key(|lock| lock.reason);
    }

    /// Lifts the lock of one reason. Returns whether there was one.
    pub fn remove(&mut self, reason: LockReason) -> bool {
        let before = self.0.len();
        self.0.retain(|lock| lock.reason != reason);
        self.0.len() < before
    }

    /// The window of one reason.
    pub fn get(&self, reason: LockReason) -> Option<LockWindow> {
        self.0.iter().find(|lock| lock.reason == reason).map(|lock| lock.window)
    }

    /// Whether a window contains `now`.
    pub fn contain(&self, now: Timestamp) -> bool {
        self.0.iter().any(|lock| lock.window.contains(now))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Lock> {
        self.0.iter()
    }
}

impl FromIterator<Lock> for Locks {
    fn from_iter<I: IntoIterator<Item = Lock>>(locks: I) -> Self {
        let mut all = Self::default();
        locks.into_iter().for_each(|lock| all.set(lock));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(micros).unwrap()
    }

    #[test]
    fn a_window_holds_from_its_first_moment_until_before_its_end() {
        let window = LockWindow { from: at(10), until: Some(at(20)) };
        let held: Vec<_> = [9, 10, 19, 20].map(|t| window.contains(at(t))).into();
        assert_eq!(held, [false, true, true, false]);
        assert!(LockWindow { from: at(10), until: None }.contains(at(i64::from(i32::MAX))));
    }

    #[test]
    fn a_second_lock_of_one_reason_replaces_the_first() {
        let lock =
            |reason, from| Lock { reason, window: LockWindow { from: at(from), until: None } };
        let locks: Locks = [
            lock(LockReason::Admin, 1),
            lock(LockReason::Suspicious, 2),
            lock(LockReason::Admin, 3),
        ]
        .into_iter()
        .collect();
        assert_eq!(locks.iter().count(), 2);
        assert_eq!(locks.get(LockReason::Admin).unwrap().from, at(3));
    }
}
