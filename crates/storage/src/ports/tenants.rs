use async_trait::async_trait;
use citizenry_identity::{Listing, Page, Tenant, TenantId, TenantName};

use super::ByName;
use crate::Result;

/// Looks tenants up.
#[async_trait]
pub trait ReadTenants: Send {
    /// The tenant of that identifier.
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>>;
    /// The tenant of that name.
    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>>;
    /// The tenants of the installation.
    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>>;
}

/// Changes tenants.
#[async_trait]
pub trait Tenants: ReadTenants {
    /// The tenant, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, id: TenantId) -> Result<Option<Tenant>>;
    /// Adds a tenant. `Conflict` on `name`.
    async fn insert(&mut self, tenant: &Tenant) -> Result<()>;
    /// Writes a tenant that was loaded. `Stale` when it has changed in between.
    async fn save(&mut self, tenant: &Tenant) -> Result<()>;
}
