//! What the endpoints have in common that clients call by themselves.

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use citizenry_http_kit::{Credentials, FormOrJson, OptionalCredentials, Refusal, origin};
use citizenry_identity::Origin;
use citizenry_oauth::{ClientCredentials, TokenError};
use secrecy::SecretString;

use crate::{
    auth::{PathTenant, basic_client},
    error::no_token,
    wire::pairs::Pairs,
};

/// A request by a client: what it proves itself by, and its parameters, in a form or in JSON. An
/// argument of a handler.
#[derive(Debug)]
pub(crate) struct ClientRequest {
    /// The tenant that the path names.
    pub(crate) tenant: Option<String>,
    /// What the client proves itself by, in the header or among the parameters.
    pub(crate) client: ClientCredentials,
    /// The parameters.
    pub(crate) pairs: Pairs,
    /// The host that the request was sent to.
    pub(crate) host: String,
    /// Where the request came from.
    pub(crate) origin: Origin,
    /// Whether the client has tried to prove itself in the header, which a 401 must then challenge.
    by_header: bool,
}

impl FromRequest for ClientRequest {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let tenant = PathTenant::from_request(request, payload);
        let credentials = OptionalCredentials::from_request(request, payload);
        let pairs = FormOrJson::<Pairs>::from_request(request, payload);
        let (host, origin) = (origin::host(request).to_owned(), origin::of(request));
        Box::pin(async move {
            let PathTenant(tenant) = tenant.await?;
            let OptionalCredentials(credentials) = credentials.await?;
            let FormOrJson(pairs) = pairs.await?;
            let by_header = matches!(credentials, Some(Credentials::Basic(_)));
            let client = pairs.credentials(basic_client(credentials));
            Ok(Self { tenant, client, pairs, host, origin, by_header })
        })
    }
}

impl ClientRequest {
    /// Refuses parameters that stand twice (RFC 6749, section 3.2).
    pub(crate) fn once_each(&self) -> Result<(), TokenError> {
        match self.pairs.repeated() {
            Some(name) => {
                tracing::debug!(name, "a parameter stands twice");
                Err(TokenError::InvalidRequest("a parameter stands more than once"))
            }
            None => Ok(()),
        }
    }

    /// The parameter `token`.
    pub(crate) fn token(&self) -> Result<SecretString, TokenError> {
        self.pairs.secret("token").ok_or(TokenError::InvalidRequest("token is missing"))
    }

    /// Hands the request to `ask`; its refusal as this door says it.
    pub(crate) async fn answered(
        self,
        ask: impl AsyncFnOnce(Self) -> Result<HttpResponse, TokenError>,
    ) -> HttpResponse {
        let by_header = self.by_header;
        ask(self).await.unwrap_or_else(|error| no_token(&error, by_header))
    }
}
