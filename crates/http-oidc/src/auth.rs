//! Credentials: bearer tokens of the management API, and the clients' own at the token endpoint.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use async_trait::async_trait;
use citizenry_authz::Caller;
use citizenry_http_kit::{Authenticator, BasicCredentials, Credentials, Refusal};
use citizenry_identity::{Error, Origin};
use citizenry_oauth::{BasicClient, OAuth};
use secrecy::SecretString;

/// Turns the bearer tokens that this server's token endpoint gives for the management API into
/// callers: for every door that takes those tokens.
#[derive(Debug, Clone)]
pub struct ManagementAuthenticator {
    oauth: OAuth,
}

impl ManagementAuthenticator {
    /// An authenticator that asks `oauth`.
    pub fn new(oauth: OAuth) -> Self {
        Self { oauth }
    }
}

#[async_trait]
impl Authenticator for ManagementAuthenticator {
    /// The host plays no part: a token's audience is the stored identifier of the management API,
    /// whichever of its hosts the token was asked for by.
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        _host: &str,
    ) -> Result<Caller, Error> {
        self.oauth.authenticate(bearer, origin).await
    }
}

/// The client that the `Authorization` header names, if it does so by HTTP Basic. Anything else in
/// that header proves no client here and is passed over.
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

/// The tenant that the path names, as an argument of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathTenant(pub(crate) Option<String>);

impl FromRequest for PathTenant {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.match_info().get("tenant").map(str::to_owned))))
    }
}
