//! The token endpoints: RFC 6749's parameters and bodies, with the vendor's peculiarities.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use citizenry_http_kit::{BasicCredentials, Credentials};
use citizenry_identity::Origin;
use citizenry_oauth::{
    BasicClient, ClientCredentials, JwtExchange, TokenError, TokenRequest, TokenResponse,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use url::form_urlencoded;

/// What a 401 says to a client that came with Basic.
pub(crate) const BASIC_CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"oauth\", charset=\"UTF-8\"");

/// The media type of all answers, as the vendor prints it.
const JSON: &str = "application/json;charset=UTF-8";

/// The one scope that the legacy endpoint knows.
const SCOPE: &str = "read write";

/// A token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/oauth/token`.
    Legacy {
        /// Whether the client came with Basic.
        by_header: bool,
    },
    /// `/ims/token/v3`.
    ServerToServer,
    /// `/ims/exchange/jwt/`.
    Exchange,
}

/// The parameters of all three endpoints. Others are passed over (RFC 6749, section 3.2), among
/// them `scope`: a token is good for the whole door, within what its bearer may do.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    grant_type: Option<String>,
    client_id: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    client_secret: Option<SecretString>,
    username: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    password: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    code: Option<SecretString>,
    redirect_uri: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    code_verifier: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    jwt_token: Option<SecretString>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    String::deserialize(deserializer).map(|text| Some(SecretString::from(text)))
}

impl Parameters {
    /// These with what only `others` has.
    pub(crate) fn or(self, others: Self) -> Result<Self, TokenError> {
        fn one<T>(this: Option<T>, other: Option<T>) -> Result<Option<T>, TokenError> {
            match (this, other) {
                (Some(_), Some(_)) => {
                    Err(TokenError::InvalidRequest("a parameter stands in query and body"))
                }
                (this, other) => Ok(this.or(other)),
            }
        }
        Ok(Self {
            grant_type: one(self.grant_type, others.grant_type)?,
            client_id: one(self.client_id, others.client_id)?,
            client_secret: one(self.client_secret, others.client_secret)?,
            username: one(self.username, others.username)?,
            password: one(self.password, others.password)?,
            refresh_token: one(self.refresh_token, others.refresh_token)?,
            code: one(self.code, others.code)?,
            redirect_uri: one(self.redirect_uri, others.redirect_uri)?,
            code_verifier: one(self.code_verifier, others.code_verifier)?,
            jwt_token: one(self.jwt_token, others.jwt_token)?,
        })
    }

    /// What is asked of `/oauth/token`. The vendor's own sample repeats the header's credentials in
    /// the body; the same twice is taken once.
    pub(crate) fn legacy(mut self, basic: Option<BasicClient>) -> Result<TokenRequest, TokenError> {
        self.known_grant(&["password", "refresh_token", "authorization_code"])?;
        let repeated = |basic: &BasicClient| {
            let id = self.client_id.as_deref().is_none_or(|id| id == basic.client_id);
            let secret = self.client_secret.as_ref().map(SecretString::expose_secret);
            id && secret.is_none_or(|secret| secret == basic.client_secret.expose_secret())
        };
        if basic.as_ref().is_some_and(repeated) {
            self.client_secret = None;
        }
        Ok(self.request(basic))
    }

    /// What is asked of `/ims/token/v3`.
    pub(crate) fn server_to_server(self) -> Result<TokenRequest, TokenError> {
        self.known_grant(&["client_credentials"])?;
        Ok(self.request(None))
    }

    /// What is asked of `/ims/exchange/jwt/`.
    pub(crate) fn exchange(self, origin: Origin) -> Result<JwtExchange, TokenError> {
        let missing = TokenError::InvalidRequest;
        Ok(JwtExchange {
            tenant: None,
            client_id: self.client_id.ok_or(missing("client_id is missing"))?,
            client_secret: self.client_secret.ok_or(missing("client_secret is missing"))?,
            jwt_token: self.jwt_token.ok_or(missing("jwt_token is missing"))?,
            origin,
        })
    }

    fn known_grant(&self, known: &[&str]) -> Result<(), TokenError> {
        match self.grant_type.as_deref() {
            Some(named) if known.contains(&named) => Ok(()),
            Some(_) => Err(TokenError::UnsupportedGrantType),
            None => Err(TokenError::InvalidRequest("grant_type is missing")),
        }
    }

