//! Tokens that are stored: refresh tokens, opaque access tokens, and the families they belong to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, Factor, SessionId, TenantId, Timestamp, TokenFamilyId, UserId};

/// All tokens that come from one authorization by a user (RFC 9700, section 4.14): revoked
/// together. Its identifier begins the `jti` of its JWTs.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenFamily {
    /// The identifier.
    pub id: TokenFamilyId,
    /// The tenant.
    pub tenant: TenantId,
    /// The client that was authorized.
    pub client: ClientId,
    /// Who authorized it.
    pub user: UserId,
    /// The session in which he did so; none for grants without a browser.
    pub session: Option<SessionId>,
    /// What was authorized.
    pub authorized: Authorized,
    /// Whether it outlives the session (`offline_access`).
    pub is_offline: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the last token of it has expired at the latest.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl TokenFamily {
    /// Whether tokens of it are good at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Ends all its tokens. Returns whether they had not been ended already.
    pub fn revoke(&mut self, now: Timestamp) -> bool {
        let first = self.revoked_at.is_none();
        self.revoked_at.get_or_insert(now);
        first
    }
}

/// What a user has authorized, as codes, device codes and families carry it. Stored as one JSON
/// document: it is only ever read with its owner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authorized {
    /// The scopes, in the order they were asked for.
    pub scopes: Vec<String>,
    /// The identifiers of the resource servers (`audience`, RFC 8707 `resource`).
    pub audiences: Vec<String>,
    /// The `claims` parameter (OpenID Connect Core, section 5.5).
    pub claims: Option<Map<String, Value>>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// When the user proved who he is, seconds since 1970.
    pub auth_time: i64,
    /// How he did.
    pub factors: Vec<Factor>,
    /// `acr` to be stated, if one was agreed on.
    pub acr: Option<String>,
    /// Whether `auth_time` was asked for (`max_age`, `claims`).
    pub wants_auth_time: bool,
    /// The thumbprint (RFC 7638) of the key that tokens are bound to (RFC 9449).
    pub dpop_thumbprint: Option<String>,
    /// The language of the pages, kept for mails.
    pub locale: Option<String>,
}

/// What a stored token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Gets further tokens; rotated at each use.
    Refresh,
    /// An opaque access token.
    Access,
}

impl TokenKind {
    /// The kind as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Access => "access",
        }
    }

    /// The kind that [`TokenKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Refresh, Self::Access].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A token of which only the keyed hash is kept.
#[derive(Clone, PartialEq)]
pub struct StoredToken {
    /// The keyed hash of the token; unique in the installation.
    pub hash: [u8; 32],
    /// What it is.
    pub kind: TokenKind,
    /// The tenant.
    pub tenant: TenantId,
    /// The client it was issued to.
    pub client: ClientId,
    /// The user it speaks for; none when a client speaks for itself.
    pub user: Option<UserId>,
    /// The family; none when a client speaks for itself.
    pub family: Option<TokenFamilyId>,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The identifiers of the resource servers.
    pub audiences: Vec<String>,
    /// The thumbprint of the key it is bound to (RFC 9449).
    pub dpop_thumbprint: Option<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When a refresh token was first exchanged for its successor.
    pub rotated_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredToken")
            .field("kind", &self.kind)
            .field("tenant", &self.tenant)
            .field("client", &self.client)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}
