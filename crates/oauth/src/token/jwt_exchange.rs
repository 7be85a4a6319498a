//! Tokens of technical accounts for a signed JWT: the exchange of Audience Manager's identity
//! service.

use std::sync::Arc;

use citizenry_identity::{Client, ManagementDoor, Origin, Tenant, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Asked, Grant, MAX_PARAMETER, TokenRequest, TokenResponse};
use crate::discovery::TOKEN_PATH;
use crate::jws::{Token, key_set};
use crate::one_or_many::OneOrMany;
use crate::{ClientCredentials, OAuth, TokenError, ims};

/// For how long a JWT may be good, seconds.
const MAX_LIFETIME: i64 = 86_400;
/// The one algorithm.
const ALGORITHM: &str = "RS256";
/// How the name of the claim ends that says what the token is for; before it stands the address of
/// an identity service.
const METASCOPE: &str = "ent_audiencemanagerplatform_sdk";

/// A JWT that no client of the door has signed for itself: one answer.
const BAD_JWT: TokenError = TokenError::InvalidGrant("the JWT is not good");

/// What a technical account sends.
#[derive(Debug, Clone)]
pub struct JwtExchange {
    /// The tenant that the endpoint's path or host names.
    pub tenant: Option<String>,
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: SecretString,
    /// `jwt_token`.
    pub jwt_token: SecretString,
    /// Where the request came from.
    pub origin: Origin,
}

/// What the JWT claims.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    exp: i64,
    nbf: Option<i64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Claims {
    /// Whether they are what `client` has to claim.
    fn are_of(&self, client: &Client, tenant: &Tenant, now: Timestamp) -> bool {
        let now = now.unix_seconds();
        let place = format!("/c/{}", client.identifier);
        let is_metascope = |(name, value): (&String, &Value)| {
            (name == METASCOPE || name.ends_with(&format!("/{METASCOPE}")))
                && *value == Value::Bool(true)
        };
        self.iss == ims::organization_id(tenant)
            && self.sub == ims::technical_account_id(client)
            && self.aud.iter().any(|audience| audience.ends_with(&place))
            && self.exp > now
            && self.exp <= now.saturating_add(MAX_LIFETIME)
            && self.nbf.is_none_or(|from| from <= now)
            && self.others.iter().any(is_metascope)
    }
}

impl OAuth {
    /// A token of a client of Audience Manager's door itself, for its credentials and a JWT that it
    /// has signed with a key of its registration (RS256). The JWT may be shown again until it
    /// expires, which it must within a day.
    ///
    /// # Errors
    /// Those of client authentication; `UnauthorizedClient` for clients of no such door; `InvalidGrant`
    /// for a JWT that is not good; those of a server that fails.
    pub async fn exchange_jwt(&self, exchange: JwtExchange) -> Result<TokenResponse, TokenError> {
        let claimed = Some(exchange.client_id.clone()).filter(|id| id.len() <= 128);
        let result = self.exchange_unlogged(exchange).await;
        if let Err(error) = &result {
            tracing::info!(client_id = claimed, error = error.code(), "no token for a JWT");
        }
        result
    }

    async fn exchange_unlogged(&self, exchange: JwtExchange) -> Result<TokenResponse, TokenError> {
        let jwt = exchange.jwt_token.expose_secret();
        if jwt.len() > MAX_PARAMETER {
            return Err(TokenError::InvalidRequest("a parameter is too long"));
        }
        let credentials = ClientCredentials {
            client_id: Some(exchange.client_id),
            client_secret: Some(exchange.client_secret),
            ..ClientCredentials::default()
        };
        let proved =
            self.authenticate_client(&credentials, exchange.tenant.as_deref(), TOKEN_PATH).await?;
        let ((client, tenant), generation) = (proved.parts(), proved.generation);
        let oidc = &client.settings.oidc;
        let may = client.settings.door == Some(ManagementDoor::AudienceManager)
            && Grant::ClientCredentials.is_open_to(&client)
            && !oidc.dpop_bound_access_tokens;
        if !may {
            return Err(TokenError::UnauthorizedClient);
        }
        let moment = self.shared.environment.moment();
        let token = Token::read(jwt).filter(|token| token.header.alg == ALGORITHM);
        let token = token.ok_or(BAD_JWT)?;
        let keys = oidc.jwks.as_ref().map(key_set).unwrap_or_default();
        let is_signed = keys.iter().any(|key| key.is_meant_by(&token) && key.verifies(&token));
        let claims: Option<Claims> = token.claims();
        let is_good = claims.is_some_and(|claims| claims.are_of(&client, &tenant, moment.now()));
        if !is_signed || !is_good {
            return Err(BAD_JWT);
        }
        let request = TokenRequest { origin: exchange.origin, ..TokenRequest::default() };
        let asked = Asked { request, client, tenant, thumbprint: None, moment, generation };
        self.client_token(Arc::new(asked)).await
    }
}
