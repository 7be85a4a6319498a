//! What a request asks for: scopes, and the resource servers that they are of.

use citizenry_identity::{Client, ResourceServer, Tenant};
use citizenry_storage::{Read, StorageError};

use super::Parameters;
use crate::audience;
use crate::scopes::{OFFLINE_ACCESS, OIDC_SCOPES, may_be_offline};

/// The most scopes of one request.
const MAX_SCOPES: usize = 200;

/// What a request asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Targets {
    /// The scopes that are known, in the order they were asked for, each once.
    pub(super) scopes: Vec<String>,
    /// The resource servers.
    pub(super) servers: Vec<ResourceServer>,
}

/// Why a request's targets are refused: the code and the reason.
type Refusal = (&'static str, &'static str);

/// Looks up what is asked for: by `audience` and `resource` (RFC 8707), else the tenant's default
/// audience, and for the client of a management door the management API. `userinfo` is the address of that endpoint. Scopes that nobody offers are passed over, as the management dialects' vendors do.
pub(super) async fn look_up(
    ports: &mut dyn Read,
    tenant: &Tenant,
    client: &Client,
    parameters: &Parameters,
    host: Option<&str>,
    userinfo: &str,
) -> Result<Result<Targets, Refusal>, StorageError> {
    let named = parameters.get("audience").into_iter();
    let named = named.chain(parameters.resources().iter().map(String::as_str));
    let mut servers: Vec<ResourceServer> = Vec::new();
    let mut named_any = false;
    // Every access token is good for userinfo: there is no need to look for it.
    for wanted in named.filter(|wanted| *wanted != userinfo) {
        named_any = true;
        let Some(server) =
            audience::find(ports.resource_servers(), tenant.id, wanted, host).await?
        else {
            return Ok(Err(("invalid_target", "no resource server has this audience")));
        };
        if !servers.iter().any(|known| known.id == server.id) {
            servers.push(server);
        }
    }
    if !named_any && client.settings.door.is_some() {
        servers.extend(ports.resource_servers().find_system(tenant.id).await?);
    } else if let (false, Some(default)) = (named_any, tenant.settings.default_audience.as_deref())
    {
        servers.extend(audience::find(ports.resource_servers(), tenant.id, default, host).await?);
    }
    Ok(scopes(client, parameters, &servers).map(|scopes| Targets { scopes, servers }))
}

fn scopes(
    client: &Client,
    parameters: &Parameters,
    servers: &[ResourceServer],
) -> Result<Vec<String>, Refusal> {
    let mut scopes: Vec<String> = Vec::new();
    for name in parameters.words("scope") {
        // RFC 6749, section 3.3.
        if !name.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
            return Err(("invalid_scope", "a scope is malformed"));
        }
        if scopes.len() >= MAX_SCOPES {
            return Err(("invalid_scope", "the request names too many scopes"));
        }
        let is_known = if name == OFFLINE_ACCESS {
            may_be_offline(client, servers)
        } else {
            OIDC_SCOPES.contains(&name) || servers.iter().any(|server| server.offers(name))
        };
        if is_known && !scopes.iter().any(|known| known == name) {
            scopes.push(name.to_owned());
        }
    }
    Ok(scopes)
}
