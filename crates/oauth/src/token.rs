//! The token endpoint (RFC 6749, section 3.2): one file a grant below.

mod authorization_code;
mod client_credentials;
mod device_code;
mod issue;
mod jwt_exchange;
mod password;
mod refresh_token;
mod targets;

use std::sync::Arc;

use citizenry_identity::{AuthenticationMethod, Client, Moment, Number, Origin, Tenant};
use citizenry_storage::Generation;
use secrecy::{ExposeSecret, SecretString};

use crate::discovery::TOKEN_PATH;
use crate::{ClientCredentials, DpopHeader, OAuth, TokenError, TokenType};

pub use jwt_exchange::JwtExchange;

pub(crate) use client_credentials::{KnownClientTokens, MOST as MOST_CLIENT_TOKENS};
use issue::{Issuance, Refresh, issue, new_family};
pub(crate) use issue::{Prepared, hash_refresh};
pub(crate) use targets::{Wanted, find_all};

/// The grant by which devices without a browser get tokens (RFC 8628).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The password grant that names a connection.
const PASSWORD_REALM: &str = "http://auth0.com/oauth/grant-type/password-realm";

/// The longest parameter that is looked at, bytes.
const MAX_PARAMETER: usize = 8 * 1024;
/// The most resource servers of one request.
const MAX_RESOURCES: usize = 10;

/// What a client sends to the token endpoint. Whatever else it sends is ignored.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The host, and the port if there was one, that the request was sent to.
    pub host: Option<String>,
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// What the client proves itself by.
    pub client: ClientCredentials,
    /// `audience`: the identifier of a resource server.
    pub audience: Option<String>,
    /// `resource`, as often as it was sent: the same (RFC 8707).
    pub resources: Vec<String>,
    /// `scope`: names separated by blanks.
    pub scope: Option<String>,
    /// `code`: an authorization code.
    pub code: Option<SecretString>,
    /// `redirect_uri`: where the code was sent.
    pub redirect_uri: Option<String>,
    /// `code_verifier` (RFC 7636).
    pub code_verifier: Option<SecretString>,
    /// `refresh_token`.
    pub refresh_token: Option<SecretString>,
    /// `device_code` (RFC 8628).
    pub device_code: Option<SecretString>,
    /// `username`.
    pub username: Option<String>,
    /// `password`.
    pub password: Option<SecretString>,
    /// The user's number, in place of `username`: from management doors alone.
    pub user_number: Option<Number>,
    /// The secret for a code that was sent to him, in place of `password`: from management doors
    /// alone.
    pub link_secret: Option<SecretString>,
    /// `realm`: the name of the connection that the user is in.
    pub realm: Option<String>,
    /// The proof of possession that came with the request.
    pub dpop: Option<DpopHeader>,
    /// Where the request came from.
    pub origin: Origin,
}

/// Tokens and what they are good for (RFC 6749, section 5.1).
#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretString,
    /// How it is sent.
    pub token_type: TokenType,
    /// For how long it is good, seconds.
    pub expires_in: u32,
    /// What it permits: names separated by blanks.
    pub scope: String,
    /// The refresh token, if there is one.
    pub refresh_token: Option<SecretString>,
    /// The ID token, if OpenID Connect was asked for.
    pub id_token: Option<SecretString>,
}

/// The grants that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    DeviceCode,
    Password,
    PasswordRealm,
}

impl Grant {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "authorization_code" => Self::AuthorizationCode,
            "refresh_token" => Self::RefreshToken,
            "client_credentials" => Self::ClientCredentials,
            DEVICE_CODE => Self::DeviceCode,
            "password" => Self::Password,
            PASSWORD_REALM => Self::PasswordRealm,
            _ => return None,
        })
    }

    fn is_open_to(self, client: &Client) -> bool {
        let may = |name| client.may_use_grant(name);
        match self {
            Self::AuthorizationCode => may("authorization_code"),
            Self::RefreshToken => may("refresh_token"),
            // A client that proves nothing has nothing of its own to ask for.
            Self::ClientCredentials => {
                may("client_credentials")
                    && client.authentication_method != AuthenticationMethod::None
            }
            Self::DeviceCode => may(DEVICE_CODE),
            Self::Password => may("password"),
            Self::PasswordRealm => may(PASSWORD_REALM) || may("password"),
        }
    }
}

