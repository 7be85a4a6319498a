use async_trait::async_trait;
use citizenry_identity::{Listing, Number, Page, Tenant, TenantId, TenantName};

use super::{ByName, NumberedSort};
use crate::{Conditions, Field, Result, ValueKind};

/// The fields of tenants that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TenantField {
    /// The number.
    Number,
    /// The display name (the name where there is none), folded.
    DisplayName,
    /// The kind, as it is stored.
    Kind,
    /// The status, as it is stored.
    Status,
    /// How far the customer's name has been proved, as it is written.
    RealNameStatus,
    /// When the lock begins.
    LockedFrom,
    /// When the lock ends.
    LockedUntil,
    /// A time: the test `Equal` passes when the lock's window contains it, `NotEqual` when it does
    /// not. No other test.
    LockedAt,
    /// When it was last locked.
    LastLockedAt,
    /// When it was made.
    CreatedAt,
}

impl Field for TenantField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Number => ValueKind::Number,
            Self::DisplayName | Self::Kind | Self::Status | Self::RealNameStatus => ValueKind::Text,
            Self::LockedAt => ValueKind::Window,
            Self::LockedFrom | Self::LockedUntil | Self::LastLockedAt | Self::CreatedAt => {
                ValueKind::Time
            }
        }
    }
}

/// Looks tenants up.
#[async_trait]
pub trait ReadTenants: Send {
    /// The tenant of that identifier.
    async fn find(&mut self, id: TenantId) -> Result<Option<Tenant>>;
    /// The tenant of that name.
    async fn find_by_name(&mut self, name: &TenantName) -> Result<Option<Tenant>>;
    /// The tenant of that number.
    async fn find_by_number(&mut self, number: Number) -> Result<Option<Tenant>>;
    /// The tenants of the installation.
    async fn list(&mut self, listing: &Listing<ByName>) -> Result<Page<Tenant>>;
    /// The tenants that pass `conditions`.
    async fn find_all(
        &mut self,
        conditions: &Conditions<TenantField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Tenant>>;
    /// How many users each of these tenants has. At most 2,000 tenants.
    async fn user_counts(&mut self, tenants: &[TenantId]) -> Result<Vec<(TenantId, u64)>>;
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
