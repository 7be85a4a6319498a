//! Signing keys of a tenant.

use serde_json::{Map, Value};

use crate::{SigningAlgorithm, SigningKeyId, TenantId, Timestamp};

/// Where a key stands in its rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not used yet.
    Next,
    /// Signs. One per tenant and algorithm.
    Current,
    /// Signs no more; what it signed is still accepted.
    Previous,
    /// Nothing that it signed is accepted.
    Revoked,
}

impl KeyState {
    /// The state as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Revoked => "revoked",
        }
    }

    /// The state that [`KeyState::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Next, Self::Current, Self::Previous, Self::Revoked]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// A key pair that signs tokens.
#[derive(Clone, PartialEq)]
pub struct SigningKey {
    /// The identifier; travels as `kid`.
    pub id: SigningKeyId,
    /// The tenant.
    pub tenant: TenantId,
    /// The one algorithm that it is for.
    pub algorithm: SigningAlgorithm,
    /// Where it stands in its rotation.
    pub state: KeyState,
    /// The private key as PKCS #8 DER, sealed.
    pub sealed_private_key: Vec<u8>,
    /// The public members of its JSON web key (RFC 7517).
    pub public_jwk: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to its state.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("algorithm", &self.algorithm)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
