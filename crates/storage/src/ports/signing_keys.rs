use async_trait::async_trait;
use citizenry_identity::{SigningAlgorithm, SigningKey, SigningKeyId, TenantId};

use crate::Result;

/// Looks signing keys up.
#[async_trait]
pub trait ReadSigningKeys: Send {
    /// The key of that `kid`.
    async fn find(&mut self, tenant: TenantId, id: SigningKeyId) -> Result<Option<SigningKey>>;
    /// The key of that `kid` in whatever tenant it is: for tokens, whose tenant is known by it.
    async fn find_anywhere(&mut self, id: SigningKeyId) -> Result<Option<SigningKey>>;
    /// The key that signs now.
    async fn find_current(
        &mut self,
        tenant: TenantId,
        algorithm: SigningAlgorithm,
    ) -> Result<Option<SigningKey>>;
    /// The keys that are next, current or previous, at most 100, the oldest first.
    async fn list_published(&mut self, tenant: TenantId) -> Result<Vec<SigningKey>>;
}

/// Changes signing keys.
#[async_trait]
pub trait SigningKeys: ReadSigningKeys {
    /// Adds a key. `Conflict` on `state` when the tenant has a current key of that algorithm.
    async fn insert(&mut self, key: &SigningKey) -> Result<()>;
    /// Writes a key's state.
    async fn save(&mut self, key: &SigningKey) -> Result<()>;
}
