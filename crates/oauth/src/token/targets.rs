//! Which resource servers a request wants tokens for: `audience`, and `resource` (RFC 8707).

use citizenry_identity::{ManagementDoor, ResourceServer, Tenant};
use citizenry_storage::ports::ReadResourceServers;

use crate::{TokenError, audience};

/// What a request says about that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'r> {
    /// `audience`.
    pub(crate) audience: Option<&'r str>,
    /// `resource`, as often as it was sent.
    pub(crate) resources: &'r [String],
    /// The host that the request was sent to.
    pub(crate) host: Option<&'r str>,
    /// The management door whose client asks.
    pub(crate) door: Option<ManagementDoor>,
}

impl<'r> Wanted<'r> {
    /// What is named.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        self.audience.into_iter().chain(self.resources.iter().map(String::as_str))
    }
}

/// The resource servers that are wanted, each once. If none is named: the management API for the
/// client of a management door; for others the tenant's own choice, and none at all if there is
/// none.
pub(crate) async fn find_all(
    servers: &mut dyn ReadResourceServers,
    wanted: Wanted<'_>,
    tenant: &Tenant,
) -> Result<Vec<ResourceServer>, TokenError> {
    let mut names: Vec<&str> = wanted.names().collect();
    if names.is_empty() && wanted.door.is_some() {
        return Ok(servers.find_system(tenant.id).await?.into_iter().collect());
    }
    if names.is_empty() {
        names.extend(tenant.settings.default_audience.as_deref());
    }
    let mut found: Vec<ResourceServer> = Vec::new();
    for name in names {
        let server = audience::find(servers, tenant.id, name, wanted.host).await?;
        let server = server.ok_or(TokenError::InvalidTarget)?;
        if !found.iter().any(|other| other.id == server.id) {
            found.push(server);
        }
    }
    Ok(found)
}
