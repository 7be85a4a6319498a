use async_trait::async_trait;
use citizenry_identity::{
    ClientGrant, ClientGrantId, ClientId, Listing, Page, ResourceServerId, TenantId,
};

use super::ByAge;
use crate::Result;

/// Which client grants a list holds. Every member that is set narrows it; an empty list in `Some`
/// lets nothing through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientGrantFilter {
    /// Grants of one of these clients.
    pub clients: Option<Vec<ClientId>>,
    /// Grants on one of these resource servers.
    pub resource_servers: Option<Vec<ResourceServerId>>,
}

/// Looks client grants up.
#[async_trait]
pub trait ReadClientGrants: Send {
    /// The client grant of that identifier.
    async fn find(&mut self, tenant: TenantId, id: ClientGrantId) -> Result<Option<ClientGrant>>;
    /// The grant of a client on a resource server.
    async fn find_for(
        &mut self,
        tenant: TenantId,
        client: ClientId,
        resource_server: ResourceServerId,
    ) -> Result<Option<ClientGrant>>;
    /// The client grants that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ClientGrantFilter,
        listing: &Listing<ByAge>,
    ) -> Result<Page<ClientGrant>>;
}

/// Changes client grants.
#[async_trait]
pub trait ClientGrants: ReadClientGrants {
    /// The client grant, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ClientGrantId,
    ) -> Result<Option<ClientGrant>>;
    /// Adds a client grant. `Conflict` on `audience` when the client has one there.
    async fn insert(&mut self, grant: &ClientGrant) -> Result<()>;
    /// Writes the scopes of a client grant that was loaded with `find_for_update`.
    async fn save(&mut self, grant: &ClientGrant) -> Result<()>;
    /// Deletes a client grant. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: ClientGrantId) -> Result<bool>;
}
