//! The claims of access tokens (RFC 9068).

use serde::{Deserialize, Serialize};

/// What follows the client's identifier in the subject of a token that a client has asked for by
/// itself.
pub(crate) const CLIENT_SUBJECT: &str = "@clients";

/// The grant that led to such a token, as the management dialects write it.
pub(crate) const CLIENT_CREDENTIALS: &str = "client-credentials";

/// The claims of a token that a client has asked for by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClientClaims {
    /// The issuer.
    pub(crate) iss: String,
    /// `<client_id>@clients`.
    pub(crate) sub: String,
    /// The identifier of the resource server.
    pub(crate) aud: String,
    /// When it was issued, seconds since 1970.
    pub(crate) iat: i64,
    /// From when on it is refused, seconds since 1970.
    pub(crate) exp: i64,
    /// Its own identifier.
    pub(crate) jti: String,
    /// What it permits, separated by blanks.
    pub(crate) scope: String,
    /// The client.
    pub(crate) client_id: String,
    /// The client again, as OpenID Connect names it.
    pub(crate) azp: String,
    /// The grant.
    pub(crate) gty: String,
}
