//! Access tokens and refresh tokens that somebody shows: whether they are good now, and for what.

use std::sync::Arc;

use citizenry_identity::{
    Client, ClientIdentifier, Error, KeyState, Moment, ResourceServer, SigningKey, SigningKeyId,
    StoredToken, Tenant, TenantId, Ticket, TicketKind, Timestamp, TokenFamily, TokenFamilyId,
    TokenKind, User,
};
use citizenry_storage::{Generation, Read, Remembered, Sealer, sealing};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Map;

use crate::access_token::{AnyClaims, CLIENT_SUBJECT};
use crate::jws::{ForeignKey, Token};
use crate::signing_keys::public_key;
use crate::token::hash_refresh;
use crate::{OAuth, opaque, scopes};

/// A token that is good now, and what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct ActiveToken {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// The tenant.
    pub(crate) tenant: Tenant,
    /// The client it was issued to.
    pub(crate) client: Client,
    /// The user it speaks for; none when a client speaks for itself.
    pub(crate) user: Option<User>,
    /// The family.
    pub(crate) family: Option<TokenFamily>,
    /// The scopes.
    pub(crate) scopes: Vec<String>,
    /// Whom it is for: as a JWT says it, else the identifiers of the resource servers.
    pub(crate) audiences: Vec<String>,
    /// The thumbprint of the key that it is bound to.
    pub(crate) thumbprint: Option<String>,
    /// When it was issued, seconds since 1970.
    pub(crate) issued_at: i64,
    /// When it expires, seconds since 1970.
    pub(crate) expires_at: i64,
    /// How it is found again, to be revoked.
    pub(crate) handle: Handle,
}

/// The most tokens that a server remembers; a few kilobytes each.
pub(crate) const MOST: usize = 1024;

/// The good tokens that a server remembers, by their keyed hashes.
pub(crate) type KnownTokens = Remembered<[u8; 32], Arc<ActiveToken>>;

impl ActiveToken {
    /// Whether the token, which was good a moment ago, still is: time alone has passed since.
    fn is_good(&self, now: Timestamp) -> bool {
        now.unix_seconds() < self.expires_at
            && self.tenant.is_open(now)
            && self.family.as_ref().is_none_or(|family| family.is_alive(now))
            && self.user.as_ref().is_none_or(|user| user.keeps_access(now))
    }
}

/// How a token is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handle {
    /// It is stored by this hash.
    Stored([u8; 32]),
    /// It is a JWT of this identifier.
    Jwt(String),
}

/// What the database knows about a JWT.
struct KnownJwt {
    tenant: Tenant,
    key: Key,
    client: Client,
    owner: Option<(User, TokenFamily)>,
}

/// What a JWT must be signed with.
enum Key {
    Pair(Box<SigningKey>),
    Secret(Box<ResourceServer>),
}

/// The keyed hash of the identifier of a JWT that was revoked.
fn revoked_hash(sealer: &dyn Sealer, tenant: TenantId, jti: &str) -> [u8; 32] {
    sealer.keyed_hash(TicketKind::RevokedToken.as_str(), format!("{tenant}:{jti}").as_bytes())
}

/// Whether a JWT was revoked before its end.
pub(crate) async fn is_revoked(
    ports: &mut dyn Read,
    sealer: &dyn Sealer,
    tenant: TenantId,
    jti: &str,
) -> citizenry_storage::Result<bool> {
    let hash = revoked_hash(sealer, tenant, jti);
    Ok(ports.tickets().find(TicketKind::RevokedToken, &hash).await?.is_some())
}

/// What notes that a JWT is revoked, until it would have expired.
pub(crate) fn revocation(
    sealer: &dyn Sealer,
    moment: &Moment,
    tenant: TenantId,
    jti: &str,
    expires_at: i64,
) -> Ticket {
    let now = moment.now();
    let left = expires_at.saturating_sub(now.unix_seconds()).max(0);
    Ticket {
        kind: TicketKind::RevokedToken,
        hash: revoked_hash(sealer, tenant, jti),
        second_hash: None,
        tenant,
        user: None,
        client: None,
        family: None,
        details: Map::new(),
        created_at: now,
        // Kept a little longer than the token, so that no clock finds it gone too early.
        expires_at: now.plus_seconds(left.saturating_add(60)),
        used_at: Some(now),
    }
}

