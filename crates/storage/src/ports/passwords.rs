use async_trait::async_trait;
use citizenry_identity::{PasswordHash, StoredPassword, TenantId, UserId};

use crate::Result;

/// Looks passwords up.
#[async_trait]
pub trait ReadPasswords: Send {
    /// The password of a user.
    async fn find(&mut self, tenant: TenantId, user: UserId) -> Result<Option<StoredPassword>>;
    /// The hashes of a user's earlier passwords, the latest first, at most `limit`.
    async fn history(
        &mut self,
        tenant: TenantId,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<PasswordHash>>;
}

/// Changes passwords.
#[async_trait]
pub trait Passwords: ReadPasswords {
    /// Sets or replaces the password of a user.
    async fn set(
        &mut self,
        tenant: TenantId,
        user: UserId,
        password: &StoredPassword,
    ) -> Result<()>;
    /// Writes another hash of the same password (`must_change` and `changed_at` stay), if `old` is
    /// still the one that is stored. Whether it was.
    async fn rehash(
        &mut self,
        tenant: TenantId,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool>;
    /// Adds the hash of a password that is no longer used to the history, and forgets all but the
    /// latest `keep`.
    async fn remember(
        &mut self,
        tenant: TenantId,
        user: UserId,
        password: &StoredPassword,
        keep: u32,
    ) -> Result<()>;
}
