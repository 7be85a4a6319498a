//! Clients that register themselves (RFC 7591, OpenID Connect Dynamic Client Registration 1.0), and
//! manage their registration (RFC 7592). Off unless [`OAuthSettings`](crate::OAuthSettings) says
//! otherwise: a client that registered itself is never the tenant's own, so its users are asked.

mod answer;
mod metadata;

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{
    Actor, Client, ClientId, ClientIdentifier, ClientSecret, Error, Event, EventId, EventKind, Id,
    Moment, Origin, Target, Tenant, TenantId, Text,
};
use citizenry_storage::{Sealer, StorageError, Tx, sealing};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::OAuth;
use metadata::{Metadata, Requested};

/// The path of the endpoint, below a tenant's root; a registration lies below it.
pub const REGISTRATION_PATH: &str = "/oidc/register";

/// The purpose of the keyed hash of the token with which a registration is managed.
const REGISTRATION_TOKEN: &str = "registration_token";
/// Letters and digits of secrets and tokens that are handed out: more than 256 bits.
const LENGTH: usize = 48;

/// A registration as the client sees it: all its metadata, and its credentials.
#[derive(Clone, PartialEq)]
pub struct Registered {
    /// The members of RFC 7591, section 3.2.1, and RFC 7592, section 3.
    pub metadata: Map<String, Value>,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered")
            .field("client_id", &self.metadata.get("client_id"))
            .finish_non_exhaustive()
    }
}

/// Why a registration is refused.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Clients may not register themselves here.
    #[error("clients may not register themselves here")]
    Disabled,
    /// The registration access token is not the client's, or there is no such client: which of them
    /// is not said.
    #[error("the registration access token is not good")]
    InvalidToken,
    /// A redirect URI is refused.
    #[error("{0}")]
    InvalidRedirectUri(&'static str),
    /// Another member is refused.
    #[error("{0}")]
    InvalidClientMetadata(String),
    /// A part failed; `NotFound` when there is no such tenant.
    #[error(transparent)]
    Other(#[from] Error),
}

impl RegistrationError {
    /// The `error` of the answer (RFC 7591, section 3.2.2; RFC 6750 for the token).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Disabled => "access_denied",
            Self::InvalidToken => "invalid_token",
            Self::InvalidRedirectUri(_) => "invalid_redirect_uri",
            Self::InvalidClientMetadata(_) => "invalid_client_metadata",
            Self::Other(Error::Unavailable | Error::RateLimited { .. }) => {
                "temporarily_unavailable"
            }
            Self::Other(_) => "server_error",
        }
    }
}

impl From<StorageError> for RegistrationError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.into())
    }
}

/// A registration that is spoken of: the token that came with the request, and whose it must be.
#[derive(Debug, Clone)]
pub struct RegistrationAccess {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The client that the path names.
    pub client_id: String,
    /// The registration access token.
    pub token: SecretString,
}

