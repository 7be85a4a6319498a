//! From a bearer token to the caller.

use std::collections::BTreeMap;

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::Method, web};
use async_trait::async_trait;
use citizenry_authz::Caller;
use citizenry_identity::{Error, Origin};
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;

use crate::{
    credentials::{self, Credentials},
    error::{CredentialsProblem, Refusal},
    origin, query,
};

/// Who turns a bearer token into the caller it stands for: one for each kind of token, handed in as
/// app data (`app_data(authentication::data(authenticator))`) of the application or of a scope.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The caller of a request from `origin` for `host` (as [`origin::host`]
    /// gives it) that carries `bearer`. `Unauthenticated` when the token is not good here.
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        host: &str,
    ) -> Result<Caller, Error>;
}

/// `authenticator` as app data.
pub fn data(authenticator: std::sync::Arc<dyn Authenticator>) -> web::Data<dyn Authenticator> {
    web::Data::from(authenticator)
}

/// The caller of `request`, by its bearer token; found out once for each request.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Caller, Refusal> {
    if let Some(caller) = request.extensions().get::<Caller>() {
        return Ok(caller.clone());
    }
    let token = match credentials::read(request.headers())? {
        Some(Credentials::Bearer(token)) => token,
        Some(Credentials::Basic(_)) => return Err(CredentialsProblem::Malformed.into()),
        None => query_token(request)?.ok_or(CredentialsProblem::Missing)?,
    };
    let Some(authenticator) = request.app_data::<web::Data<dyn Authenticator>>() else {
        return Err(Error::internal("no Authenticator among the app data").into());
    };
    let origin = origin::of(request);
    let caller = authenticator.authenticate(&token, &origin, origin::host(request)).await?;
    request.extensions_mut().insert(caller.clone());
    Ok(caller)
}

/// As app data of a scope: the name of the query parameter that may carry the token of a GET that
/// has no `Authorization` header (RFC 6750, section 2.3). For dialects that promise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryToken(pub &'static str);

/// The token in the query of a GET, where the door takes it there.
fn query_token(request: &HttpRequest) -> Result<Option<SecretString>, Refusal> {
    let Some(QueryToken(name)) = request.app_data::<QueryToken>() else { return Ok(None) };
    if *request.method() != Method::GET {
        return Ok(None);
    }
    let mut parameters: BTreeMap<String, Vec<String>> = query::parse(request.query_string())?;
    match parameters.remove(*name).as_deref() {
        None => Ok(None),
        Some([token]) => Ok(Some(SecretString::from(token.as_str()))),
        Some(_) => Err(CredentialsProblem::Several.into()),
    }
}

/// The caller, as an argument of a handler. Routes of [`Routes`](crate::Routes) are authenticated
/// before their arguments are read; elsewhere this does it.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

impl FromRequest for Authenticated {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await.map(Self) })
    }
}
