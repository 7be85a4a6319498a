//! How a client proves itself at the endpoints that it calls by itself (RFC 6749, section 2.3;
//! OpenID Connect Core 1.0, section 9).

mod assertion;

use std::sync::Arc;

use citizenry_identity::{AuthenticationMethod, Client, ClientIdentifier, Tenant};
use citizenry_storage::{Generation, Remembered, sealing};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::jws::ForeignKey;
use crate::{OAuth, TokenError};

/// The one kind of assertions that is taken (RFC 7523).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client sends to prove itself, in whichever way it does.
#[derive(Debug, Clone, Default)]
pub struct ClientCredentials {
    /// Its credentials in the header, form encoding undone.
    pub basic: Option<BasicClient>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `client_secret`.
    pub client_secret: Option<SecretString>,
    /// `client_assertion_type`.
    pub client_assertion_type: Option<String>,
    /// `client_assertion`.
    pub client_assertion: Option<SecretString>,
}

/// A client's credentials as HTTP Basic carries them.
#[derive(Debug, Clone)]
pub struct BasicClient {
    /// The client's identifier.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

impl ClientCredentials {
    /// Who the client says it is, for the log: whatever the caller wrote, unless it is long.
    pub(crate) fn claimed(&self) -> Option<&str> {
        let basic = self.basic.as_ref().map(|basic| &basic.client_id);
        basic.or(self.client_id.as_ref()).map(String::as_str).filter(|id| id.len() <= 128)
    }
}

/// What a client says about itself.
enum Presented<'c> {
    /// Its secret, in the header or in the body.
    Secret(&'c str, &'c SecretString),
    /// An assertion, and its name if it gave it, too.
    Assertion(Option<&'c str>, &'c SecretString),
    /// Its name alone.
    Nothing(&'c str),
}

impl<'c> Presented<'c> {
    /// Reads credentials, which must come in exactly one way (RFC 6749, section 2.3).
    fn of(credentials: &'c ClientCredentials) -> Result<Self, TokenError> {
        let ClientCredentials {
            basic,
            client_id,
            client_secret,
            client_assertion_type,
            client_assertion,
        } = credentials;
        let name = client_id.as_deref();
        let ways = [basic.is_some(), client_secret.is_some(), client_assertion.is_some()];
        if ways.into_iter().filter(|used| *used).count() > 1 {
            return Err(TokenError::InvalidRequest("the client proves itself in several ways"));
        }
        if let Some(assertion) = client_assertion {
            return match client_assertion_type.as_deref() {
                Some(ASSERTION_TYPE) => Ok(Self::Assertion(name, assertion)),
                Some(_) => Err(TokenError::WRONG_CREDENTIALS),
                None => Err(TokenError::InvalidRequest("client_assertion_type is missing")),
            };
        }
        if let Some(basic) = basic {
            if name.is_some_and(|name| name != basic.client_id) {
                return Err(TokenError::InvalidRequest(
                    "the header and the body name different clients",
                ));
            }
            return Ok(Self::Secret(&basic.client_id, &basic.client_secret));
        }
        let name = name.ok_or(TokenError::WRONG_CREDENTIALS)?;
        Ok(match client_secret {
            Some(secret) => Self::Secret(name, secret),
            None => Self::Nothing(name),
        })
    }

    /// The client that is named.
    fn identifier(&self) -> Result<ClientIdentifier, TokenError> {
        let named = match self {
            Self::Secret(name, _) | Self::Nothing(name) => Some((*name).to_owned()),
            Self::Assertion(name, assertion) => assertion::issuer(assertion, *name),
        };
        // What is no identifier belongs to no client.
        let named = named.ok_or(TokenError::WRONG_CREDENTIALS)?;
        ClientIdentifier::parse(&named).map_err(|_malformed| TokenError::UNKNOWN_CLIENT)
    }
}

/// The most clients that a server remembers; a few kilobytes each.
pub(crate) const MOST: usize = 1024;

/// The clients that a server remembers.
pub(crate) type KnownClients = Remembered<ClientIdentifier, Arc<RegisteredClient>>;

/// A client and its tenant.
#[derive(Debug)]
pub(crate) struct RegisteredClient {
    pub(crate) client: Client,
    pub(crate) tenant: Tenant,
}

/// A client that has proved itself.
#[derive(Debug, Clone)]
pub(crate) struct ProvedClient {
    registered: Arc<RegisteredClient>,
    /// Where the database stood when the request began.
    pub(crate) generation: Option<Generation>,
}

impl ProvedClient {
    /// The client.
    pub(crate) fn client(&self) -> &Client {
        &self.registered.client
    }

