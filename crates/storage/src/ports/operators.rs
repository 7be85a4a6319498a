use async_trait::async_trait;
use citizenry_identity::{TenantId, Timestamp, UserId};

use crate::Result;

/// Looks up who operates the installation.
#[async_trait]
pub trait ReadOperators: Send {
    /// Whether a user does.
    async fn is_operator(&mut self, tenant: TenantId, user: UserId) -> Result<bool>;
    /// All who do, at most 1,000, the first first.
    async fn operators(&mut self) -> Result<Vec<(TenantId, UserId)>>;
}

/// Changes who operates the installation.
#[async_trait]
pub trait Operators: ReadOperators {
    /// Makes a user one, or makes him none; whether that changed anything.
    async fn set_operator(
        &mut self,
        tenant: TenantId,
        user: UserId,
        is_operator: bool,
        now: Timestamp,
    ) -> Result<bool>;
}
