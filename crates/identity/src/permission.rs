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
        let at = NAMES.binary_search(&name).ok()?;
        u8::try_from(at).ok().map(Self)
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

/// In alphabetical order, which look-ups rely on. A position is never stored.
const NAMES: [&str; 146] = [
    "blacklist:tokens",
    "create:actions",
    "create:api_tokens",
    "create:client_grants",
    "create:client_keys",
    "create:clients",
    "create:connections",
    "create:custom_domains",
    "create:departments",
    "create:device_credentials",
    "create:email_provider",
    "create:email_templates",
    "create:groups",
    "create:guardian_enrollment_tickets",
    "create:hooks",
    "create:log_streams",
    "create:organization_connections",
    "create:organization_invitations",
    "create:organization_member_roles",
    "create:organization_members",
    "create:organizations",
    "create:passwords_checking_job",
    "create:resource_servers",
    "create:role_members",
    "create:roles",
    "create:rules",
    "create:shields",
    "create:signing_keys",
    "create:tags",
    "create:user_custom_blocks",
    "create:user_tickets",
    "create:users",
    "create:users_app_metadata",
    "delete:actions",
    "delete:anomaly_blocks",
    "delete:api_tokens",
    "delete:branding",
    "delete:client_grants",
    "delete:client_keys",
    "delete:clients",
    "delete:connections",
    "delete:custom_domains",
    "delete:departments",
    "delete:device_credentials",
    "delete:email_provider",
    "delete:grants",
    "delete:groups",
    "delete:guardian_enrollments",
    "delete:hooks",
    "delete:log_streams",
    "delete:organization_connections",
    "delete:organization_invitations",
    "delete:organization_member_roles",
    "delete:organization_members",
    "delete:organizations",
    "delete:passwords_checking_job",
    "delete:resource_servers",
    "delete:role_members",
    "delete:roles",
    "delete:rules",
    "delete:rules_configs",
    "delete:shields",
    "delete:tags",
    "delete:user_custom_blocks",
    "delete:users",
    "delete:users_app_metadata",
    "read:actions",
    "read:anomaly_blocks",
    "read:api_tokens",
    "read:attack_protection",
    "read:branding",
    "read:client_grants",
    "read:client_keys",
    "read:clients",
    "read:connections",
    "read:custom_domains",
    "read:departments",
    "read:device_credentials",
    "read:email_provider",
    "read:email_templates",
    "read:entitlements",
    "read:grants",
    "read:groups",
    "read:guardian_enrollments",
    "read:guardian_factors",
    "read:hooks",
    "read:insights",
    "read:limits",
    "read:log_streams",
    "read:logs",
    "read:logs_users",
    "read:mfa_policies",
    "read:organization_connections",
    "read:organization_invitations",
    "read:organization_member_roles",
    "read:organization_members",
    "read:organizations",
    "read:prompts",
    "read:resource_servers",
    "read:role_members",
    "read:roles",
    "read:rules",
    "read:rules_configs",
    "read:shields",
    "read:signing_keys",
    "read:stats",
    "read:tags",
    "read:tenant_settings",
    "read:triggers",
    "read:user_custom_blocks",
    "read:user_idp_tokens",
    "read:users",
    "read:users_app_metadata",
    "update:actions",
    "update:attack_protection",
    "update:branding",
    "update:client_grants",
    "update:client_keys",
    "update:clients",
    "update:connections",
    "update:current_user_identities",
    "update:custom_domains",
    "update:departments",
    "update:device_credentials",
    "update:email_provider",
    "update:email_templates",
    "update:groups",
    "update:guardian_factors",
    "update:hooks",
    "update:limits",
    "update:log_streams",
    "update:mfa_policies",
    "update:organization_connections",
    "update:organizations",
    "update:prompts",
    "update:resource_servers",
    "update:roles",
    "update:rules",
    "update:rules_configs",
    "update:shields",
    "update:signing_keys",
    "update:tags",
    "update:tenant_settings",
    "update:triggers",
    "update:users",
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
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn scope_names_follow_rfc_6749() {
        assert!(ScopeName::parse("scope", "read:users").is_ok());
        for text in ["", "read users", "a\"b", "a\\b", "lesen:schlüssel"] {
            assert!(ScopeName::parse("scope", text).is_err(), "{text}");
        }
    }
}
