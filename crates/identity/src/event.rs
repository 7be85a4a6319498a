//! Audit events: what was done, by whom, to what.

use serde_json::{Map, Value};

use crate::{ClientId, EventId, Kind, Origin, TenantId, Timestamp, UserId};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// An application, by itself.
    Client(ClientId),
    /// The operator of the installation, by its command line.
    Operator,
    /// The installation itself.
    System,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind of entity.
    pub kind: Kind,
    /// Its identifier, as it is stored (a ULID in lower case).
    pub id: String,
}

/// What was done: `<kind>.<past tense>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventKind(&'static str);

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl EventKind {
            $( $(#[$doc])* pub const $name: Self = Self($text); )*
            const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

event_kinds! {
    /// A tenant was made.
    TENANT_CREATED = "tenant.created";
    /// A tenant's settings or status were changed.
    TENANT_UPDATED = "tenant.updated";
    /// A connection was made.
    CONNECTION_CREATED = "connection.created";
    /// A connection was changed.
    CONNECTION_UPDATED = "connection.updated";
    /// A connection and its users were deleted.
    CONNECTION_DELETED = "connection.deleted";
    /// A client was made.
    CLIENT_CREATED = "client.created";
    /// A client was changed.
    CLIENT_UPDATED = "client.updated";
    /// A client got a new secret.
    CLIENT_SECRET_ROTATED = "client.secret_rotated";
    /// A client and its grants were deleted.
    CLIENT_DELETED = "client.deleted";
    /// A resource server was made.
    RESOURCE_SERVER_CREATED = "resource_server.created";
    /// A resource server was changed.
    RESOURCE_SERVER_UPDATED = "resource_server.updated";
    /// A resource server, its permissions and grants were deleted.
    RESOURCE_SERVER_DELETED = "resource_server.deleted";
    /// A client grant was made.
    CLIENT_GRANT_CREATED = "client_grant.created";
    /// A client grant was changed.
    CLIENT_GRANT_UPDATED = "client_grant.updated";
    /// A client grant was deleted.
    CLIENT_GRANT_DELETED = "client_grant.deleted";
    /// A role was made.
    ROLE_CREATED = "role.created";
    /// A role was changed.
    ROLE_UPDATED = "role.updated";
    /// A role was deleted.
    ROLE_DELETED = "role.deleted";
    /// Permissions were added to a role.
    ROLE_PERMISSIONS_ADDED = "role.permissions_added";
    /// Permissions were removed from a role.
    ROLE_PERMISSIONS_REMOVED = "role.permissions_removed";
    /// A user was made.
    USER_CREATED = "user.created";
    /// A user was made by an import.
    USER_IMPORTED = "user.imported";
    /// A user was changed.
    USER_UPDATED = "user.updated";
    /// A user's password was set.
    USER_PASSWORD_CHANGED = "user.password_changed";
    /// A user was locked.
    USER_LOCKED = "user.locked";
    /// A user's locks were lifted.
    USER_UNLOCKED = "user.unlocked";
    /// A user was deleted.
    USER_DELETED = "user.deleted";
    /// Users were exported, with the hashes of their passwords where that was asked for.
    USERS_EXPORTED = "job.users_exported";
    /// An import of users came to its end.
    USERS_IMPORTED = "job.users_imported";
    /// Roles were given to a user.
    USER_ROLES_ADDED = "user.roles_added";
    /// Roles were taken from a user.
    USER_ROLES_REMOVED = "user.roles_removed";
    /// Permissions were given to a user.
    USER_PERMISSIONS_ADDED = "user.permissions_added";
    /// Permissions were taken from a user.
    USER_PERMISSIONS_REMOVED = "user.permissions_removed";
    /// A user took over the identities of another.
    USER_LINKED = "user.linked";
    /// An identity of a user became a user of its own.
    USER_UNLINKED = "user.unlinked";
    /// A signing key was made.
    SIGNING_KEY_CREATED = "signing_key.created";
    /// A user signed in.
    USER_SIGNED_IN = "user.signed_in";
    /// A sign-in failed.
    USER_SIGN_IN_FAILED = "user.sign_in_failed";
    /// Too many sign-ins of a user failed; he is locked for a while.
    USER_LOCKED_OUT = "user.locked_out";
    /// A user signed up.
    USER_SIGNED_UP = "user.signed_up";
    /// A user signed out, or his session was ended.
    USER_SIGNED_OUT = "user.signed_out";
    /// A mail with which a user can set a new password was asked for.
    PASSWORD_RESET_REQUESTED = "user.password_reset_requested";
    /// A user set a new password by a ticket.
    PASSWORD_RESET = "user.password_reset";
    /// A user showed that an email address is his.
    EMAIL_VERIFIED = "user.email_verified";
    /// A user allowed a client something.
    CONSENT_GRANTED = "consent.granted";
    /// What a user had allowed a client was taken back.
    CONSENT_REVOKED = "consent.revoked";
    /// A user authorized a client: tokens follow.
    CLIENT_AUTHORIZED = "client.authorized";
    /// The tokens of one authorization were revoked.
    TOKENS_REVOKED = "token_family.revoked";
    /// A refresh token or a code was used again by somebody; all tokens of it were revoked.
    TOKEN_REUSED = "token_family.reuse_detected";
    /// A client registered itself.
    CLIENT_REGISTERED = "client.registered";
    /// A signing key took over from the one before.
    SIGNING_KEY_ROTATED = "signing_key.rotated";
    /// A department was made.
    DEPARTMENT_CREATED = "department.created";
    /// A department was changed or moved.
    DEPARTMENT_UPDATED = "department.updated";
    /// A department and those below it were deleted.
    DEPARTMENT_DELETED = "department.deleted";
    /// Users came into a department, left it, or changed their place in it.
    DEPARTMENT_MEMBERS_CHANGED = "department.members_changed";
    /// A group was made.
    GROUP_CREATED = "group.created";
    /// A group was changed.
    GROUP_UPDATED = "group.updated";
    /// A group was deleted.
    GROUP_DELETED = "group.deleted";
    /// Users came into a group or left it.
    GROUP_MEMBERS_CHANGED = "group.members_changed";
    /// What the members of a group may do to objects was changed.
    GROUP_PERMISSIONS_CHANGED = "group.permissions_changed";
    /// A tag was made.
    TAG_CREATED = "tag.created";
    /// A tag was changed.
    TAG_UPDATED = "tag.updated";
    /// A tag was deleted.
    TAG_DELETED = "tag.deleted";
    /// A tag was put on something or taken off.
    TAG_TARGETS_CHANGED = "tag.targets_changed";
    /// A token was made by a person or an administrator.
    API_TOKEN_CREATED = "api_token.created";
    /// The value of such a token was shown.
    API_TOKEN_REVEALED = "api_token.revealed";
    /// Such a token was deleted.
    API_TOKEN_DELETED = "api_token.deleted";
    /// A tenant was locked or unlocked.
    TENANT_LOCKED = "tenant.locked";
    /// A user became an operator of the installation, or is none any more.
    OPERATOR_CHANGED = "user.operator_changed";
    /// A user was mailed a password that is good for a while.
    TEMPORARY_PASSWORD_SENT = "user.temporary_password_sent";
    /// A user was mailed how to show that his address is his, since somebody asked for it.
    VERIFICATION_SENT = "user.verification_sent";
    /// A user was sent a code that is good once.
    ONE_TIME_CODE_SENT = "user.one_time_code_sent";
    /// A signing key was revoked: what it signed is refused.
    SIGNING_KEY_REVOKED = "signing_key.revoked";
}

impl EventKind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied()
    }

    /// The kind as it is stored: `user.locked`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The kind that [`EventKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str() == word)
    }
}

/// An audit event. Written in the unit of work of the change that it tells of; never changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The identifier; events are listed in its order.
    pub id: EventId,
    /// The tenant.
    pub tenant: TenantId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who.
    pub actor: Actor,
    /// To what.
    pub target: Target,
    /// From where.
    pub origin: Origin,
    /// What else is worth keeping: names of changed fields, ids of what was assigned. Never a
    /// secret and never a field's value.
    pub details: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_again_and_stand_once() {
        let words: std::collections::BTreeSet<_> =
            EventKind::all().map(EventKind::as_str).collect();
        assert_eq!(words.len(), EventKind::all().count());
        assert!(EventKind::all().all(|kind| EventKind::parse(kind.as_str()) == Some(kind)));
    }
}
