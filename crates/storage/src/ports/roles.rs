use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Role, RoleId, TenantId};

use super::ByName;
use crate::Result;

/// Which roles a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleFilter {
    /// Roles whose name contains this, without regard to case. A scan of the tenant's roles.
    pub name_contains: Option<String>,
}

/// Looks roles up.
#[async_trait]
pub trait ReadRoles: Send {
    /// The role of that identifier.
    async fn find(&mut self, tenant: TenantId, id: RoleId) -> Result<Option<Role>>;
    /// The fixed role of administrators.
    async fn find_administrator(&mut self, tenant: TenantId) -> Result<Option<Role>>;
    /// The roles of those identifiers that there are, in no order. At most 1,000 identifiers.
    async fn find_many(&mut self, tenant: TenantId, ids: &[RoleId]) -> Result<Vec<Role>>;
    /// The roles that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &RoleFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Role>>;
}

/// Changes roles.
#[async_trait]
pub trait Roles: ReadRoles {
    /// The role, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: RoleId) -> Result<Option<Role>>;
    /// Adds a role. `Conflict` on `name`.
    async fn insert(&mut self, role: &Role) -> Result<()>;
    /// Writes a role that was loaded. `Stale` when it has changed in between; `Conflict` on `name`.
    async fn save(&mut self, role: &Role) -> Result<()>;
    /// Deletes a role and what is assigned by it. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: RoleId) -> Result<bool>;
}
