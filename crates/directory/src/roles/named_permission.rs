//! Permissions as callers name them and as doors show them.

use std::{collections::BTreeMap, fmt};

use citizenry_authz::{Caller, Permissions};
use citizenry_identity::{
    Error, ManagementPermission, PermissionRef, ResourceServer, ScopeName, TenantId,
};
use citizenry_storage::ports::ReadResourceServers;

use super::check_holds;

/// A permission as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPermission {
    /// The resource server's audience.
    pub audience: String,
    /// The scope.
    pub scope: String,
}

impl fmt::Display for NamedPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.audience, self.scope)
    }
}

/// A permission as doors show it.
#[derive(Debug, Clone)]
pub struct PermissionView {
    /// The permission.
    pub permission: PermissionRef,
    /// The resource server's audience.
    pub audience: String,
    /// The resource server's name.
    pub resource_server_name: String,
    /// What the scope allows.
    pub description: Option<String>,
}

/// Those of the named permissions that there are. `giving` also asks that the caller holds what he
/// gives of the management API.
///
/// # Errors
/// `Invalid` on `permissions` for more than 1,000; `Forbidden`.
pub(crate) async fn resolve(
    servers: &mut dyn ReadResourceServers,
    caller: &Caller,
    named: &[NamedPermission],
    giving: bool,
) -> Result<Vec<PermissionRef>, Error> {
    if named.len() > 1_000 {
        return Err(Error::invalid("permissions", "must be at most 1000"));
    }
    let mut audiences: Vec<_> = named.iter().map(|it| it.audience.clone()).collect();
    audiences.sort();
    audiences.dedup();
    let found = servers.find_by_identifiers(caller.tenant(), &audiences).await?;
    let by_audience: BTreeMap<_, _> =
        found.iter().map(|server| (server.identifier.as_str(), server)).collect();
    let known: Vec<(&NamedPermission, &ResourceServer)> = named
        .iter()
        .filter_map(|it| Some((it, *by_audience.get(it.audience.as_str())?)))
        .filter(|(it, server)| server.offers(&it.scope))
        .collect();
    if giving {
        let managing = known.iter().filter(|(_, server)| server.is_system);
        let managing: Permissions =
            managing.filter_map(|(it, _)| ManagementPermission::parse(&it.scope)).collect();
        check_holds(caller, &managing)?;
    }
    let refs = known.into_iter().map(|(it, server)| PermissionRef {
        resource_server: server.id,
        scope: ScopeName::from_stored(it.scope.clone()),
    });
    Ok(refs.collect())
}

/// Permissions with the names of their resource servers, in the same order.
pub(crate) async fn describe(
    servers: &mut dyn ReadResourceServers,
    tenant: TenantId,
    permissions: Vec<PermissionRef>,
) -> Result<Vec<PermissionView>, Error> {
    let mut ids: Vec<_> = permissions.iter().map(|it| it.resource_server).collect();
    ids.sort();
    ids.dedup();
    let found = servers.find_many(tenant, &ids).await?;
    let by_id: BTreeMap<_, _> = found.iter().map(|server| (server.id, server)).collect();
    let view = |permission: PermissionRef| {
        let server = by_id.get(&permission.resource_server);
        let scopes = server.map(|server| server.scopes.as_slice()).unwrap_or_default();
        let scope = scopes.iter().find(|scope| scope.name == permission.scope);
        PermissionView {
            audience: server.map(|server| server.identifier.to_string()).unwrap_or_default(),
            resource_server_name: server.map(|it| it.name.to_string()).unwrap_or_default(),
            description: scope.and_then(|it| it.description.as_ref()).map(ToString::to_string),
            permission,
        }
    };
    Ok(permissions.into_iter().map(view).collect())
}
