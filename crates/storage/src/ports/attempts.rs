use async_trait::async_trait;
use citizenry_identity::{FailedAttempts, TenantId, Timestamp};

use crate::Result;

/// Looks counters of failed attempts up.
#[async_trait]
pub trait ReadAttempts: Send {
    /// The counter of that keyed hash.
    async fn find(&mut self, tenant: TenantId, key: &[u8; 32]) -> Result<Option<FailedAttempts>>;
}

/// Changes counters of failed attempts.
#[async_trait]
pub trait Attempts: ReadAttempts {
    /// The counter, kept from others' changes until the unit ends. Where there is none, nothing is
    /// kept: two first failures at once may count as one.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        key: &[u8; 32],
    ) -> Result<Option<FailedAttempts>>;
    /// Adds or replaces a counter.
    async fn put(&mut self, attempts: &FailedAttempts) -> Result<()>;
    /// Forgets a counter. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, key: &[u8; 32]) -> Result<bool>;
    /// Deletes up to `limit` counters, of any tenant, that expired before `before`; how many.
    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}