    fn request(self, basic: Option<BasicClient>) -> TokenRequest {
        TokenRequest {
            grant_type: self.grant_type,
            client: ClientCredentials {
                basic,
                client_id: self.client_id,
                client_secret: self.client_secret,
                ..ClientCredentials::default()
            },
            username: self.username,
            password: self.password,
            refresh_token: self.refresh_token,
            code: self.code,
            redirect_uri: self.redirect_uri,
            code_verifier: self.code_verifier,
            ..TokenRequest::default()
        }
    }
}

/// The client that the header names, if it does so by Basic.
pub(crate) fn basic_client(credentials: Option<Credentials>) -> Option<BasicClient> {
    match credentials? {
        Credentials::Bearer(_) => None,
        Credentials::Basic(basic) => {
            // Identifier and secret are form-encoded first (RFC 6749, section 2.3.1). Where that
            // cannot be undone, the client has not done it.
            let BasicCredentials { name, password } = basic.form_decoded().unwrap_or(basic);
            Some(BasicClient { client_id: name, client_secret: password })
        }
    }
}

/// The address of the provider's own `page` with what the browser was sent here with. `scope` has
/// the vendor's words, which mean nothing there.
pub(crate) fn authorization(page: &str, parameters: &BTreeMap<String, String>) -> String {
    let known = parameters.iter().filter(|(name, _)| *name != "scope");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(known).finish();
    if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
}

/// The answer of `/oauth/token`.
#[derive(Serialize)]
pub(crate) struct LegacyToken<'t> {
    access_token: &'t str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'t str>,
    /// Seconds.
    expires_in: u32,
    scope: &'static str,
}

impl<'t> From<&'t TokenResponse> for LegacyToken<'t> {
    fn from(token: &'t TokenResponse) -> Self {
        Self {
            access_token: token.access_token.expose_secret(),
            token_type: "bearer",
            refresh_token: token.refresh_token.as_ref().map(SecretString::expose_secret),
            expires_in: token.expires_in,
            scope: SCOPE,
        }
    }
}

/// The answer of `/ims/token/v3`.
#[derive(Serialize)]
pub(crate) struct ServerToken<'t> {
    access_token: &'t str,
    token_type: &'static str,
    /// Seconds.
    expires_in: u32,
}

impl<'t> From<&'t TokenResponse> for ServerToken<'t> {
    fn from(token: &'t TokenResponse) -> Self {
        Self {
            access_token: token.access_token.expose_secret(),
            token_type: "bearer",
            expires_in: token.expires_in,
        }
    }
}

/// The answer of `/ims/exchange/jwt/`.
#[derive(Serialize)]
pub(crate) struct ExchangedToken<'t> {
    access_token: &'t str,
    token_type: &'static str,
    /// Milliseconds, as the vendor counts here alone.
    expires_in: u64,
}

impl<'t> From<&'t TokenResponse> for ExchangedToken<'t> {
    fn from(token: &'t TokenResponse) -> Self {
        Self {
            access_token: token.access_token.expose_secret(),
            token_type: "bearer",
            expires_in: u64::from(token.expires_in) * 1_000,
        }
    }
}

/// 200 with a token, which no cache may keep (RFC 6749, section 5.1).
pub(crate) fn given(token: impl Serialize) -> HttpResponse {
    no_store(&mut HttpResponse::Ok()).json(token)
}

/// The answer to a request for a token that gets none.
pub(crate) fn refused(endpoint: Endpoint, error: &TokenError) -> HttpResponse {
    if let TokenError::Internal(source) = error {
        tracing::error!(error = &**source as &dyn std::error::Error, "no token");
    }
    let (status, code) = status_and_code(endpoint, error);
    let mut response = oauth_error(status, code, &error.to_string());
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED && endpoint == (Endpoint::Legacy { by_header: true }) {
        headers.insert(header::WWW_AUTHENTICATE, BASIC_CHALLENGE);
    }
    let wait = match error {
        TokenError::TooMany { retry_after } | TokenError::LimitReached { retry_after } => {
            Some((*retry_after).max(1))
        }
        TokenError::Unavailable => Some(1),
        _ => None,
    };
    if let Some(wait) = wait {
        headers.insert(header::RETRY_AFTER, wait.into());
    }
    response
}

