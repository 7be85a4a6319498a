//! The token endpoint: the client credentials grant (RFC 6749, section 4.4).

use citizenry_identity::{
    Client, ClientGrant, Moment, ResourceServer, ScopeName, SigningAlgorithm, SigningKey, Tenant,
    TenantStatus,
};
use citizenry_storage::{Read, sealing};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::access_token::{CLIENT_CREDENTIALS, CLIENT_SUBJECT, ClientClaims};
use crate::client_authentication::Presented;
use crate::jws::{ACCESS_TOKEN_TYPE, Signer};
use crate::{OAuth, TokenError, audience};

/// What a client sends to the token endpoint. Whatever else it sends is ignored.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The host, and the port if there was one, that the request was sent to.
    pub host: Option<String>,
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// The client's credentials in the header, form encoding undone.
    pub basic: Option<BasicClient>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `client_secret`.
    pub client_secret: Option<SecretString>,
    /// `audience`: the identifier of a resource server.
    pub audience: Option<String>,
    /// `scope`: names separated by blanks.
    pub scope: Option<String>,
}

/// A client's credentials as HTTP Basic carries them.
#[derive(Debug, Clone)]
pub struct BasicClient {
    /// The client's identifier.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// A token and what it is good for (RFC 6749, section 5.1).
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// The token.
    pub access_token: SecretString,
    /// For how long it is good, seconds.
    pub expires_in: u32,
    /// What it permits: names separated by blanks.
    pub scope: String,
}

/// What was found out about a request that is to be answered with a token.
struct Granted {
    tenant: Tenant,
    client: Client,
    resource_server: ResourceServer,
    scope: String,
    /// The key that signs; none if it has yet to be made, or if the resource server has its own.
    key: Option<SigningKey>,
}

impl OAuth {
    /// Gives a client a token for a resource server that it has a grant for. Nothing is stored.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn token(&self, request: TokenRequest) -> Result<TokenResponse, TokenError> {
        let client = request.basic.as_ref().map(|basic| &basic.client_id);
        let client = client.or(request.client_id.as_ref()).filter(|id| id.len() <= 128).cloned();
        let result = self.grant(request).await;
        if let Err(error) = &result {
            // The identifier is whatever the caller wrote: as a field, escaped.
            tracing::info!(client_id = client.as_deref(), error = error.code(), "no token");
        }
        result
    }

    async fn grant(&self, request: TokenRequest) -> Result<TokenResponse, TokenError> {
        match request.grant_type.as_deref() {
            None => return Err(TokenError::InvalidRequest("grant_type is missing")),
            Some("client_credentials") => {}
            Some(_) => return Err(TokenError::UnsupportedGrantType),
        }
        let moment = self.shared.environment.moment();
        let presented = Presented::of(&request, &*self.shared.environment.sealer)?;
        let granted = self
            .shared
            .storage
            .read(async move |ports| decide(ports, &request, &presented).await)
            .await?;
        self.issue(granted, &moment).await
    }

    async fn issue(&self, granted: Granted, moment: &Moment) -> Result<TokenResponse, TokenError> {
        let claims = self.claims(&granted, moment);
        let lifetime = granted.resource_server.token_lifetime;
        let token = match granted.resource_server.signing_algorithm {
            SigningAlgorithm::Hs256 => {
                self.own_signer(&granted.resource_server)?.sign(ACCESS_TOKEN_TYPE, None, &claims)
            }
            algorithm @ (SigningAlgorithm::Es256
            | SigningAlgorithm::Rs256
            | SigningAlgorithm::EdDsa) => {
                let key = match granted.key {
                    Some(key) => key,
                    None => self.signing_key(&granted.tenant, algorithm).await?,
                };
                let signer = self.shared.signers.get(&*self.shared.environment.sealer, &key)?;
                signer.sign(ACCESS_TOKEN_TYPE, Some(&key.id.to_string()), &claims)
            }
        };
        let token = token.map_err(|error| TokenError::Internal(error.into()))?;
        Ok(TokenResponse { access_token: token.into(), expires_in: lifetime, scope: claims.scope })
    }

    fn claims(&self, granted: &Granted, moment: &Moment) -> ClientClaims {
        let client = granted.client.identifier.as_str();
        let now = moment.now().unix_seconds();
        ClientClaims {
            iss: self.shared.issuers.issuer(&granted.tenant.name),
            sub: format!("{client}{CLIENT_SUBJECT}"),
            aud: granted.resource_server.identifier.as_str().to_owned(),
            iat: now,
            exp: now.saturating_add(granted.resource_server.token_lifetime.into()),
            jti: moment.alphanumeric(24),
            scope: granted.scope.clone(),
            client_id: client.to_owned(),
            azp: client.to_owned(),
            gty: CLIENT_CREDENTIALS.to_owned(),
        }
    }

    /// The key of a resource server whose tokens are signed with its own secret.
    fn own_signer(&self, server: &ResourceServer) -> Result<Signer, TokenError> {
        let sealed = server.signing_secret.as_deref().unwrap_or_default();
        let secret =
            self.shared.environment.sealer.open(&sealing::signing_secret(server.id), sealed)?;
        Ok(Signer::hs256(&Zeroizing::new(secret)))
    }
}