impl OAuth {
    /// Registers a client.
    ///
    /// # Errors
    /// See [`RegistrationError`].
    pub async fn register(
        &self,
        tenant: Option<&str>,
        metadata: Map<String, Value>,
        origin: &Origin,
    ) -> Result<Registered, RegistrationError> {
        let tenant = self.registering_tenant(tenant).await?;
        let metadata = self.checked_metadata(Requested::read(metadata)?).await?;
        let moment = self.shared.environment.moment();
        let sealer = Arc::clone(&self.shared.environment.sealer);
        let (secret, token) = (moment.alphanumeric(LENGTH), moment.alphanumeric(LENGTH));
        let (secret, token) = (SecretString::from(secret), SecretString::from(token));
        let client = new_client(&*sealer, &tenant, metadata, (&secret, &token), &moment)?;
        let stored = client.clone();
        let event = event(&client, EventKind::CLIENT_REGISTERED, &moment, origin);
        self.shared
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&stored).await?;
                Ok::<_, RegistrationError>(tx.events().append(&event).await?)
            })
            .await?;
        tracing::info!(client_id = client.identifier.as_str(), "a client registered itself");
        self.registered(&tenant, &client, &token)
    }

    /// A client's registration.
    ///
    /// # Errors
    /// See [`RegistrationError`].
    pub async fn registration(
        &self,
        access: &RegistrationAccess,
    ) -> Result<Registered, RegistrationError> {
        let tenant = self.registering_tenant(access.tenant.as_deref()).await?;
        let found = self.client_of_tenant(&tenant, &access.client_id).await?;
        let client = found.filter(|client| self.may_manage(client, &access.token));
        let client = client.ok_or(RegistrationError::InvalidToken)?;
        self.registered(&tenant, &client, &access.token)
    }

    /// Replaces a client's metadata: what is not said any more has its default again.
    ///
    /// # Errors
    /// See [`RegistrationError`].
    pub async fn update_registration(
        &self,
        access: &RegistrationAccess,
        metadata: Map<String, Value>,
        origin: &Origin,
    ) -> Result<Registered, RegistrationError> {
        let tenant = self.registering_tenant(access.tenant.as_deref()).await?;
        let before = self.client_of_tenant(&tenant, &access.client_id).await?;
        let before = before.filter(|client| self.may_manage(client, &access.token));
        let before = before.ok_or(RegistrationError::InvalidToken)?;
        let requested = Requested::read(metadata)?;
        self.names_itself(&requested, &before)?;
        let metadata = self.checked_metadata(requested).await?;
        let moment = self.shared.environment.moment();
        let event = event(&before, EventKind::CLIENT_UPDATED, &moment, origin);
        let hash = before.settings.oidc.registration_token_hash.clone();
        let (id, owner) = (before.id, tenant.id);
        let client = self
            .shared
            .storage
            .transact(async move |tx| {
                let mut client = managed_for_update(tx, owner, id, hash.as_deref()).await?;
                apply(&mut client, metadata, &moment)?;
                tx.clients().save(&client).await?;
                tx.events().append(&event).await?;
                Ok::<_, RegistrationError>(client)
            })
            .await?;
        self.registered(&tenant, &client, &access.token)
    }

    /// Deletes a client that registered itself.
    ///
    /// # Errors
    /// See [`RegistrationError`].
    pub async fn delete_registration(
        &self,
        access: &RegistrationAccess,
        origin: &Origin,
    ) -> Result<(), RegistrationError> {
        let tenant = self.registering_tenant(access.tenant.as_deref()).await?;
        let found = self.client_of_tenant(&tenant, &access.client_id).await?;
        let client = found.filter(|client| self.may_manage(client, &access.token));
        let client = client.ok_or(RegistrationError::InvalidToken)?;
        let moment = self.shared.environment.moment();
        let event = event(&client, EventKind::CLIENT_DELETED, &moment, origin);
        self.shared
            .storage
            .transact(async move |tx| {
                tx.connections().disable_client(client.tenant, &client.identifier).await?;
                tx.clients().delete(client.tenant, client.id).await?;
                Ok::<_, RegistrationError>(tx.events().append(&event).await?)
            })
            .await
    }

    async fn registering_tenant(&self, tenant: Option<&str>) -> Result<Tenant, RegistrationError> {
        if !self.shared.settings.dynamic_registration {
            return Err(RegistrationError::Disabled);
        }
        Ok(self.tenant(tenant).await?)
    }

    /// Checks metadata, and that the document of `sector_identifier_uri` names every redirect URI
    /// (OpenID Connect Registration, section 5).
    async fn checked_metadata(&self, requested: Requested) -> Result<Metadata, RegistrationError> {
        let metadata = Metadata::checked(requested)?;
        if let Some(uri) = &metadata.settings.oidc.sector_identifier_uri {
            let document = self.fetch_json(uri).await;
            let listed = document.as_ref().and_then(Value::as_array);
            let names = |wanted: &String| {
                listed.is_some_and(|listed| listed.iter().any(|it| it == wanted.as_str()))
            };
            if !metadata.settings.redirect_uris.iter().all(names) {
                return Err(RegistrationError::InvalidClientMetadata(
                    "the document of sector_identifier_uri does not name every redirect URI"
                        .to_owned(),
                ));
            }
        }
        Ok(metadata)
    }

    fn may_manage(&self, client: &Client, token: &SecretString) -> bool {
        let hash = token_hash(&*self.shared.environment.sealer, token);
        let stored = client.settings.oidc.registration_token_hash.as_deref();
        stored.is_some_and(|stored| stored.as_bytes().ct_eq(hash.as_bytes()).into())
    }

    /// What a client sends to replace its metadata must name it, and no other secret.
    fn names_itself(
        &self,
        requested: &Requested,
        client: &Client,
    ) -> Result<(), RegistrationError> {
        let refuse = |reason: &str| RegistrationError::InvalidClientMetadata(reason.to_owned());
        if requested.client_id.as_deref() != Some(client.identifier.as_str()) {
            return Err(refuse("client_id must be that of the registration"));
        }
        let Some(secret) = &requested.client_secret else { return Ok(()) };
        let sealer = &self.shared.environment.sealer;
        let hash = sealer.keyed_hash(sealing::CLIENT_SECRET, secret.as_bytes());
        if bool::from(hash.ct_eq(&client.secret.hash)) {
            Ok(())
        } else {
            Err(refuse("a client cannot choose its secret"))
        }
    }

    fn registered(
        &self,
        tenant: &Tenant,
        client: &Client,
        token: &SecretString,
    ) -> Result<Registered, RegistrationError> {
        let path = format!("{REGISTRATION_PATH}/{}", client.identifier);
        let uri = self.shared.issuers.endpoint(&tenant.name, &path);
        let secret = answer::has_secret(client).then(|| self.open_secret(client)).transpose()?;
        Ok(Registered { metadata: answer::of(client, secret.as_ref(), token, &uri) })
    }

    fn open_secret(&self, client: &Client) -> Result<SecretString, Error> {
        let sealer = &self.shared.environment.sealer;
        let secret = sealer.open(&sealing::client_secret(client.id), &client.secret.sealed)?;
        String::from_utf8(secret).map(SecretString::from).map_err(Error::internal)
    }
}

