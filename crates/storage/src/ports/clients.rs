use async_trait::async_trait;
use citizenry_identity::{
    AuthenticationMethod, Client, ClientId, ClientIdentifier, ClientKind, Listing, Page, TenantId,
};

use super::ByName;
use crate::Result;

/// Which clients a list holds. Every member that is set narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// Clients of one of these identifiers.
    pub identifiers: Vec<ClientIdentifier>,
    /// Clients of one of these kinds.
    pub kinds: Vec<ClientKind>,
    /// Clients that prove themselves in one of these ways.
    pub authentication_methods: Vec<AuthenticationMethod>,
    /// Clients that do, or do not, belong to the tenant itself.
    pub is_first_party: Option<bool>,
}

/// Looks clients up.
#[async_trait]
pub trait ReadClients: Send {
    /// The client of that identifier.
    async fn find(&mut self, tenant: TenantId, id: ClientId) -> Result<Option<Client>>;
    /// The client of that `client_id`.
    async fn find_by_identifier(
        &mut self,
        tenant: TenantId,
        identifier: &ClientIdentifier,
    ) -> Result<Option<Client>>;
    /// The client of that `client_id` in whatever tenant it is: for the token endpoint, which
    /// learns the tenant from it.
    async fn find_anywhere(&mut self, identifier: &ClientIdentifier) -> Result<Option<Client>>;
    /// The clients of those identifiers that there are, in no order. At most 1,000 identifiers.
    async fn find_many(&mut self, tenant: TenantId, ids: &[ClientId]) -> Result<Vec<Client>>;
    /// Whether pages of `origin`, written as browsers write it, may call for a client of the tenant:
    /// whether it is one of [`Client::calling_origins`]. One look-up by key.
    async fn has_origin(&mut self, tenant: TenantId, origin: &str) -> Result<bool>;
    /// The clients that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ClientFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Client>>;
}

/// Changes clients.
#[async_trait]
pub trait Clients: ReadClients {
    /// The client, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: ClientId) -> Result<Option<Client>>;
    /// Adds a client, with its origins. `Conflict` on `name` or `client_id`.
    async fn insert(&mut self, client: &Client) -> Result<()>;
    /// Writes a client that was loaded. `Stale` when it has changed in between; `Conflict` as `insert`.
    async fn save(&mut self, client: &Client) -> Result<()>;
    /// Deletes a client and its grants. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: ClientId) -> Result<bool>;
}
