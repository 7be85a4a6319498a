use async_trait::async_trait;
use citizenry_identity::{StoredPassword, TenantId, UserId};

use crate::Result;

/// Looks passwords up.
#[async_trait]
pub trait ReadPasswords: Send {
    /// The password of a user.
    async fn find(&mut self, tenant: TenantId, user: UserId) -> Result<Option<StoredPassword>>;
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
}