fn token_hash(sealer: &dyn Sealer, token: &SecretString) -> String {
    let hash = sealer.keyed_hash(REGISTRATION_TOKEN, token.expose_secret().as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

fn new_client(
    sealer: &dyn Sealer,
    tenant: &Tenant,
    metadata: Metadata,
    (secret, token): (&SecretString, &SecretString),
    moment: &Moment,
) -> Result<Client, RegistrationError> {
    let id = ClientId::generate(moment);
    let identifier = ClientIdentifier::generate(moment);
    let secret = secret.expose_secret().as_bytes();
    let mut client = Client {
        id,
        name: unique_name(&metadata, &identifier)?,
        identifier,
        tenant: tenant.id,
        kind: metadata.kind,
        authentication_method: metadata.authentication_method,
        secret: ClientSecret {
            hash: sealer.keyed_hash(sealing::CLIENT_SECRET, secret),
            sealed: sealer.seal(&sealing::client_secret(id), secret)?,
        },
        is_first_party: false,
        settings: metadata.settings,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    client.settings.oidc.registration_token_hash = Some(token_hash(sealer, token));
    Ok(client)
}

/// Names are unique in a tenant, and clients that register themselves choose freely: the
/// identifier keeps them apart.
fn unique_name(metadata: &Metadata, identifier: &ClientIdentifier) -> Result<Text<128>, Error> {
    let chosen = metadata.settings.display_name.as_deref().unwrap_or_default();
    let chosen: String = chosen.chars().take(80).collect();
    Text::parse("client_name", format!("{chosen} ({identifier})").trim_start())
}

/// The client, kept from others' changes, if the token that was checked is still its token.
async fn managed_for_update(
    tx: &mut dyn Tx,
    tenant: TenantId,
    id: ClientId,
    hash: Option<&str>,
) -> Result<Client, RegistrationError> {
    let client = tx.clients().find_for_update(tenant, id).await?;
    let client = client.filter(|it| it.settings.oidc.registration_token_hash.as_deref() == hash);
    client.ok_or(RegistrationError::InvalidToken)
}

fn apply(client: &mut Client, metadata: Metadata, moment: &Moment) -> Result<(), Error> {
    let before = std::mem::take(&mut client.settings);
    client.name = unique_name(&metadata, &client.identifier)?;
    client.kind = metadata.kind;
    client.authentication_method = metadata.authentication_method;
    client.settings = metadata.settings;
    client.settings.oidc.registration_token_hash = before.oidc.registration_token_hash;
    // What the client cannot say stays as the tenant's administrator has set it.
    client.settings.allowed_origins = before.allowed_origins;
    client.settings.web_origins = before.web_origins;
    client.settings.client_metadata = before.client_metadata;
    client.updated_at = moment.now();
    Ok(())
}

fn event(client: &Client, kind: EventKind, moment: &Moment, origin: &Origin) -> Event {
    Event {
        id: EventId::generate(moment),
        tenant: client.tenant,
        at: moment.now(),
        kind,
        actor: Actor::Client(client.id),
        target: Target { kind: <ClientId as Id>::KIND, id: client.id.to_string() },
        origin: origin.clone(),
        details: Map::new(),
    }
}

#[cfg(test)]
mod tests;
