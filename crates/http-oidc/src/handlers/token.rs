//! The token endpoint.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web::Data,
};
use citizenry_http_kit::{Credentials, FormOrJson, OptionalCredentials, Refusal, origin};
use citizenry_oauth::{DpopHeader, OAuth, TokenError, TokenRequest};

use crate::{
    auth::{PathTenant, basic_client},
    error::{no_store, no_token},
    wire::{
        pairs::Pairs,
        token::{self, TokenAnswer},
    },
};

/// `DPoP` (RFC 9449, section 4.1).
const DPOP: HeaderName = HeaderName::from_static("dpop");
/// `DPoP-Nonce` (RFC 9449, section 8).
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// `POST /oauth/token`.
pub(crate) async fn issue(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(pairs): FormOrJson<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let answer = match ask(&request, tenant, credentials, &oauth, &pairs).await {
        Ok(response) => response,
        Err(error) => no_token(&error, by_header),
    };
    Ok(with_nonce(&request, &oauth, answer))
}

/// Hands whoever proves possession the nonce for the next proof (RFC 9449, section 8.2).
pub(crate) fn with_nonce(
    request: &HttpRequest,
    oauth: &OAuth,
    mut answer: HttpResponse,
) -> HttpResponse {
    if request.headers().contains_key(DPOP)
        && let Ok(nonce) = HeaderValue::from_str(&oauth.dpop_nonce())
    {
        answer.headers_mut().insert(DPOP_NONCE, nonce);
    }
    answer
}

async fn ask(
    request: &HttpRequest,
    tenant: PathTenant,
    credentials: Option<Credentials>,
    oauth: &OAuth,
    pairs: &Pairs,
) -> Result<HttpResponse, TokenError> {
    once_each(pairs)?;
    let asked = TokenRequest {
        tenant: tenant.0,
        host: Some(origin::host(request).to_owned()),
        client: pairs.credentials(basic_client(credentials)),
        dpop: dpop(request)?,
        origin: origin::of(request),
        ..token::request(pairs)
    };
    let tokens = oauth.token(asked).await?;
    Ok(no_store(&mut HttpResponse::Ok()).json(TokenAnswer::from(&tokens)))
}

/// Refuses parameters that stand twice (RFC 6749, section 3.2).
pub(crate) fn once_each(pairs: &Pairs) -> Result<(), TokenError> {
    match pairs.repeated() {
        Some(name) => {
            tracing::debug!(name, "a parameter stands twice");
            Err(TokenError::InvalidRequest("a parameter stands more than once"))
        }
        None => Ok(()),
    }
}

/// The proof of possession that came along; there may be one.
pub(crate) fn dpop(request: &HttpRequest) -> Result<Option<DpopHeader>, TokenError> {
    let mut proofs = request.headers().get_all(DPOP);
    let Some(proof) = proofs.next() else { return Ok(None) };
    if proofs.next().is_some() {
        return Err(TokenError::InvalidDpopProof("there are several DPoP headers"));
    }
    let proof = proof.to_str();
    let proof = proof.map_err(|_invisible| TokenError::InvalidDpopProof("it is no JWT"))?;
    let connection = request.connection_info();
    Ok(Some(DpopHeader {
        proof: proof.to_owned(),
        method: request.method().to_string(),
        url: format!("{}://{}{}", connection.scheme(), origin::host(request), request.path()),
    }))
}
