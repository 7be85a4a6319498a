//! Identities: the ways in of a user.

use crate::{ConnectionId, IdentityId, Metadata, Strategy, Timestamp};

/// One way in of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The identifier.
    pub id: IdentityId,
    /// The connection it comes from.
    pub connection: ConnectionId,
    /// The connection's strategy.
    pub provider: Strategy,
    /// What the provider calls the user; unique per tenant and provider.
    pub provider_user_id: String,
    /// Whether the provider is a social network.
    pub is_social: bool,
    /// The provider's access token, sealed.
    pub access_token: Option<Vec<u8>>,
    /// The provider's refresh token, sealed.
    pub refresh_token: Option<Vec<u8>>,
    /// How long the access token lasts, seconds.
    pub expires_in: Option<i64>,
    /// What the provider says of the user.
    pub profile_data: Metadata,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
