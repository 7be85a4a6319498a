use async_trait::async_trait;
use citizenry_identity::{
    ClientIdentifier, Connection, ConnectionId, ConnectionName, Listing, Page, Strategy, TenantId,
};

use super::ByName;
use crate::Result;

/// Which connections a list holds. Every member that is not empty narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Connections of one of these names.
    pub names: Vec<ConnectionName>,
    /// Connections of one of these strategies.
    pub strategies: Vec<Strategy>,
    /// Connections of none of these strategies.
    pub without_strategies: Vec<Strategy>,
}

/// Looks connections up, each with its enabled clients.
#[async_trait]
pub trait ReadConnections: Send {
    /// The connection of that identifier.
    async fn find(&mut self, tenant: TenantId, id: ConnectionId) -> Result<Option<Connection>>;
    /// The connection of that name.
    async fn find_by_name(
        &mut self,
        tenant: TenantId,
        name: &ConnectionName,
    ) -> Result<Option<Connection>>;
    /// The connections of those identifiers that there are, in no order. At most 1,000 identifiers.
    async fn find_many(
        &mut self,
        tenant: TenantId,
        ids: &[ConnectionId],
    ) -> Result<Vec<Connection>>;
    /// The connections that `filter` lets through.
    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &ConnectionFilter,
        listing: &Listing<ByName>,
    ) -> Result<Page<Connection>>;
}

/// Changes connections.
#[async_trait]
pub trait Connections: ReadConnections {
    /// The connection, kept from others' changes until the unit ends.
    async fn find_for_update(
        &mut self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<Option<Connection>>;
    /// Adds a connection. `Conflict` on `name`. Enabled clients must exist.
    async fn insert(&mut self, connection: &Connection) -> Result<()>;
    /// Writes a connection that was loaded. `Stale` when it has changed in between.
    async fn save(&mut self, connection: &Connection) -> Result<()>;
    /// Deletes a connection that has no users any more. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: ConnectionId) -> Result<bool>;
    /// Takes a client out of every connection's enabled clients.
    async fn disable_client(&mut self, tenant: TenantId, client: &ClientIdentifier) -> Result<()>;
}
