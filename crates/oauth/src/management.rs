//! The management API: which resource server it is, and who is calling it.

use std::sync::Arc;

use citizenry_authz::{Caller, Permissions, Subject};
use citizenry_identity::{
    ClientGrant, ClientId, ClientIdentifier, Error, KeyState, ManagementPermission, Origin,
    ResourceServerId, ScopeName, SigningKey, SigningKeyId, Tenant, TenantId, Timestamp, TokenKind,
};
use citizenry_storage::{Generation, Read};
use secrecy::{ExposeSecret, SecretString};

use crate::OAuth;
use crate::access_token::{CLIENT_SUBJECT, ClientClaims};
use crate::active_token::is_revoked;
use crate::jws::Token;
use crate::known_callers::{CallerKey, KnownCaller};
use crate::per_tenant::PerTenant;
use crate::signing_keys::public_key;

/// The identifiers of the tenants' management APIs. They never change and are never deleted, so
/// each is read once a server.
pub(crate) type ManagementServers = PerTenant<ManagementServer>;

/// A tenant's management API.
#[derive(Debug, Clone)]
pub(crate) struct ManagementServer {
    pub(crate) id: ResourceServerId,
    pub(crate) audience: String,
}

impl ManagementServers {
    /// The management API of `tenant`.
    pub(crate) async fn of(
        &self,
        ports: &mut dyn Read,
        tenant: TenantId,
    ) -> Result<Option<ManagementServer>, Error> {
        if let Some(known) = self.get(tenant) {
            return Ok(Some(known));
        }
        let Some(server) = ports.resource_servers().find_system(tenant).await? else {
            return Ok(None);
        };
        let server =
            ManagementServer { id: server.id, audience: server.identifier.as_str().to_owned() };
        self.put(tenant, server.clone());
        Ok(Some(server))
    }
}

/// What the database knows about a token's key and client.
struct Known {
    key: SigningKey,
    tenant: Tenant,
    client: ClientId,
    audience: String,
    grant: ClientGrant,
}

