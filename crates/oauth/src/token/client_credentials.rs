//! The client credentials grant (RFC 6749, section 4.4).

use std::sync::Arc;

use citizenry_identity::{
    ClientGrant, ClientId, ManagementDoor, ResourceServer, ScopeName, SigningAlgorithm, SigningKey,
    StoredToken, TokenFormat, TokenKind,
};
use citizenry_storage::{Read, Remembered, sealing};
use secrecy::{ExposeSecret, SecretString};

use super::{Asked, TokenResponse, Wanted, find_all};
use crate::access_token::{CLIENT_CREDENTIALS, CLIENT_SUBJECT, ClientClaims, Confirmation};
use crate::jws::ACCESS_TOKEN_TYPE;
use crate::opaque::new_token;
use crate::{OAuth, TokenError, TokenType, lifetimes, scopes};

/// The most answers to requests that a server remembers, and the longest request of those, bytes.
pub(crate) const MOST: usize = 1024;
const LONGEST_REMEMBERED: usize = 512;

/// What clients are granted, as far as a server remembers it.
pub(crate) type KnownClientTokens = Remembered<TokenKey, Arc<Granted>>;

/// All that decides what a client is granted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TokenKey {
    client: ClientId,
    host: Option<String>,
    audience: Option<String>,
    resources: Vec<String>,
    scope: Option<String>,
}

impl TokenKey {
    /// The key of a request; `None` for one that is too long to be remembered.
    fn of(asked: &Asked) -> Option<Self> {
        let request = &asked.request;
        let texts = [&request.host, &request.audience, &request.scope].into_iter().flatten();
        let bytes: usize = texts.chain(&request.resources).map(String::len).sum();
        (bytes <= LONGEST_REMEMBERED).then(|| Self {
            client: asked.client.id,
            host: request.host.clone(),
            audience: request.audience.clone(),
            resources: request.resources.clone(),
            scope: request.scope.clone(),
        })
    }
}

/// What was found out about a request that is to be answered with a token.
#[derive(Debug)]
pub(crate) struct Granted {
    resource_server: ResourceServer,
    scope: String,
    /// Whether the token is a JWT.
    is_signed: bool,
    /// How long the token lasts, seconds.
    lifetime: u32,
    /// The key that signs; none if it has yet to be made, or if none signs.
    key: Option<SigningKey>,
}

impl OAuth {
    /// A token for a resource server that the client has a grant for. A JWT is not stored.
    pub(super) async fn client_token(
        &self,
        asked: Arc<Asked>,
    ) -> Result<TokenResponse, TokenError> {
        let granted = self.granted(&asked).await?;
        let access_token = if granted.is_signed {
            self.signed_client_token(&asked, &granted).await?
        } else {
            self.stored_client_token(&asked, &granted).await?
        };
        Ok(TokenResponse {
            access_token,
            token_type: TokenType::of(asked.thumbprint.as_deref()),
            expires_in: granted.lifetime,
            scope: granted.scope.clone(),
            refresh_token: None,
            id_token: None,
        })
    }

    /// What the client is granted; decided anew when something has been committed since.
    async fn granted(&self, asked: &Arc<Asked>) -> Result<Arc<Granted>, TokenError> {
        let key = TokenKey::of(asked);
        let remembered = &self.shared.client_tokens;
        let known = key.as_ref().and_then(|key| remembered.get(asked.generation, key));
        if let Some(known) = known {
            return Ok(known);
        }
        let request = Arc::clone(asked);
        let decided =
            self.shared.storage.read_few(async move |ports| decide(ports, &request).await);
        let granted = Arc::new(decided.await?);
        if let Some(key) = key {
            remembered.put(asked.generation, key, Arc::clone(&granted));
        }
        Ok(granted)
    }

