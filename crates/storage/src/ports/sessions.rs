use async_trait::async_trait;
use citizenry_identity::{Session, SessionId, TenantId, Timestamp, UserId};

use crate::Result;

/// Looks sessions up. Those that have ended by time may still be found: the use case judges.
#[async_trait]
pub trait ReadSessions: Send {
    /// The session of that identifier.
    async fn find(&mut self, tenant: TenantId, id: SessionId) -> Result<Option<Session>>;
    /// The session whose secret has that keyed hash.
    async fn find_by_secret(
        &mut self,
        tenant: TenantId,
        secret_hash: &[u8; 32],
    ) -> Result<Option<Session>>;
    /// The sessions of a user, at most 100, the newest first.
    async fn list_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<Vec<Session>>;
}

/// Changes sessions.
#[async_trait]
pub trait Sessions: ReadSessions {
    /// Adds a session. `Conflict` on `secret` when another has the secret.
    async fn insert(&mut self, session: &Session) -> Result<()>;
    /// Writes a session's secret, factors and times. `NotFound` is no error: a session that has
    /// ended meanwhile stays ended. Whether it was there.
    async fn save(&mut self, session: &Session) -> Result<bool>;
    /// Ends a session. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: SessionId) -> Result<bool>;
    /// Ends all sessions of a user; how many there were.
    async fn delete_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<u64>;
    /// Deletes up to `limit` sessions, of any tenant, whose `expires_at` or `idle_until` is before
    /// `before`; how many.
    async fn delete_ended(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}