    /// The client and its tenant, as values of their own.
    pub(crate) fn parts(&self) -> (Client, Tenant) {
        (self.registered.client.clone(), self.registered.tenant.clone())
    }
}

impl OAuth {
    /// The client that the credentials prove, and its tenant, which must be the named one. Every
    /// failure looks the same in OAuth's own answers. `path` is that of the endpoint, which an assertion may be
    /// meant for.
    ///
    /// # Errors
    /// `InvalidRequest` for credentials that come in several ways, `InvalidClient`; those of a
    /// server that fails.
    pub(crate) async fn authenticate_client(
        &self,
        credentials: &ClientCredentials,
        tenant: Option<&str>,
        path: &str,
    ) -> Result<ProvedClient, TokenError> {
        let presented = Presented::of(credentials)?;
        let identifier = presented.identifier()?;
        let now = self.shared.environment.clock.now();
        let generation = self.shared.storage.generation().await;
        let found = self.client_anywhere(generation, identifier).await?;
        let registered = found
            .filter(|it| {
                let owner = &it.tenant;
                owner.is_open(now) && tenant.is_none_or(|named| named == owner.name.as_str())
            })
            .ok_or(TokenError::UNKNOWN_CLIENT)?;
        if self.proves(&presented, &registered.client, &registered.tenant, path).await? {
            Ok(ProvedClient { registered, generation })
        } else {
            Err(TokenError::WRONG_CREDENTIALS)
        }
    }

    /// A client and its tenant, by an identifier that no other has.
    async fn client_anywhere(
        &self,
        generation: Option<Generation>,
        identifier: ClientIdentifier,
    ) -> Result<Option<Arc<RegisteredClient>>, TokenError> {
        if let Some(known) = self.shared.clients.get(generation, &identifier) {
            return Ok(Some(known));
        }
        let sought = identifier.clone();
        let found = self
            .shared
            .storage
            .read_few(async move |ports| {
                let Some(client) = ports.clients().find_anywhere(&sought).await? else {
                    return Ok(None);
                };
                let tenant = ports.tenants().find(client.tenant).await?;
                Ok::<_, TokenError>(tenant.map(|tenant| RegisteredClient { client, tenant }))
            })
            .await?;
        let Some(found) = found.map(Arc::new) else { return Ok(None) };
        self.shared.clients.put(generation, identifier, Arc::clone(&found));
        Ok(Some(found))
    }

    async fn proves(
        &self,
        presented: &Presented<'_>,
        client: &Client,
        tenant: &Tenant,
        path: &str,
    ) -> Result<bool, TokenError> {
        match (client.authentication_method, presented) {
            // Clients that are to send their secret in one of the two ways may send it in the
            // other: the software development kits do not know which was configured.
            (
                AuthenticationMethod::ClientSecretBasic | AuthenticationMethod::ClientSecretPost,
                Presented::Secret(_, secret),
            ) => Ok(self.is_secret_of(client, secret)),
            (AuthenticationMethod::None, Presented::Nothing(_)) => Ok(true),
            (
                AuthenticationMethod::ClientSecretJwt | AuthenticationMethod::PrivateKeyJwt,
                Presented::Assertion(_, assertion),
            ) => self.is_good_assertion(assertion, client, tenant, path).await,
            _ => Ok(false),
        }
    }

    fn is_secret_of(&self, client: &Client, secret: &SecretString) -> bool {
        let sealer = &self.shared.environment.sealer;
        let hash = sealer.keyed_hash(sealing::CLIENT_SECRET, secret.expose_secret().as_bytes());
        hash.ct_eq(&client.secret.hash).into()
    }

    /// The secret of a client as a key, for what it signs with it and what is signed for it.
    pub(crate) fn secret_bytes(&self, client: &Client) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let sealer = &self.shared.environment.sealer;
        let secret = sealer.open(&sealing::client_secret(client.id), &client.secret.sealed)?;
        Ok(Zeroizing::new(secret))
    }

    /// The same, to verify with.
    pub(crate) fn secret_key(&self, client: &Client) -> Result<ForeignKey, TokenError> {
        Ok(ForeignKey::secret(&self.secret_bytes(client)?))
    }
}

#[cfg(test)]
mod tests;
