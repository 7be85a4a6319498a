//! Issuing the tokens of a user's authorization: what is decided and stored in the unit of work,
//! and what is signed after it, since signing takes longer than a database should wait.

use std::sync::Arc;

use citizenry_authz::EffectivePermissions;
use citizenry_identity::{
    Authorized, Client, Moment, ResourceServer, SessionId, SigningAlgorithm, SigningKey,
    StoredToken, Tenant, Timestamp, TokenDialect, TokenFamily, TokenFamilyId, TokenFormat,
    TokenKind, User,
};
use citizenry_storage::{Sealer, Tx, sealing};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Asked, TokenResponse};
use crate::access_token::{Confirmation, UserClaims};
use crate::discovery::USERINFO_PATH;
use crate::jws::{ACCESS_TOKEN_TYPE, Signer};
use crate::one_or_many::OneOrMany;
use crate::opaque::new_token;
use crate::scopes::{OFFLINE_ACCESS, OPENID, limit, limits_users, permissions_of};
use crate::{OAuth, TokenError, TokenType, id_token, lifetimes};

/// What tokens are issued from.
#[derive(Debug)]
pub(super) struct Issuance {
    /// The tenant.
    pub(super) tenant: Tenant,
    /// The client that gets them.
    pub(super) client: Client,
    /// Who has authorized it.
    pub(super) user: User,
    /// The family that they belong to.
    pub(super) family: TokenFamily,
    /// Whether the family is new.
    pub(super) is_new: bool,
    /// The scopes: those of the family, or fewer.
    pub(super) scopes: Vec<String>,
    /// The resource servers: those of the family, or fewer.
    pub(super) audiences: Vec<String>,
    /// The thumbprint of the key that the tokens are bound to.
    pub(super) thumbprint: Option<String>,
    /// What becomes of the refresh token.
    pub(crate) refresh: Refresh,
    /// What the ID token says back.
    pub(crate) nonce: Option<String>,
}

/// What becomes of the refresh token.
#[derive(Debug)]
pub(super) enum Refresh {
    /// There is none.
    None,
    /// There is a first one.
    First,
    /// This one is stored already.
    Stored(SecretString),
}

/// What the unit of work has decided.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) tenant: Tenant,
    pub(crate) client: Client,
    pub(crate) user: User,
    pub(crate) family: TokenFamily,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) issued_at: Timestamp,
    access: Access,
    lifetime: u32,
    thumbprint: Option<String>,
    refresh: Option<SecretString>,
    /// The keys that sign now.
    pub(crate) keys: Vec<SigningKey>,
}

/// The access token.
#[derive(Debug)]
enum Access {
    /// Stored by its hash.
    Opaque(SecretString),
    /// To be signed with a key of the tenant.
    Signed(Box<UserClaims>, SigningAlgorithm),
    /// To be signed with the secret of the one resource server that it is for.
    SignedBySecret(Box<UserClaims>, Box<ResourceServer>),
}

/// What an access token looks like.
enum Format<'s> {
    Opaque,
    Signed(SigningAlgorithm),
    SignedBySecret(&'s ResourceServer),
}

impl Issuance {
    /// The first tokens of a new family: all that the user has authorized, and a refresh token if
    /// that is among it.
    pub(super) fn first(asked: &Asked, user: User, family: TokenFamily) -> Self {
        let authorized = &family.authorized;
        let wants_refresh = family.is_offline && asked.client.may_use_grant("refresh_token");
        Self {
            tenant: asked.tenant.clone(),
            client: asked.client.clone(),
            user,
            is_new: true,
            scopes: authorized.scopes.clone(),
            audiences: authorized.audiences.clone(),
            thumbprint: asked.thumbprint.clone(),
            refresh: if wants_refresh { Refresh::First } else { Refresh::None },
            nonce: authorized.nonce.clone(),
            family,
        }
    }
}

/// A family for what a user has authorized just now.
pub(super) fn new_family(
    id: TokenFamilyId,
    client: &Client,
    user: &User,
    session: Option<SessionId>,
    authorized: Authorized,
    now: Timestamp,
) -> TokenFamily {
    // The management doors' clients are never asked to ask for it.
    let is_offline = client.settings.door.is_some()
        || authorized.scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
    TokenFamily {
        id,
        tenant: client.tenant,
        client: client.id,
        user: user.id,
        session,
        authorized,
        is_offline,
        created_at: now,
        expires_at: now,
        revoked_at: None,
    }
}