impl OAuth {
    /// What `token` stands for, if it is good now. Whatever it is not good for, the answer is the
    /// same `None`.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub(crate) async fn active_token(
        &self,
        token: &SecretString,
    ) -> Result<Option<Arc<ActiveToken>>, Error> {
        self.active_token_in(self.shared.storage.generation().await, token).await
    }

    /// The same, for a request that began in `generation`.
    pub(crate) async fn active_token_in(
        &self,
        generation: Option<Generation>,
        token: &SecretString,
    ) -> Result<Option<Arc<ActiveToken>>, Error> {
        let text = token.expose_secret();
        let sealer = &*self.shared.environment.sealer;
        let key = sealer.keyed_hash(sealing::ACCESS_TOKEN, text.as_bytes());
        let now = self.shared.environment.clock.now();
        let known = self.shared.tokens.get(generation, &key);
        if let Some(known) = known.filter(|known| known.is_good(now)) {
            return Ok(Some(known));
        }
        let found = if text.contains('.') {
            self.active_jwt(text).await?
        } else {
            self.active_stored(token).await?
        };
        let Some(found) = found.map(Arc::new) else { return Ok(None) };
        self.shared.tokens.put(generation, key, Arc::clone(&found));
        Ok(Some(found))
    }

    async fn active_stored(&self, token: &SecretString) -> Result<Option<ActiveToken>, Error> {
        if !(1..=opaque::MAX_LENGTH).contains(&token.expose_secret().len()) {
            return Ok(None);
        }
        let sealer = &*self.shared.environment.sealer;
        let bytes = token.expose_secret().as_bytes();
        let hashes = [
            (TokenKind::Access, sealer.keyed_hash(sealing::ACCESS_TOKEN, bytes)),
            (TokenKind::Refresh, hash_refresh(sealer, token)),
        ];
        let now = self.shared.environment.clock.now();
        self.shared
            .storage
            .read_few(async move |ports| {
                for (kind, hash) in hashes {
                    if let Some(token) = ports.tokens().find(kind, &hash).await? {
                        return stored(ports, token, now).await;
                    }
                }
                Ok(None)
            })
            .await
    }

    async fn active_jwt(&self, text: &str) -> Result<Option<ActiveToken>, Error> {
        let now = self.shared.environment.clock.now();
        let Some(token) = Token::read(text) else { return Ok(None) };
        let Some(claims) = token.claims::<AnyClaims>() else { return Ok(None) };
        let plausible = token.header.is_access_token()
            && claims.exp > now.unix_seconds()
            && claims.iss.starts_with(self.shared.issuers.public_url());
        if !plausible {
            return Ok(None);
        }
        let kid = token.header.kid.clone();
        let (service, asked) = (self.clone(), claims.clone());
        let known = self
            .shared
            .storage
            .read_few(async move |ports| {
                service.known_jwt(ports, kid.as_deref(), &asked, now).await
            })
            .await?;
        let Some(known) = known else { return Ok(None) };
        // Only from here on may the claims be believed.
        if !self.is_signed_with(&known.key, &token)?
            || claims.iss != self.shared.issuers.issuer(&known.tenant.name)
        {
            return Ok(None);
        }
        let (user, family) = known.owner.unzip();
        Ok(Some(ActiveToken {
            kind: TokenKind::Access,
            tenant: known.tenant,
            client: known.client,
            user,
            family,
            scopes: scopes::split(&claims.scope).into_iter().map(str::to_owned).collect(),
            audiences: claims.aud.iter().map(str::to_owned).collect(),
            thumbprint: claims.cnf.map(|cnf| cnf.jkt),
            issued_at: claims.iat,
            expires_at: claims.exp,
            handle: Handle::Jwt(claims.jti),
        }))
    }

    fn is_signed_with(&self, key: &Key, token: &Token<'_>) -> Result<bool, Error> {
        match key {
            Key::Pair(key) => public_key(key)?.verifies(token).map_err(Error::internal),
            Key::Secret(server) => {
                Ok(ForeignKey::secret(&self.signing_secret(server)?).verifies(token))
            }
        }
    }

    /// Looks up what a JWT speaks of. `None` when anything of it is not there, or not good now.
    async fn known_jwt(
        &self,
        ports: &mut dyn Read,
        kid: Option<&str>,
        claims: &AnyClaims,
        now: Timestamp,
    ) -> Result<Option<KnownJwt>, Error> {
        let known = self.key_of(ports, kid, claims, now).await?;
        let Some((tenant, key)) = known else { return Ok(None) };
        let Ok(identifier) = ClientIdentifier::parse(&claims.client_id) else { return Ok(None) };
        let client = ports.clients().find_by_identifier(tenant.id, &identifier).await?;
        let Some(client) = client else { return Ok(None) };
        let sealer = &*self.shared.environment.sealer;
        if is_revoked(ports, sealer, tenant.id, &claims.jti).await? {
            return Ok(None);
        }
        if claims.sub.strip_suffix(CLIENT_SUBJECT) == Some(identifier.as_str()) {
            return Ok(Some(KnownJwt { tenant, key, client, owner: None }));
        }
        let family = claims.jti.split_once('.').and_then(|(family, _)| family.parse().ok());
        let Some(family) = family else { return Ok(None) };
        let owner = owner(ports, &tenant, &client, family, now).await?;
        let owner = owner.filter(|(user, _)| user.subject.as_str() == claims.sub);
        Ok(owner.map(|owner| KnownJwt { tenant, key, client, owner: Some(owner) }))
    }

    /// The open tenant of a JWT, and what it must be signed with.
    async fn key_of(
        &self,
        ports: &mut dyn Read,
        kid: Option<&str>,
        claims: &AnyClaims,
        now: Timestamp,
    ) -> Result<Option<(Tenant, Key)>, Error> {
        let is_open = |tenant: &Tenant| tenant.is_open(now);
        let Some(kid) = kid else {
            // Signed with the secret of the first resource server that it is for.
            let Some(name) = self.shared.issuers.tenant_of(&claims.iss) else { return Ok(None) };
            let tenant = ports.tenants().find_by_name(&name).await?.filter(is_open);
            let Some((tenant, audience)) = tenant.zip(claims.aud.iter().next()) else {
                return Ok(None);
            };
            let server = ports.resource_servers().find_by_identifier(tenant.id, audience).await?;
            let server = server.filter(|server| {
                server.signing_algorithm == citizenry_identity::SigningAlgorithm::Hs256
                    && server.signing_secret.is_some()
            });
            return Ok(server.map(|server| (tenant, Key::Secret(Box::new(server)))));
        };
        let Ok(kid) = kid.parse::<SigningKeyId>() else { return Ok(None) };
        let key = ports.signing_keys().find_anywhere(kid).await?;
        let key = key.filter(|key| matches!(key.state, KeyState::Current | KeyState::Previous));
        let Some(key) = key else { return Ok(None) };
        let tenant = ports.tenants().find(key.tenant).await?.filter(is_open);
        Ok(tenant.map(|tenant| (tenant, Key::Pair(Box::new(key)))))
    }
}

