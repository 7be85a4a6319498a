use async_trait::async_trait;
use citizenry_identity::{ApiToken, ApiTokenId, ApiTokenOwner, Number, TenantId, UserId};

use crate::Result;

/// Looks up tokens that people and administrators have made.
#[async_trait]
pub trait ReadApiTokens: Send {
    /// The token of that keyed hash, of any tenant.
    async fn find_by_hash(&mut self, hash: &[u8; 32]) -> Result<Option<ApiToken>>;
    /// The token of that number.
    async fn find_by_number(
        &mut self,
        tenant: TenantId,
        number: Number,
    ) -> Result<Option<ApiToken>>;
    /// The tokens of one owner, the newest first, at most 1,000.
    async fn list(&mut self, tenant: TenantId, owner: ApiTokenOwner) -> Result<Vec<ApiToken>>;
}

/// Changes tokens that people and administrators have made.
#[async_trait]
pub trait ApiTokens: ReadApiTokens {
    /// Adds a token. `Conflict` on `name`.
    async fn insert(&mut self, token: &ApiToken) -> Result<()>;
    /// Deletes tokens; those of the identifiers that there were. At most 1,000.
    async fn delete(&mut self, tenant: TenantId, ids: &[ApiTokenId]) -> Result<Vec<ApiTokenId>>;
    /// Deletes every token of a user; how many there were.
    async fn delete_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<u64>;
}
