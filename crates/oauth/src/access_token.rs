//! The claims of access tokens (RFC 9068).

use serde::{Deserialize, Serialize};

use crate::one_or_many::OneOrMany;

/// What follows the client's identifier in the subject of a token that a client has asked for by
/// itself.
pub(crate) const CLIENT_SUBJECT: &str = "@clients";

/// The grant that led to such a token, as the management dialects write it.
pub(crate) const CLIENT_CREDENTIALS: &str = "client-credentials";

/// How an access token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// By itself: who has it may use it (RFC 6750).
    Bearer,
    /// With a proof of possession of the key that it is bound to (RFC 9449).
    Dpop,
}

impl TokenType {
    /// The name of the type and of its scheme.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// The type of tokens that are, or are not, bound to a key.
    pub(crate) fn of(thumbprint: Option<&str>) -> Self {
        if thumbprint.is_some() { Self::Dpop } else { Self::Bearer }
    }
}

/// The key that a token is bound to (RFC 7800).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    /// The thumbprint of the key (RFC 7638).
    pub(crate) jkt: String,
}

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
    /// The key that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Confirmation>,
}

/// The claims of a token that a user has authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UserClaims {
    /// The issuer.
    pub(crate) iss: String,
    /// The user's subject.
    pub(crate) sub: String,
    /// The resource servers; userinfo among them if it is open to the token.
    pub(crate) aud: OneOrMany,
    /// When it was issued, seconds since 1970.
    pub(crate) iat: i64,
    /// From when on it is refused, seconds since 1970.
    pub(crate) exp: i64,
    /// `<token family>.<random>`.
    pub(crate) jti: String,
    /// What it permits, separated by blanks.
    pub(crate) scope: String,
    /// The client.
    pub(crate) client_id: String,
    /// The client again, as OpenID Connect names it.
    pub(crate) azp: String,
    /// When the user proved who he is, seconds since 1970.
    pub(crate) auth_time: i64,
    /// How he did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    /// What the user may do at the resource servers that want to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions: Option<Vec<String>>,
    /// The key that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Confirmation>,
}

/// What every access token of this server claims, whoever asked for it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AnyClaims {
    /// The issuer.
    pub(crate) iss: String,
    /// The user's subject, or the client's.
    pub(crate) sub: String,
    /// The resource servers.
    pub(crate) aud: OneOrMany,
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
    /// The key that it is bound to.
    pub(crate) cnf: Option<Confirmation>,
}
