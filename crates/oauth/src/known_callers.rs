//! Callers whose tokens were proved a moment ago: as long as nothing is committed, all that can have
//! changed since is the time.

use std::sync::Arc;

use citizenry_authz::{Caller, Credential, Permissions, Subject};
use citizenry_identity::{ManagementDoor, Origin, Tenant, Timestamp, TokenFamily, User};
use citizenry_storage::{Generation, Remembered, Sealer, sealing};
use secrecy::{ExposeSecret, SecretString};

use crate::OAuth;

/// The most callers that a server remembers; a few kilobytes each.
pub(crate) const MOST: usize = 1024;

/// The callers that a server remembers.
pub(crate) type KnownCallers = Remembered<CallerKey, Arc<KnownCaller>>;

/// By what a caller is found again: the door, and the keyed hash of his token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CallerKey {
    door: Option<ManagementDoor>,
    hash: [u8; 32],
}

impl CallerKey {
    /// The key of a token that is shown at `door`, or at the management API without one.
    pub(crate) fn new(
        sealer: &dyn Sealer,
        door: Option<ManagementDoor>,
        bearer: &SecretString,
    ) -> Self {
        let text = bearer.expose_secret().as_bytes();
        Self { door, hash: sealer.keyed_hash(sealing::ACCESS_TOKEN, text) }
    }
}

/// What a token stands for, with all of it that time alone can end.
#[derive(Debug)]
pub(crate) struct KnownCaller {
    pub(crate) tenant: Tenant,
    pub(crate) subject: Subject,
    pub(crate) permissions: Permissions,
    pub(crate) operates: bool,
    /// The person that the token speaks for.
    pub(crate) user: Option<User>,
    /// The authorization that it hangs on.
    pub(crate) family: Option<TokenFamily>,
    /// The end of the token, seconds since 1970; none for one that was made by hand without an end.
    pub(crate) expires_at: Option<i64>,
}

impl KnownCaller {
    /// Whether the token, which was good when it was proved, still is.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now.unix_seconds() < end)
            && self.tenant.is_open(now)
            && self.family.as_ref().is_none_or(|family| family.is_alive(now))
            && self.user.as_ref().is_none_or(|user| user.keeps_access(now))
    }

    /// The caller, who asks from `origin`.
    pub(crate) fn caller(&self, origin: &Origin) -> Caller {
        let caller = Caller::new(
            (&self.tenant).into(),
            self.subject,
            Credential::AccessToken,
            self.permissions,
            origin.clone(),
        );
        if self.operates { caller.as_operator() } else { caller }
    }
}

impl OAuth {
    /// The caller of that key, if he is remembered and nothing has ended by `now`. Otherwise the
    /// token is proved anew, which says what there is to say.
    pub(crate) fn known_caller(
        &self,
        generation: Option<Generation>,
        key: &CallerKey,
        now: Timestamp,
    ) -> Option<Arc<KnownCaller>> {
        self.shared.callers.get(generation, key).filter(|known| known.is_good(now))
    }
}

#[cfg(test)]
mod tests;
