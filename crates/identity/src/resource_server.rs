//! Resource servers: the APIs that tokens are for.

use crate::{Error, ResourceServerId, ScopeName, TenantId, Text, Timestamp};

/// How access tokens for a resource server are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// HMAC with SHA-256, with the resource server's own secret.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl SigningAlgorithm {
    /// The name of RFC 7518.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|alg| alg.as_str() == name)
    }

    /// The algorithms that sign with a tenant's key pairs.
    pub const WITH_KEY_PAIRS: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];
}

/// What an access token says about permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenDialect {
    /// The granted scopes.
    AccessToken,
    /// The granted scopes and the user's permissions.
    AccessTokenAuthz,
}

impl TokenDialect {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::AccessTokenAuthz => "access_token_authz",
        }
    }

    /// The dialect of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::AccessToken, Self::AccessTokenAuthz].into_iter().find(|it| it.as_str() == name)
    }
}

/// What access tokens look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenFormat {
    /// JSON web tokens (RFC 9068): read by the resource server itself.
    Jwt,
    /// Random text: the resource server asks for what it means (RFC 7662).
    Opaque,
}

impl TokenFormat {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Jwt, Self::Opaque].into_iter().find(|it| it.as_str() == name)
    }
}

/// A scope that a resource server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Its name, unique in the resource server.
    pub name: ScopeName,
    /// What it allows.
    pub description: Option<Text<512>>,
}

/// An API that tokens are for.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own on the wire")]
pub struct ResourceServer {
    /// The identifier inside.
    pub id: ResourceServerId,
    /// The tenant.
    pub tenant: TenantId,
    /// The audience of its tokens: unique per tenant, never changed.
    pub identifier: Text<600>,
    /// The name for people.
    pub name: Text<200>,
    /// The scopes it offers, by name.
    pub scopes: Vec<Scope>,
    /// How its tokens are signed.
    pub signing_algorithm: SigningAlgorithm,
    /// The secret of HS256, sealed.
    pub signing_secret: Option<Vec<u8>>,
    /// Whether refresh tokens may be issued for it.
    pub allow_offline_access: bool,
    /// Whether first-party clients need no consent.
    pub skip_consent_for_verifiable_first_party_clients: bool,
    /// How long its tokens last, seconds.
    pub token_lifetime: u32,
    /// How long its tokens last in browsers, seconds; at most `token_lifetime`.
    pub token_lifetime_for_web: Option<u32>,
    /// Whether users' tokens are limited to their permissions.
    pub enforce_policies: bool,
    /// What its tokens say about permissions.
    pub token_dialect: TokenDialect,
    /// What its tokens look like.
    pub token_format: TokenFormat,
    /// Whether this is the tenant's management API, which cannot be deleted.
    pub is_system: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ResourceServer {
    /// How long tokens last when nothing is said: a day.
    pub const DEFAULT_LIFETIME: u32 = 86_400;
    /// The longest that a token may last: thirty days.
    pub const MAX_LIFETIME: u32 = 2_592_000;
    /// The most scopes of one resource server.
    pub const MAX_SCOPES: usize = 1_000;

    /// Checks what holds between the fields.
    ///
    /// # Errors
    /// `Invalid` on `token_lifetime`, `token_lifetime_for_web`, `signing_secret` or `scopes`.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=Self::MAX_LIFETIME).contains(&self.token_lifetime) {
            return Err(Error::invalid("token_lifetime", "must be 1 to 2592000 seconds"));
        }
        if self.token_lifetime_for_web.is_some_and(|web| web == 0 || web > self.token_lifetime) {
            return Err(Error::invalid("token_lifetime_for_web", "must not exceed token_lifetime"));
        }
        if self.signing_algorithm == SigningAlgorithm::Hs256 && self.signing_secret.is_none() {
            return Err(Error::invalid("signing_secret", "HS256 needs a signing_secret"));
        }
        if self.scopes.len() > Self::MAX_SCOPES {
            return Err(Error::invalid("scopes", "must be at most 1000"));
        }
        let mut names: Vec<_> = self.scopes.iter().map(|scope| &scope.name).collect();
        names.sort();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Error::invalid("scopes", "must not name a scope twice"));
        }
        Ok(())
    }

    /// Whether the resource server offers `scope`.
    pub fn offers(&self, scope: &str) -> bool {
        self.scopes.iter().any(|offered| offered.name.as_str() == scope)
    }
}
