//! Permissions: the management vocabulary, and references to scopes of resource servers.

use std::fmt;

use crate::{Error, GroupId, OrganizationId, ResourceServerId, RoleId, Text};

/// The name of a scope (`read:users`): 1 to 280 printable ASCII characters without blank, quote and
/// backslash (RFC 6749 section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeName(Text<280>);

impl ScopeName {
    /// Reads a scope's name.
    ///
    /// # Errors
    /// `Invalid` on `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Error> {
        let legal = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
        if !text.chars().all(legal) {
            return Err(Error::invalid(
                field,
                "must consist of printable ASCII characters without blank, quote and backslash",
            ));
        }
        Text::parse(field, text).map(Self)
    }

    /// A name that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(Text::from_stored(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A permission: one scope of one resource server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionRef {
    /// The resource server.
    pub resource_server: ResourceServerId,
    /// The scope.
    pub scope: ScopeName,
}

/// Why a user has a role or a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionSource {
    /// Given to the user himself.
    Direct,
    /// By a role that he has himself.
    Role(RoleId),
    /// By a role of a group that he is a member of.
    GroupRole(GroupId, RoleId),
    /// By a role that he has inside an organization, and only while he acts in it.
    OrganizationRole(OrganizationId, RoleId),
}

/// A permission to manage a tenant, `<verb>:<resource>`: one vocabulary for all dialects, to which
/// Authok's scopes map by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ManagementPermission(u8);

impl ManagementPermission {
    /// How many there are.
    pub const COUNT: usize = NAMES.len();

    /// The permission of that name.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok()).map(Self)
    }

    /// All of them, in a stable order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len()).filter_map(|at| u8::try_from(at).ok()).map(Self)
    }

    /// The position in [`ManagementPermission::all`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The permission's name.
    pub fn as_str(self) -> &'static str {
        NAMES.get(self.index()).copied().unwrap_or_default()
    }
}

impl fmt::Display for ManagementPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ManagementPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Ordered by resource, then verb. The position is never stored, so the order may change.
const NAMES: [&str; 135] = [
    "create:actions",
    "delete:actions",
    "read:actions",
    "update:actions",
    "delete:anomaly_blocks",
    "read:anomaly_blocks",
    "read:attack_protection",
    "update:attack_protection",
    "delete:branding",
    "read:branding",
    "update:branding",
    "create:client_grants",
    "delete:client_grants",
    "read:client_grants",
    "update:client_grants",
    "create:client_keys",
    "delete:client_keys",
    "read:client_keys",
    "update:client_keys",
    "create:clients",
    "delete:clients",
    "read:clients",
    "update:clients",
    "create:connections",
    "delete:connections",
    "read:connections",
    "update:connections",
    "update:current_user_identities",
    "create:custom_domains",
    "delete:custom_domains",
    "read:custom_domains",
    "update:custom_domains",
    "create:device_credentials",
    "delete:device_credentials",
    "read:device_credentials",
    "update:device_credentials",
    "create:email_provider",
    "delete:email_provider",
    "read:email_provider",
    "update:email_provider",
    "create:email_templates",
    "read:email_templates",
    "update:email_templates",
    "read:entitlements",
    "delete:grants",
    "read:grants",
    "create:groups",
    "delete:groups",
    "read:groups",
    "update:groups",
    "create:guardian_enrollment_tickets",
    "delete:guardian_enrollments",
    "read:guardian_enrollments",
    "read:guardian_factors",
    "update:guardian_factors",
    "create:hooks",
    "delete:hooks",
    "read:hooks",
    "update:hooks",
    "read:insights",
    "read:limits",
    "update:limits",
    "create:log_streams",
    "delete:log_streams",
    "read:log_streams",
    "update:log_streams",
    "read:logs",
    "read:logs_users",
    "read:mfa_policies",
    "update:mfa_policies",
    "create:organization_connections",
    "delete:organization_connections",
    "read:organization_connections",
    "update:organization_connections",
    "create:organization_invitations",
    "delete:organization_invitations",
    "read:organization_invitations",
    "create:organization_member_roles",
    "delete:organization_member_roles",
    "read:organization_member_roles",
    "create:organization_members",
    "delete:organization_members",
    "read:organization_members",
    "create:organizations",
    "delete:organizations",
    "read:organizations",
    "update:organizations",
    "create:passwords_checking_job",
    "delete:passwords_checking_job",
    "read:prompts",
    "update:prompts",
    "create:resource_servers",
    "delete:resource_servers",
    "read:resource_servers",
    "update:resource_servers",
    "create:role_members",
    "delete:role_members",
    "read:role_members",
    "create:roles",
    "delete:roles",
    "read:roles",
    "update:roles",
    "create:rules",
    "delete:rules",
    "read:rules",
    "update:rules",
    "delete:rules_configs",
    "read:rules_configs",
    "update:rules_configs",
    "create:shields",
    "delete:shields",
    "read:shields",
    "update:shields",
    "create:signing_keys",
    "read:signing_keys",
    "update:signing_keys",
    "read:stats",
    "read:tenant_settings",
    "update:tenant_settings",
    "blacklist:tokens",
    "read:triggers",
    "update:triggers",
    "create:user_custom_blocks",
    "delete:user_custom_blocks",
    "read:user_custom_blocks",
    "read:user_idp_tokens",
    "create:user_tickets",
    "create:users",
    "delete:users",
    "read:users",
    "update:users",
    "create:users_app_metadata",
    "delete:users_app_metadata",
    "read:users_app_metadata",
    "update:users_app_metadata",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again_and_stand_once() {
        let names: std::collections::BTreeSet<_> =
            ManagementPermission::all().map(ManagementPermission::as_str).collect();
        assert_eq!(names.len(), ManagementPermission::COUNT);
        for permission in ManagementPermission::all() {
            assert_eq!(ManagementPermission::parse(permission.as_str()), Some(permission));
        }
        assert_eq!(ManagementPermission::parse("read:everything"), None);
    }

    #[test]
    fn scope_names_follow_rfc_6749() {
        assert!(ScopeName::parse("scope", "read:users").is_ok());
        for text in ["", "read users", "a\"b", "a\\b", "lesen:schlüssel"] {
            assert!(ScopeName::parse("scope", text).is_err(), "{text}");
        }
    }
}