/// Decides which tokens are issued, and stores what has to be stored of them.
pub(super) async fn issue(
    tx: &mut dyn Tx,
    service: &OAuth,
    moment: &Moment,
    issuance: Issuance,
) -> Result<Box<Prepared>, TokenError> {
    let sealer = &*service.shared.environment.sealer;
    let now = moment.now();
    let Issuance { tenant, client, user, mut family, .. } = issuance;
    let servers = servers(tx, &tenant, &issuance.audiences).await?;
    let mut scopes = issuance.scopes;
    let permissions = permissions(tx, &client, &user, &servers).await?;
    limit(&mut scopes, &servers, &permissions);
    let format = format(&client, &servers);
    let lifetime = lifetimes::access_token(&client, &servers);
    let expires_at = now.plus_seconds(lifetime.into());
    let refresh_expires_at = lifetimes::refresh_token(&client, family.created_at, now);
    let ends_at = match issuance.refresh {
        Refresh::None => expires_at,
        Refresh::First | Refresh::Stored(_) => expires_at.max(refresh_expires_at),
    };
    save_family(tx, &mut family, issuance.is_new, ends_at).await?;
    let thumbprint = issuance.thumbprint;
    let token = |kind, hash, expires_at| StoredToken {
        hash,
        kind,
        tenant: tenant.id,
        client: client.id,
        user: Some(user.id),
        family: Some(family.id),
        scopes: scopes.clone(),
        audiences: issuance.audiences.clone(),
        dpop_thumbprint: thumbprint.clone(),
        issued_at: now,
        expires_at,
        rotated_at: None,
    };
    let refresh = match issuance.refresh {
        Refresh::None => None,
        Refresh::Stored(text) => Some(text),
        Refresh::First => {
            let text = new_token(moment, client.settings.door);
            let hash = hash_refresh(sealer, &text);
            let first = token(TokenKind::Refresh, hash, refresh_expires_at);
            tx.tokens().insert(&first_refresh_token(first, &family, &client)).await?;
            Some(text)
        }
    };
    let claims = || {
        let mut claims = service.user_claims(moment, &tenant, &client, &user, &family, &scopes);
        claims.exp = claims.iat.saturating_add(lifetime.into());
        claims.aud = audience(service, &tenant, &scopes, &issuance.audiences);
        claims.permissions = told_permissions(&servers, &permissions);
        claims.cnf = thumbprint.clone().map(|jkt| Confirmation { jkt });
        Box::new(claims)
    };
    let access = match format {
        Format::Opaque => {
            let text = new_token(moment, client.settings.door);
            let bytes = text.expose_secret().as_bytes();
            let hash = sealer.keyed_hash(sealing::ACCESS_TOKEN, bytes);
            tx.tokens().insert(&token(TokenKind::Access, hash, expires_at)).await?;
            Access::Opaque(text)
        }
        Format::Signed(algorithm) => Access::Signed(claims(), algorithm),
        Format::SignedBySecret(server) => {
            Access::SignedBySecret(claims(), Box::new(server.clone()))
        }
    };
    let keys = keys(tx, &tenant, &access, id_token::algorithm(&client, &scopes)).await?;
    Ok(Box::new(Prepared {
        nonce: issuance.nonce,
        issued_at: now,
        tenant,
        client,
        user,
        family,
        scopes,
        access,
        lifetime,
        thumbprint,
        refresh,
        keys,
    }))
}

/// What is stored of the first refresh token of a family: it gets what was authorized, whatever of
/// it the first access token may be used for, and is bound to a key where nothing else proves the
/// client.
fn first_refresh_token(token: StoredToken, family: &TokenFamily, client: &Client) -> StoredToken {
    StoredToken {
        scopes: family.authorized.scopes.clone(),
        dpop_thumbprint: token.dpop_thumbprint.filter(|_| is_public(client)),
        ..token
    }
}

/// Whether a client has nothing to prove itself by, so that its refresh tokens are bound to its
/// key (RFC 9449, section 5).
pub(super) fn is_public(client: &Client) -> bool {
    client.authentication_method == citizenry_identity::AuthenticationMethod::None
}