/// A request whose client is proved.
#[derive(Debug)]
struct Asked {
    request: TokenRequest,
    client: Client,
    tenant: Tenant,
    /// The thumbprint of the key whose possession the request proves.
    thumbprint: Option<String>,
    moment: Moment,
    /// Where the database stood when the request began.
    generation: Option<Generation>,
}

/// What a unit of work comes to: a refusal may be one that has to be written down.
type Outcome = Result<Box<Prepared>, TokenError>;

impl TokenRequest {
    /// Refuses what no client sends, before anything is hashed or looked up.
    fn check_sizes(&self) -> Result<(), TokenError> {
        let secret = |secret: &Option<SecretString>| {
            secret.as_ref().map_or(0, |secret| secret.expose_secret().len())
        };
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let sizes = [
            text(&self.audience),
            text(&self.scope),
            secret(&self.code),
            text(&self.redirect_uri),
            secret(&self.code_verifier),
            secret(&self.refresh_token),
            secret(&self.device_code),
            text(&self.username),
            secret(&self.password),
            secret(&self.link_secret),
            text(&self.realm),
        ];
        let resources = self.resources.iter().map(String::len);
        if sizes.into_iter().chain(resources).any(|size| size > MAX_PARAMETER) {
            return Err(TokenError::InvalidRequest("a parameter is too long"));
        }
        if self.resources.len() > MAX_RESOURCES {
            return Err(TokenError::InvalidRequest("there are too many resource parameters"));
        }
        Ok(())
    }
}

impl OAuth {
    /// Gives a client tokens for what it shows: a code, a refresh token, a device code, a user's
    /// password, or itself alone.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn token(&self, request: TokenRequest) -> Result<TokenResponse, TokenError> {
        let client = request.client.claimed().map(str::to_owned);
        let result = self.grant(request).await;
        if let Err(error) = &result {
            // The identifier is whatever the caller wrote: as a field, escaped.
            tracing::info!(client_id = client.as_deref(), error = error.code(), "no token");
        }
        result
    }

    async fn grant(&self, request: TokenRequest) -> Result<TokenResponse, TokenError> {
        let named = request.grant_type.as_deref();
        let named = named.ok_or(TokenError::InvalidRequest("grant_type is missing"))?;
        let grant = Grant::parse(named).ok_or(TokenError::UnsupportedGrantType)?;
        request.check_sizes()?;
        let proved = self
            .authenticate_client(&request.client, request.tenant.as_deref(), TOKEN_PATH)
            .await?;
        let (client, tenant) = proved.parts();
        if !grant.is_open_to(&client) {
            return Err(TokenError::UnauthorizedClient);
        }
        let thumbprint = match &request.dpop {
            Some(header) => Some(self.proved_key(header, None, tenant.id).await?),
            None if client.settings.oidc.dpop_bound_access_tokens => {
                return Err(TokenError::InvalidDpopProof("this client must send a proof"));
            }
            None => None,
        };
        let moment = self.shared.environment.moment();
        let generation = proved.generation;
        let asked = Arc::new(Asked { request, client, tenant, thumbprint, moment, generation });
        match grant {
            Grant::AuthorizationCode => self.redeem_code(asked).await,
            Grant::RefreshToken => self.refresh(asked).await,
            Grant::ClientCredentials => self.client_token(asked).await,
            Grant::DeviceCode => self.poll_device(asked).await,
            Grant::Password => self.check_password(asked, None).await,
            Grant::PasswordRealm => {
                let realm = asked.request.realm.clone();
                let realm = realm.ok_or(TokenError::InvalidRequest("realm is missing"))?;
                self.check_password(asked, Some(realm)).await
            }
        }
    }
}

#[cfg(test)]
mod tests;
