use async_trait::async_trait;
use citizenry_identity::{ForeignId, TenantId};
use ulid::Ulid;

use crate::Result;

/// Looks identifiers of other systems up.
#[async_trait]
pub trait ReadForeignIds: Send {
    /// The entity that a foreign id names.
    async fn find(&mut self, tenant: TenantId, foreign: &ForeignId) -> Result<Option<Ulid>>;
    /// The foreign ids of an entity, at most 100.
    async fn of(&mut self, tenant: TenantId, entity: Ulid) -> Result<Vec<ForeignId>>;
}

/// Changes identifiers of other systems.
#[async_trait]
pub trait ForeignIds: ReadForeignIds {
    /// Adds a foreign id. `Conflict` on `foreign_id` when it names another entity.
    async fn insert(&mut self, tenant: TenantId, foreign: &ForeignId, entity: Ulid) -> Result<()>;
}
