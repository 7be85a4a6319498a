use async_trait::async_trait;
use citizenry_identity::{Listing, Page, ResourceServer, ResourceServerId, TenantId};

use super::ByName;
use crate::Result;

/// Which resource servers a list holds. Every member that is set narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceServerFilter {
    /// Resource servers of one of these identifiers (ours).
    pub ids: Vec<ResourceServerId>,
    /// Resource servers of one of these audiences.
    pub identifiers: Vec<String>,
    /// The management API, or all others.
    pub is_system: Option<bool>,
    /// Whether users' tokens are limited to their permissions.
    pub enforce_policies: Option<bool>,
}

/// Looks resource servers up, each with its scopes.
#[async_trait]
pub trait ReadResourceServers: Send {
    /// The resource server of that identifier.
    async fn find(
        &mut self,
        tenant: TenantId,
        id: ResourceServerId,
    ) -> Result<Option<ResourceServer>>;
    /// The resource server of that audience, exactly as it is written.
    async fn find_by_identifier(
        &mut self,
        tenant: TenantId,
        identifier: &str,
    ) -> Result<Option<ResourceServer>>;
    /// The tenant's management API.
    async fn find_system(&mut self, tenant: TenantId) -> Result<Option<ResourceServer>>;
    /// The resource servers of those identifiers that there are, in no order. At most 1,000 identifiers.
    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[ResourceServerId],
    ) -> Result<Vec<ResourceServer>>;
    /// The resource servers of those audiences that there are, in no order. At most 1,000.
    async fn find_by_identifiers(
        &mut self,
        tenant: TenantId,
        identifiers: &[String],
    ) -> Result<Vec<ResourceServer>>;
    /// The resource servers that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ResourceServerFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<ResourceServer>>;
}

/// Changes resource servers.
#[async_trait]
pub trait ResourceServers: ReadResourceServers {
    /// The resource server, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ResourceServerId,
    ) -> Result<Option<ResourceServer>>;
    /// Adds a resource server. `Conflict` on `identifier`.
    async fn insert(&mut self, resource_server: &ResourceServer) -> Result<()>;
    /// Writes a resource server that was loaded. A scope that is gone goes from roles, users and
    /// client grants, too; one that stays keeps them. `Stale` when it has changed in between.
    async fn save(&mut self, resource_server: &ResourceServer) -> Result<()>;
    /// Deletes a resource server, its permissions and grants. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: ResourceServerId) -> Result<bool>;
}
