//! Tokens that people make for themselves, and administrators for systems.

use std::fmt;

use serde_json::{Map, Value};

use crate::{ApiTokenId, Number, TenantId, Text, Timestamp, UserId};

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiTokenOwner {
    /// A user: it stands for him, with the rights that he has at each use.
    User(UserId),
    /// No user: it has the rights that were named when it was made, and never those of an
    /// administrator.
    System,
}

/// A token that is good until it expires or is deleted. Stored twice: a keyed hash for look-up, and
/// sealed for the calls that must show it.
#[derive(Clone, PartialEq)]
pub struct ApiToken {
    /// The identifier.
    pub id: ApiTokenId,
    /// The number.
    pub number: Number,
    /// The tenant.
    pub tenant: TenantId,
    /// Whose it is.
    pub owner: ApiTokenOwner,
    /// The name: unique per owner as it is written.
    pub name: Text<100>,
    /// The keyed hash; unique in the installation.
    pub hash: [u8; 32],
    /// The value, sealed.
    pub sealed: Vec<u8>,
    /// What a system token may do, as it was asked for: a document of the use case that makes it.
    pub access: Map<String, Value>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The user who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiToken {
    /// Whether it is good at `now`.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}
