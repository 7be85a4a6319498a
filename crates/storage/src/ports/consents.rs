use async_trait::async_trait;
use citizenry_identity::{ClientId, Consent, ConsentId, Listing, Page, TenantId, UserId};

use super::ByAge;
use crate::Result;

/// Looks consents up.
#[async_trait]
pub trait ReadConsents: Send {
    /// The consent of that identifier.
    async fn find(&mut self, tenant: TenantId, id: ConsentId) -> Result<Option<Consent>>;
    /// What a user has allowed a client, for every audience; at most 100.
    async fn list_for(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: ClientId,
    ) -> Result<Vec<Consent>>;
    /// The consents of a user.
    async fn list_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Consent>>;
}

/// Changes consents.
#[async_trait]
pub trait Consents: ReadConsents {
    /// Adds a consent, or replaces the scopes and the time of the one of the same user, client and
    /// audience.
    async fn put(&mut self, consent: &Consent) -> Result<()>;
    /// Deletes a consent. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: ConsentId) -> Result<bool>;
    /// Deletes all consents of a user, with one client only when one is named; how many.
    async fn delete_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        client: Option<ClientId>,
    ) -> Result<u64>;
}
