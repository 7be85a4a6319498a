use async_trait::async_trait;
use citizenry_identity::{StoredToken, Timestamp, TokenKind};

use crate::Result;

/// Looks stored tokens up. A token's tenant is known by it.
#[async_trait]
pub trait ReadTokens: Send {
    /// The token of that kind and keyed hash.
    async fn find(&mut self, kind: TokenKind, hash: &[u8; 32]) -> Result<Option<StoredToken>>;
}

/// Changes stored tokens.
#[async_trait]
pub trait Tokens: ReadTokens {
    /// The token, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        kind: TokenKind,
        hash: &[u8; 32],
    ) -> Result<Option<StoredToken>>;
    /// Adds a token. `Conflict` on `hash` when there is one already.
    async fn insert(&mut self, token: &StoredToken) -> Result<()>;
    /// Writes a token's `rotated_at` and `expires_at`.
    async fn save(&mut self, token: &StoredToken) -> Result<()>;
    /// Deletes a token. Whether there was one.
    async fn delete(&mut self, kind: TokenKind, hash: &[u8; 32]) -> Result<bool>;
    /// Deletes up to `limit` tokens, of any tenant, that expired before `before`; how many.
    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}