impl OAuth {
    /// The caller that a bearer token of the management API stands for. His permissions are those
    /// that the token carries *and* that are granted to its client now, so that a narrowed grant, a
    /// deleted client or a disabled tenant counts at the next request.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is not a good token of this API (why is in the log);
    /// `Unavailable`, `Internal`.
    pub async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
    ) -> Result<Caller, Error> {
        let now = self.shared.environment.clock.now();
        let generation = self.shared.storage.generation().await;
        let key = CallerKey::new(&*self.shared.environment.sealer, None, bearer);
        if let Some(known) = self.known_caller(generation, &key, now) {
            return Ok(known.caller(origin));
        }
        let refuse = |reason: &'static str| {
            tracing::debug!(reason, "a bearer token was refused");
            Error::Unauthenticated
        };
        let proved = if bearer.expose_secret().contains('.') {
            self.prove_jwt(bearer.expose_secret(), now).await?.map_err(refuse)?
        } else {
            let proved = self.prove_stored(generation, bearer).await?;
            proved.ok_or_else(|| refuse("no stored token of this API"))?
        };
        let caller = proved.caller(origin);
        self.shared.callers.put(generation, key, Arc::new(proved));
        Ok(caller)
    }

    /// What a JWT stands for, or why it is refused.
    async fn prove_jwt(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Result<KnownCaller, &'static str>, Error> {
        let Some(token) = Token::read(text) else { return Ok(Err("no plain token")) };
        let claims = match self.plausible(&token, now) {
            Ok(claims) => claims,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(known) = self.known(&token, &claims).await? else { return Ok(Err("not known")) };
        // Only from here on may the claims be believed.
        if !public_key(&known.key)?.verifies(&token).map_err(Error::internal)? {
            return Ok(Err("the signature is wrong"));
        }
        Ok(self.believed(&known, &claims).map(|()| KnownCaller {
            permissions: permissions(&claims.scope, &known.grant),
            tenant: known.tenant,
            subject: Subject::Client(known.client),
            operates: false,
            user: None,
            family: None,
            expires_at: Some(claims.exp),
        }))
    }

    /// What an opaque token stands for, where the management API has those.
    async fn prove_stored(
        &self,
        generation: Option<Generation>,
        bearer: &SecretString,
    ) -> Result<Option<KnownCaller>, Error> {
        let token = self.active_token_in(generation, bearer).await?;
        let Some(token) = token else { return Ok(None) };
        // The management doors' clients have tokens for their doors alone.
        let is_clients = token.kind == TokenKind::Access
            && token.user.is_none()
            && token.client.settings.door.is_none();
        if !is_clients || token.thumbprint.is_some() {
            return Ok(None);
        }
        let service = self.clone();
        let (tenant, client) = (token.tenant.id, token.client.id);
        let known = self
            .shared
            .storage
            .read_few(async move |ports| {
                let server = service.shared.management.of(ports, tenant).await?;
                let Some(server) = server else { return Ok(None) };
                let grant = ports.client_grants().find_for(tenant, client, server.id).await?;
                Ok::<_, Error>(grant.map(|grant| (server.audience, grant)))
            })
            .await?;
        let Some((audience, grant)) = known else { return Ok(None) };
        if !token.audiences.contains(&audience) {
            return Ok(None);
        }
        Ok(Some(KnownCaller {
            permissions: permissions(&token.scopes.join(" "), &grant),
            tenant: token.tenant.clone(),
            subject: Subject::Client(client),
            operates: false,
            user: None,
            family: token.family.clone(),
            expires_at: Some(token.expires_at),
        }))
    }

    /// What can be refused without asking the database: none of it needs the token to be true.
    fn plausible(&self, token: &Token<'_>, now: Timestamp) -> Result<ClientClaims, &'static str> {
        if !token.header.is_access_token() {
            return Err("the type is wrong");
        }
        let claims: ClientClaims = token.claims().ok_or("the claims are not a client's")?;
        if claims.exp <= now.unix_seconds() {
            return Err("expired");
        }
        if claims.sub.strip_suffix(CLIENT_SUBJECT) != Some(claims.client_id.as_str()) {
            return Err("the subject is not the client");
        }
        if claims.cnf.is_some() {
            return Err("bound to a key that is not proved");
        }
        if !claims.iss.starts_with(self.shared.issuers.public_url()) {
            return Err("the issuer is foreign");
        }
        Ok(claims)
    }

    /// Looks up what the token speaks of. `None` when anything of it is not there.
    async fn known(
        &self,
        token: &Token<'_>,
        claims: &ClientClaims,
    ) -> Result<Option<Known>, Error> {
        let kid = token.header.kid.as_deref().and_then(|kid| kid.parse::<SigningKeyId>().ok());
        let client = ClientIdentifier::parse(&claims.client_id).ok();
        let (Some(kid), Some(client)) = (kid, client) else { return Ok(None) };
        let (service, jti) = (self.clone(), claims.jti.clone());
        self.shared
            .storage
            .read_few(async move |ports| look_up(ports, &service, kid, &client, &jti).await)
            .await
    }

    /// Whether the claims, which are true now, are good here.
    fn believed(&self, known: &Known, claims: &ClientClaims) -> Result<(), &'static str> {
        if claims.iss != self.shared.issuers.issuer(&known.tenant.name) {
            return Err("the issuer is another tenant's");
        }
        if claims.aud != known.audience {
            return Err("the audience is another API");
        }
        Ok(())
    }
}

async fn look_up(
    ports: &mut dyn Read,
    service: &OAuth,
    kid: SigningKeyId,
    client: &ClientIdentifier,
    jti: &str,
) -> Result<Option<Known>, Error> {
    let Some(key) = ports.signing_keys().find_anywhere(kid).await? else { return Ok(None) };
    if !matches!(key.state, KeyState::Current | KeyState::Previous) {
        return Ok(None);
    }
    let Some(tenant) = ports.tenants().find(key.tenant).await? else { return Ok(None) };
    if !tenant.is_open(service.shared.environment.clock.now()) {
        return Ok(None);
    }
    let sealer = &*service.shared.environment.sealer;
    if is_revoked(ports, sealer, tenant.id, jti).await? {
        return Ok(None);
    }
    let found = ports.clients().find_by_identifier(tenant.id, client).await?;
    let Some(client) = found.map(|client| client.id) else { return Ok(None) };
    let Some(server) = service.shared.management.of(ports, tenant.id).await? else {
        return Ok(None);
    };
    let grant = ports.client_grants().find_for(tenant.id, client, server.id).await?;
    Ok(grant.map(|grant| Known { key, tenant, client, audience: server.audience, grant }))
}

/// What the token carries and its client is granted now.
pub(crate) fn permissions(scope: &str, grant: &ClientGrant) -> Permissions {
    let granted = grant.scopes.iter().map(ScopeName::as_str);
    let granted: Permissions = granted.filter_map(ManagementPermission::parse).collect();
    granted.intersection(&Permissions::from_scope(scope))
}

#[cfg(test)]
mod tests;
