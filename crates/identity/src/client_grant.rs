//! Client grants: what a client may do by itself.

use crate::{ClientGrantId, ClientId, ResourceServerId, ScopeName, TenantId, Timestamp};

/// The scopes of one resource server that a client may ask tokens for by itself
/// (`client_credentials`). At most one per client and resource server.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientGrant {
    /// The identifier.
    pub id: ClientGrantId,
    /// The tenant.
    pub tenant: TenantId,
    /// The client.
    pub client: ClientId,
    /// The resource server.
    pub resource_server: ResourceServerId,
    /// The scopes, in the order given, each once. Only scopes that the resource server offers.
    pub scopes: Vec<ScopeName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