/// The keyed hash of a refresh token.
pub(crate) fn hash_refresh(sealer: &dyn Sealer, token: &SecretString) -> [u8; 32] {
    sealer.keyed_hash(sealing::REFRESH_TOKEN, token.expose_secret().as_bytes())
}

async fn servers(
    tx: &mut dyn Tx,
    tenant: &Tenant,
    audiences: &[String],
) -> Result<Vec<ResourceServer>, TokenError> {
    if audiences.is_empty() {
        return Ok(Vec::new());
    }
    let found = tx.resource_servers().find_by_identifiers(tenant.id, audiences).await?;
    // One that was deleted since the authorization.
    if found.len() == audiences.len() { Ok(found) } else { Err(TokenError::InvalidTarget) }
}

async fn permissions(
    tx: &mut dyn Tx,
    client: &Client,
    user: &User,
    servers: &[ResourceServer],
) -> Result<EffectivePermissions, TokenError> {
    // What a person may do by a management door is asked for at each use, and stands in no token.
    if client.settings.door.is_some() {
        return Ok(EffectivePermissions::default());
    }
    let matter = |server: &ResourceServer| {
        limits_users(server) || server.token_dialect == TokenDialect::AccessTokenAuthz
    };
    if servers.iter().any(matter) {
        Ok(permissions_of(tx, user.tenant, user.id).await?)
    } else {
        Ok(EffectivePermissions::default())
    }
}

/// The permissions that the token tells of; none unless a resource server wants to be told.
fn told_permissions(
    servers: &[ResourceServer],
    permissions: &EffectivePermissions,
) -> Option<Vec<String>> {
    let wanting: Vec<_> = servers
        .iter()
        .filter(|server| server.token_dialect == TokenDialect::AccessTokenAuthz)
        .collect();
    if wanting.is_empty() {
        return None;
    }
    let told = wanting.into_iter().flat_map(|server| permissions.scopes_of(server.id));
    Some(told.map(str::to_owned).collect())
}

fn format<'s>(client: &Client, servers: &'s [ResourceServer]) -> Format<'s> {
    if client.settings.door.is_some() {
        return Format::Opaque;
    }
    match servers {
        [] => match client.settings.oidc.access_token_format.as_deref() {
            Some("jwt") => Format::Signed(SigningAlgorithm::Es256),
            _ => Format::Opaque,
        },
        [server] if server.token_format == TokenFormat::Jwt => match server.signing_algorithm {
            SigningAlgorithm::Hs256 => Format::SignedBySecret(server),
            algorithm => Format::Signed(algorithm),
        },
        // What one resource server could sign must not be believed by another, so a secret of one
        // signs for that one alone.
        [first, ..] => {
            let is_signed = |server: &ResourceServer| {
                server.token_format == TokenFormat::Jwt
                    && server.signing_algorithm != SigningAlgorithm::Hs256
            };
            if servers.iter().all(is_signed) {
                Format::Signed(first.signing_algorithm)
            } else {
                Format::Opaque
            }
        }
    }
}

async fn save_family(
    tx: &mut dyn Tx,
    family: &mut TokenFamily,
    is_new: bool,
    ends_at: Timestamp,
) -> Result<(), TokenError> {
    if is_new {
        family.expires_at = ends_at;
        tx.token_families().insert(family).await?;
    } else if family.expires_at < ends_at {
        family.expires_at = ends_at;
        tx.token_families().save(family).await?;
    }
    Ok(())
}

/// Whom the token is for: the resource servers, and userinfo if it is open to it.
fn audience(
    service: &OAuth,
    tenant: &Tenant,
    scopes: &[String],
    audiences: &[String],
) -> OneOrMany {
    let mut audience = audiences.to_vec();
    if audience.is_empty() || scopes.iter().any(|scope| scope == OPENID) {
        audience.push(service.shared.issuers.endpoint(&tenant.name, USERINFO_PATH));
    }
    OneOrMany::of(audience)
}

async fn keys(
    tx: &mut dyn Tx,
    tenant: &Tenant,
    access: &Access,
    id_token: Option<SigningAlgorithm>,
) -> Result<Vec<SigningKey>, TokenError> {
    let access = match access {
        Access::Signed(_, algorithm) => Some(*algorithm),
        Access::Opaque(_) | Access::SignedBySecret(..) => None,
    };
    let mut algorithms: Vec<SigningAlgorithm> = access.into_iter().chain(id_token).collect();
    algorithms.dedup();
    let mut keys = Vec::new();
    for algorithm in algorithms {
        keys.extend(tx.signing_keys().find_current(tenant.id, algorithm).await?);
    }
    Ok(keys)
}

