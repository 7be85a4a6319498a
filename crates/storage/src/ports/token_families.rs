use async_trait::async_trait;
use citizenry_identity::{
    ClientId, SessionId, TenantId, Timestamp, TokenFamily, TokenFamilyId, UserId,
};

use crate::Result;

/// Looks token families up.
#[async_trait]
pub trait ReadTokenFamilies: Send {
    /// The family of that identifier.
    async fn find(&mut self, tenant: TenantId, id: TokenFamilyId) -> Result<Option<TokenFamily>>;
    /// The families of a session that are not revoked, at most 1,000, the oldest first.
    async fn list_of_session(
        &mut self,
        tenant: TenantId,
        session: SessionId,
    ) -> Result<Vec<TokenFamily>>;
    /// The families of a user that are not revoked, at most 1,000, the newest first.
    async fn list_of_user(&mut self, tenant: TenantId, user: UserId) -> Result<Vec<TokenFamily>>;
    /// Which of these users have a family that is alive at `now`. At most 2,000 users.
    async fn which_are_signed_in(
        &mut self,
        tenant: TenantId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<UserId>>;
}

/// Changes token families.
#[async_trait]
pub trait TokenFamilies: ReadTokenFamilies {
    /// The family, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: TokenFamilyId,
    ) -> Result<Option<TokenFamily>>;
    /// Adds a family.
    async fn insert(&mut self, family: &TokenFamily) -> Result<()>;
    /// Writes a family's `authorized`, `expires_at` and `revoked_at`.
    async fn save(&mut self, family: &TokenFamily) -> Result<()>;
    /// Revokes all families of a user, with one client only when one is named; how many were
    /// revoked just now.
    async fn revoke_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: Option<ClientId>,
        now: Timestamp,
    ) -> Result<u64>;
    /// Revokes the families of a session that do not outlive it; how many were revoked just now.
    async fn revoke_of_session(
        &mut self,
        tenant: TenantId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<u64>;
    /// Deletes up to `limit` families, of any tenant, with their tokens, that expired before
    /// `before`; how many.
    async fn delete_expired(&mut self, before: Timestamp, limit: u32) -> Result<u64>;
}
