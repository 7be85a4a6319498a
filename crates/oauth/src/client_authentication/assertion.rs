//! Assertions: JSON web tokens in which a client says who it is (RFC 7523, section 3).

use citizenry_identity::{AuthenticationMethod, Client, Tenant, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::discovery::TOKEN_PATH;
use crate::jws::{ASYMMETRIC_ALGORITHMS, Token};
use crate::one_or_many::OneOrMany;
use crate::{OAuth, TokenError};

/// For how long an assertion may be good, seconds. Its identifier is kept as long; the libraries in
/// use (Authlib) write an hour.
const MAX_LIFETIME: i64 = 3_600;
/// How far the clocks may be apart, seconds.
const SKEW: i64 = 60;
/// The longest identifier of an assertion, bytes.
const MAX_IDENTIFIER: usize = 256;

/// What an assertion claims.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: String,
}

impl Claims {
    fn is_of(&self, client: &Client) -> bool {
        let name = client.identifier.as_str();
        self.iss == name && self.sub == name
    }

    fn is_timely(&self, now: Timestamp) -> bool {
        let now = now.unix_seconds();
        let begun = |at: Option<i64>| at.is_none_or(|at| at <= now.saturating_add(SKEW));
        self.exp > now
            && self.exp <= now.saturating_add(MAX_LIFETIME + SKEW)
            && begun(self.iat)
            && begun(self.nbf)
    }

    fn has_identifier(&self) -> bool {
        (1..=MAX_IDENTIFIER).contains(&self.jti.len())
    }
}

/// The client that an assertion says it is from, unless the request names another one. Nothing of
/// it is believed yet.
pub(super) fn issuer(assertion: &SecretString, named: Option<&str>) -> Option<String> {
    let claims: Claims = Token::read(assertion.expose_secret())?.claims()?;
    let agrees = named.is_none_or(|named| named == claims.iss);
    agrees.then_some(claims.iss)
}

impl OAuth {
    /// Whether an assertion proves `client`: signed as it registered, meant for this server, good
    /// now and not used before.
    pub(super) async fn is_good_assertion(
        &self,
        assertion: &SecretString,
        client: &Client,
        tenant: &Tenant,
        path: &str,
    ) -> Result<bool, TokenError> {
        let now = self.shared.environment.clock.now();
        let Some(token) = Token::read(assertion.expose_secret()) else { return Ok(false) };
        let Some(claims) = token.claims::<Claims>() else { return Ok(false) };
        let registered = client.settings.oidc.token_endpoint_auth_signing_alg.as_deref();
        let is_registered = registered.is_none_or(|registered| registered == token.header.alg);
        let plausible = is_registered
            && claims.is_of(client)
            && claims.is_timely(now)
            && claims.has_identifier()
            && self.is_meant_for_us(&claims.aud, tenant, path);
        if !plausible || !self.is_signed(&token, client).await? {
            return Ok(false);
        }
        let identifier = format!("assertion:{}:{}", client.id, claims.jti);
        let until = now.plus_seconds(MAX_LIFETIME + 2 * SKEW);
        Ok(self.use_identifier(tenant.id, &identifier, until).await?)
    }

    fn is_meant_for_us(&self, audience: &OneOrMany, tenant: &Tenant, path: &str) -> bool {
        let issuers = &self.shared.issuers;
        let issuer = issuers.issuer(&tenant.name);
        let names = [
            issuer.trim_end_matches('/').to_owned(),
            issuer,
            issuers.endpoint(&tenant.name, TOKEN_PATH),
            issuers.endpoint(&tenant.name, path),
        ];
        audience.iter().any(|audience| names.iter().any(|name| name == audience))
    }

    async fn is_signed(&self, token: &Token<'_>, client: &Client) -> Result<bool, TokenError> {
        if client.authentication_method == AuthenticationMethod::ClientSecretJwt {
            return Ok(self.secret_key(client)?.verifies(token));
        }
        Ok(ASYMMETRIC_ALGORITHMS.contains(&token.header.alg.as_str())
            && self.is_signed_by(client, token).await)
    }
}