/// A stored token and what it stands for.
pub(crate) async fn stored(
    ports: &mut dyn Read,
    token: StoredToken,
    now: Timestamp,
) -> Result<Option<ActiveToken>, Error> {
    if now >= token.expires_at || token.rotated_at.is_some() {
        return Ok(None);
    }
    let tenant = ports.tenants().find(token.tenant).await?;
    let tenant = tenant.filter(|tenant| tenant.is_open(now));
    let client = ports.clients().find(token.tenant, token.client).await?;
    let Some((tenant, client)) = tenant.zip(client) else { return Ok(None) };
    let (user, family) = match (token.family, token.user) {
        (Some(family), _) => match owner(ports, &tenant, &client, family, now).await? {
            Some((user, family)) => (Some(user), Some(family)),
            None => return Ok(None),
        },
        (None, None) => (None, None),
        (None, Some(_)) => return Ok(None),
    };
    Ok(Some(ActiveToken {
        kind: token.kind,
        tenant,
        client,
        user,
        family,
        scopes: token.scopes,
        audiences: token.audiences,
        thumbprint: token.dpop_thumbprint,
        issued_at: token.issued_at.unix_seconds(),
        expires_at: token.expires_at.unix_seconds(),
        handle: Handle::Stored(token.hash),
    }))
}

/// The user that a family speaks for, if it is alive and he keeps his access.
async fn owner(
    ports: &mut dyn Read,
    tenant: &Tenant,
    client: &Client,
    family: TokenFamilyId,
    now: Timestamp,
) -> Result<Option<(User, TokenFamily)>, Error> {
    let family = ports.token_families().find(tenant.id, family).await?;
    let family = family.filter(|family| family.is_alive(now) && family.client == client.id);
    let Some(family) = family else { return Ok(None) };
    let user = ports.users().find(tenant.id, family.user).await?;
    Ok(user.filter(|user| user.keeps_access(now)).map(|user| (user, family)))
}
