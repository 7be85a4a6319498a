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

impl FailedAttempts {
    /// Whether attempts are refused at `now`.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }
}