fn status_and_code(endpoint: Endpoint, error: &TokenError) -> (StatusCode, &'static str) {
    let code = error.code();
    let status = match error {
        TokenError::InvalidGrant(_) if endpoint == Endpoint::Exchange => {
            return (StatusCode::BAD_REQUEST, "invalid_token");
        }
        TokenError::InvalidClient(_) if endpoint == Endpoint::ServerToServer => {
            StatusCode::BAD_REQUEST
        }
        TokenError::InvalidClient(_) => StatusCode::UNAUTHORIZED,
        TokenError::InvalidRequest(_)
        | TokenError::InvalidGrant(_)
        | TokenError::UnauthorizedClient
        | TokenError::UnsupportedGrantType
        | TokenError::InvalidScope
        | TokenError::InvalidTarget
        | TokenError::InvalidDpopProof(_)
        | TokenError::UseDpopNonce { .. }
        | TokenError::AuthorizationPending
        | TokenError::SlowDown
        | TokenError::ExpiredToken
        | TokenError::AccessDenied
        | TokenError::Denied
        | TokenError::WrongPassword
        | TokenError::LimitReached { .. }
        | TokenError::UserBlocked
        | TokenError::PasswordMustChange
        | TokenError::Refused { .. } => StatusCode::BAD_REQUEST,
        TokenError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        TokenError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        TokenError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, code)
}

/// RFC 6749's body of a refusal (section 5.2).
pub(crate) fn oauth_error(status: StatusCode, code: &str, description: &str) -> HttpResponse {
    let body = json!({ "error": code, "error_description": plain(description) });
    no_store(&mut HttpResponse::build(status)).json(body)
}

fn no_store(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .content_type(JSON)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
}

/// `text` in the characters that a description may have: printable ASCII without quotes and
/// backslash.
fn plain(text: &str) -> String {
    let legal = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    text.chars().map(|c| if legal(c) { c } else { '\'' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Parameters {
        citizenry_http_kit::form::parse(form.as_bytes()).unwrap()
    }

    fn basic() -> BasicClient {
        BasicClient { client_id: "one".to_owned(), client_secret: "secret".into() }
    }

    #[test]
    fn credentials_that_stand_twice_alike_stand_once() {
        let form = "grant_type=authorization_code&code=c&client_id=one&client_secret=";
        let client = |secret: &str| {
            let asked = read(&format!("{form}{secret}")).legacy(Some(basic())).unwrap();
            asked.client.client_secret.is_some()
        };
        assert!(!client("secret"));
        assert!(client("other"), "what differs is left for the provider to refuse");
    }

    #[test]
    fn each_endpoint_knows_its_own_grants() {
        let refused = |result: Result<TokenRequest, TokenError>| result.unwrap_err().code();
        let machine = || read("grant_type=client_credentials&client_id=one");
        assert_eq!(refused(machine().legacy(None)), "unsupported_grant_type");
        assert!(machine().server_to_server().is_ok());
        let person = read("grant_type=password&username=a&password=b");
        assert_eq!(refused(person.server_to_server()), "unsupported_grant_type");
        assert_eq!(refused(read("").legacy(None)), "invalid_request");
        assert!(read("client_id=one").exchange(Origin::default()).is_err());
    }

    #[test]
    fn a_parameter_stands_in_the_query_or_in_the_body() {
        let both = read("client_id=a").or(read("client_id=b"));
        assert_eq!(both.unwrap_err().code(), "invalid_request");
        let merged = read("client_id=a").or(read("client_secret=b&grant_type=client_credentials"));
        let asked = merged.unwrap().server_to_server().unwrap();
        assert_eq!(asked.client.client_id.as_deref(), Some("a"));
        assert!(asked.client.client_secret.is_some());
    }

    #[test]
    fn the_provider_gets_what_the_browser_brought_but_the_scope() {
        let parameters = [("client_id", "a&b"), ("scope", "read write"), ("state", "雷")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let location = authorization("https://id.example/authorize", &parameters);
        assert_eq!(location, "https://id.example/authorize?client_id=a%26b&state=%E9%9B%B7");
    }

    #[test]
    fn a_bad_jwt_is_an_invalid_token() {
        let bad = TokenError::InvalidGrant("the JWT is not good");
        assert_eq!(status_and_code(Endpoint::Exchange, &bad).1, "invalid_token");
        let legacy = Endpoint::Legacy { by_header: false };
        assert_eq!(status_and_code(legacy, &bad).1, "invalid_grant");
    }
}
