//! Consents: what users have allowed clients, remembered.

use crate::{ClientId, ConsentId, ScopeName, TenantId, Timestamp, UserId};

/// What a user has allowed a client for one audience. At most one per user, client and audience.
/// The management dialects call it a grant.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent {
    /// The identifier.
    pub id: ConsentId,
    /// The tenant.
    pub tenant: TenantId,
    /// Who has allowed it.
    pub user: UserId,
    /// Whom.
    pub client: ClientId,
    /// The identifier of the resource server that the scopes are of; empty for those of OpenID
    /// Connect alone.
    pub audience: String,
    /// The scopes, in the order they were first allowed, each once.
    pub scopes: Vec<ScopeName>,
    /// When something was first allowed.
    pub created_at: Timestamp,
    /// When something was last allowed.
    pub updated_at: Timestamp,
}

impl Consent {
    /// Whether every one of `scopes` has been allowed.
    pub fn covers<'s>(&self, mut scopes: impl Iterator<Item = &'s str>) -> bool {
        scopes.all(|scope| self.scopes.iter().any(|allowed| allowed.as_str() == scope))
    }

    /// Allows further scopes.
    pub fn allow(&mut self, scopes: impl Iterator<Item = ScopeName>, now: Timestamp) {
        for scope in scopes {
            if !self.scopes.contains(&scope) {
                self.scopes.push(scope);
            }
        }
        self.updated_at = now;
    }
}