    async fn signed_client_token(
        &self,
        asked: &Asked,
        granted: &Granted,
    ) -> Result<SecretString, TokenError> {
        let server = &granted.resource_server;
        let client = asked.client.identifier.as_str();
        let now = asked.moment.now().unix_seconds();
        let claims = ClientClaims {
            iss: self.shared.issuers.issuer(&asked.tenant.name),
            sub: format!("{client}{CLIENT_SUBJECT}"),
            aud: server.identifier.as_str().to_owned(),
            iat: now,
            exp: now.saturating_add(granted.lifetime.into()),
            jti: asked.moment.alphanumeric(24),
            scope: granted.scope.clone(),
            client_id: client.to_owned(),
            azp: client.to_owned(),
            gty: CLIENT_CREDENTIALS.to_owned(),
            cnf: asked.thumbprint.clone().map(|jkt| Confirmation { jkt }),
        };
        if server.signing_algorithm == SigningAlgorithm::Hs256 {
            let signer = self.own_signer(server)?;
            return Ok(signer.sign(ACCESS_TOKEN_TYPE, None, &claims)?.into());
        }
        let keys = granted.key.as_slice();
        let token = self
            .sign_with(keys, &asked.tenant, server.signing_algorithm, ACCESS_TOKEN_TYPE, &claims)
            .await?;
        Ok(token.into())
    }

    async fn stored_client_token(
        &self,
        asked: &Asked,
        granted: &Granted,
    ) -> Result<SecretString, TokenError> {
        let server = &granted.resource_server;
        let now = asked.moment.now();
        let text = new_token(&asked.moment, asked.client.settings.door);
        let sealer = &self.shared.environment.sealer;
        let token = StoredToken {
            hash: sealer.keyed_hash(sealing::ACCESS_TOKEN, text.expose_secret().as_bytes()),
            kind: TokenKind::Access,
            tenant: asked.tenant.id,
            client: asked.client.id,
            user: None,
            family: None,
            scopes: scopes::split(&granted.scope).into_iter().map(str::to_owned).collect(),
            audiences: vec![server.identifier.as_str().to_owned()],
            dpop_thumbprint: asked.thumbprint.clone(),
            issued_at: now,
            expires_at: now.plus_seconds(granted.lifetime.into()),
            rotated_at: None,
        };
        self.shared
            .storage
            .transact(async move |tx| Ok::<_, TokenError>(tx.tokens().insert(&token).await?))
            .await?;
        Ok(text)
    }
}

/// Decides a request, reading only.
async fn decide(ports: &mut dyn Read, asked: &Asked) -> Result<Granted, TokenError> {
    let (client, tenant) = (&asked.client, &asked.tenant);
    let servers = find_all(ports.resource_servers(), asked.wanted(), tenant).await?;
    // A client's grant is for one resource server, and so is its token.
    let mut servers = servers.into_iter();
    let resource_server =
        servers.next().ok_or(TokenError::InvalidRequest("audience is missing"))?;
    if servers.next().is_some() {
        return Err(TokenError::InvalidTarget);
    }
    let grant = ports.client_grants().find_for(tenant.id, client.id, resource_server.id).await?;
    let door = client.settings.door;
    let scope = match &grant {
        Some(grant) => scope(asked.request.scope.as_deref(), grant, door)?,
        // A management door's client without a grant has a token that permits nothing.
        None if door.is_some() => String::new(),
        None => return Err(TokenError::AccessDenied),
    };
    let is_signed = door.is_none() && resource_server.token_format == TokenFormat::Jwt;
    let lifetime = lifetimes::own_token(client, &resource_server);
    let key = match resource_server.signing_algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 | SigningAlgorithm::EdDsa
            if is_signed =>
        {
            let algorithm = resource_server.signing_algorithm;
            ports.signing_keys().find_current(tenant.id, algorithm).await?
        }
        _ => None,
    };
    Ok(Granted { resource_server, scope, is_signed, lifetime, key })
}

impl Asked {
    /// The resource servers that the request names.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            audience: self.request.audience.as_deref(),
            resources: &self.request.resources,
            host: self.request.host.as_deref(),
            door: self.client.settings.door,
        }
    }
}

/// The scope of the token: what was asked for, if it is granted; all that is granted, if nothing
/// was asked for. The words of a management door that are not ours are passed over.
fn scope(
    wanted: Option<&str>,
    grant: &ClientGrant,
    door: Option<ManagementDoor>,
) -> Result<String, TokenError> {
    let granted: Vec<&str> = grant.scopes.iter().map(ScopeName::as_str).collect();
    let mut wanted = scopes::split(wanted.unwrap_or_default());
    if door.is_some() {
        wanted.retain(|name| granted.contains(name));
    }
    if wanted.iter().any(|name| !granted.contains(name)) {
        return Err(TokenError::InvalidScope);
    }
    Ok(if wanted.is_empty() { granted.join(" ") } else { wanted.join(" ") })
}