/// Decides a request, reading only.
async fn decide(
    ports: &mut dyn Read,
    request: &TokenRequest,
    presented: &Presented,
) -> Result<Granted, TokenError> {
    let (client, tenant) = authenticate(ports, request, presented).await?;
    if !client.may_use_grant("client_credentials") {
        return Err(TokenError::UnauthorizedClient);
    }
    let resource_server = resource_server(ports, request, &tenant).await?;
    let grant = ports.client_grants().find_for(tenant.id, client.id, resource_server.id).await?;
    let grant = grant.ok_or(TokenError::AccessDenied)?;
    let scope = scope(request.scope.as_deref(), &grant)?;
    let key = match resource_server.signing_algorithm {
        SigningAlgorithm::Hs256 => None,
        algorithm => ports.signing_keys().find_current(tenant.id, algorithm).await?,
    };
    Ok(Granted { tenant, client, resource_server, scope, key })
}

/// The client that the request proves, and its tenant. Every failure looks the same outside.
async fn authenticate(
    ports: &mut dyn Read,
    request: &TokenRequest,
    presented: &Presented,
) -> Result<(Client, Tenant), TokenError> {
    let client = ports.clients().find_anywhere(&presented.identifier).await?;
    let client = client.filter(|client| presented.proves(client));
    let client = client.ok_or(TokenError::InvalidClient)?;
    let tenant = ports.tenants().find(client.tenant).await?;
    let tenant = tenant.filter(|tenant| {
        let named = request.tenant.as_deref();
        tenant.status == TenantStatus::Enabled
            && named.is_none_or(|named| named == tenant.name.as_str())
    });
    Ok((client, tenant.ok_or(TokenError::InvalidClient)?))
}

/// The resource server that the request asks for: as its identifier is written, with a final slash
/// more or less, or, for the management API, by the host that the request was sent to.
async fn resource_server(
    ports: &mut dyn Read,
    request: &TokenRequest,
    tenant: &Tenant,
) -> Result<ResourceServer, TokenError> {
    let wanted = request.audience.as_deref().or(tenant.settings.default_audience.as_deref());
    let wanted = wanted.ok_or(TokenError::InvalidRequest("audience is missing"))?;
    let other = match audience::trim(wanted) {
        trimmed if trimmed == wanted => format!("{wanted}/"),
        trimmed => trimmed.to_owned(),
    };
    for identifier in [wanted, &other] {
        let found = ports.resource_servers().find_by_identifier(tenant.id, identifier).await?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let host = request.host.as_deref();
    if host.is_some_and(|host| audience::is_management_of_host(wanted, host)) {
        let management = ports.resource_servers().find_system(tenant.id).await?;
        return management.ok_or(TokenError::InvalidTarget);
    }
    Err(TokenError::InvalidTarget)
}

/// The scope of the token: what was asked for, if it is granted; all that is granted, if nothing
/// was asked for.
fn scope(wanted: Option<&str>, grant: &ClientGrant) -> Result<String, TokenError> {
    let granted = || grant.scopes.iter().map(ScopeName::as_str);
    let mut scope: Vec<&str> = Vec::new();
    for name in wanted.unwrap_or_default().split(' ').filter(|name| !name.is_empty()) {
        if !granted().any(|granted| granted == name) {
            return Err(TokenError::InvalidScope);
        }
        if !scope.contains(&name) {
            scope.push(name);
        }
    }
    if scope.is_empty() {
        scope = granted().collect();
    }
    Ok(scope.join(" "))
}

#[cfg(test)]
mod tests;