impl OAuth {
    fn user_claims(
        &self,
        moment: &Moment,
        tenant: &Tenant,
        client: &Client,
        user: &User,
        family: &TokenFamily,
        scopes: &[String],
    ) -> UserClaims {
        let now = moment.now().unix_seconds();
        let client = client.identifier.as_str();
        UserClaims {
            iss: self.shared.issuers.issuer(&tenant.name),
            sub: user.subject.as_str().to_owned(),
            aud: OneOrMany::Many(Vec::new()),
            iat: now,
            exp: now,
            jti: format!("{}.{}", family.id, moment.alphanumeric(24)),
            scope: scopes.join(" "),
            client_id: client.to_owned(),
            azp: client.to_owned(),
            auth_time: family.authorized.auth_time,
            acr: family.authorized.acr.clone(),
            sid: family.session.map(|session| session.to_string()),
            permissions: None,
            cnf: None,
        }
    }

    /// Signs what a unit of work has prepared.
    pub(super) async fn finish(
        &self,
        prepared: Box<Prepared>,
    ) -> Result<TokenResponse, TokenError> {
        let access_token: SecretString = match &prepared.access {
            Access::Opaque(text) => text.clone(),
            Access::Signed(claims, algorithm) => {
                let (keys, tenant) = (&prepared.keys, &prepared.tenant);
                self.sign_with(keys, tenant, *algorithm, ACCESS_TOKEN_TYPE, claims).await?.into()
            }
            Access::SignedBySecret(claims, server) => {
                self.own_signer(server)?.sign(ACCESS_TOKEN_TYPE, None, claims)?.into()
            }
        };
        let id_token = if prepared.scopes.iter().any(|scope| scope == OPENID) {
            Some(self.id_token(&prepared, &access_token).await?)
        } else {
            None
        };
        Ok(TokenResponse {
            access_token,
            token_type: TokenType::of(prepared.thumbprint.as_deref()),
            expires_in: prepared.lifetime,
            scope: prepared.scopes.join(" "),
            refresh_token: prepared.refresh,
            id_token,
        })
    }

    /// Signs with the key of `algorithm` that is among `keys`, or else is the current one.
    pub(crate) async fn sign_with(
        &self,
        keys: &[SigningKey],
        tenant: &Tenant,
        algorithm: SigningAlgorithm,
        typ: &str,
        claims: &(impl Serialize + Sync),
    ) -> Result<String, TokenError> {
        let known = keys.iter().find(|key| key.algorithm == algorithm);
        let key = match known {
            Some(key) => key.clone(),
            None => self.signing_key(tenant, algorithm).await?,
        };
        let signer: Arc<Signer> =
            self.shared.signers.get(&*self.shared.environment.sealer, &key)?;
        Ok(signer.sign(typ, Some(&key.id.to_string()), claims)?)
    }

    /// Signs with the current key of `algorithm`.
    ///
    /// # Errors
    /// Those of a server that fails.
    pub(crate) async fn sign(
        &self,
        tenant: &Tenant,
        algorithm: SigningAlgorithm,
        typ: &str,
        claims: &(impl Serialize + Sync),
    ) -> Result<String, TokenError> {
        self.sign_with(&[], tenant, algorithm, typ, claims).await
    }

    /// The key of a resource server whose tokens are signed with its own secret.
    pub(super) fn own_signer(&self, server: &ResourceServer) -> Result<Signer, TokenError> {
        Ok(Signer::hs256(&self.signing_secret(server)?))
    }

    /// The secret of a resource server whose tokens are signed with it.
    pub(crate) fn signing_secret(
        &self,
        server: &ResourceServer,
    ) -> Result<Zeroizing<Vec<u8>>, citizenry_identity::Error> {
        let sealed = server.signing_secret.as_deref().unwrap_or_default();
        let sealer = &self.shared.environment.sealer;
        Ok(Zeroizing::new(sealer.open(&sealing::signing_secret(server.id), sealed)?))
    }
}
