//! Scopes: what a token permits (RFC 6749, section 3.3).

use citizenry_authz::EffectivePermissions;
use citizenry_identity::{Client, ResourceServer, TenantId, UserId};
use citizenry_storage::{Result, Tx};

/// The scopes of OpenID Connect, which belong to no resource server.
pub(crate) const OIDC_SCOPES: [&str; 6] =
    ["openid", "profile", "email", "address", "phone", OFFLINE_ACCESS];

/// The scope that asks for an ID token and opens userinfo.
pub(crate) const OPENID: &str = "openid";

/// The scope that asks for a refresh token.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// The most scopes of one request.
const MAX_SCOPES: usize = 1_000;

/// The names in a `scope` parameter, each once, in their order.
pub(crate) fn split(scope: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in scope.split(' ').filter(|name| !name.is_empty()).take(MAX_SCOPES) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Those of `scopes` that a user's token for `servers` may carry: OpenID Connect's, and what the
/// resource servers offer. Others are passed over.
pub(crate) fn offered<'s>(
    scopes: impl IntoIterator<Item = &'s str>,
    servers: &[ResourceServer],
) -> Vec<String> {
    let known = |scope: &&str| {
        OIDC_SCOPES.contains(scope) || servers.iter().any(|server| server.offers(scope))
    };
    scopes.into_iter().filter(known).map(str::to_owned).collect()
}

/// Whether the client may get refresh tokens, and every resource server allows them; a management
/// door's client is asked nothing further.
pub(crate) fn may_be_offline(client: &Client, servers: &[ResourceServer]) -> bool {
    client.may_use_grant("refresh_token")
        && (client.settings.door.is_some()
            || servers.iter().all(|server| server.allow_offline_access))
}

/// What a user may do at `servers`, as it is stored now.
pub(crate) async fn permissions_of(
    tx: &mut dyn Tx,
    tenant: TenantId,
    user: UserId,
) -> Result<EffectivePermissions> {
    let permissions = tx.assignments().permissions_of_user(tenant, user).await?;
    let roles = tx.assignments().role_ids_of_user(tenant, user).await?;
    let role_permissions = tx.assignments().permissions_of_roles(tenant, &roles).await?;
    let roles = roles.into_iter().map(citizenry_authz::RoleAssignment::Direct).collect();
    let granted = citizenry_authz::Granted { permissions, roles, role_permissions };
    Ok(EffectivePermissions::of(&granted, None))
}

/// Whether users' tokens for a resource server are limited to their permissions: where it enforces
/// policies, and always at the management API.
pub(crate) fn limits_users(server: &ResourceServer) -> bool {
    server.enforce_policies || server.is_system
}

/// Takes from `scopes` what resource servers that enforce policies offer and the user may not do.
/// A scope stays while one resource server lets the user have it.
pub(crate) fn limit(
    scopes: &mut Vec<String>,
    servers: &[ResourceServer],
    permissions: &EffectivePermissions,
) {
    scopes.retain(|scope| {
        let mut offering = servers.iter().filter(|server| server.offers(scope)).peekable();
        offering.peek().is_none()
            || offering.any(|server| {
                !limits_users(server) || permissions.scopes_of(server.id).any(|held| held == scope)
            })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_names_between_blanks_each_once() {
        assert_eq!(split(" openid  email openid "), ["openid", "email"]);
        assert!(split("").is_empty());
        assert_eq!(split("a\tb"), ["a\tb"]);
    }
}
