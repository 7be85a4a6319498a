//! The token endpoint.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web::Data,
};
use citizenry_http_kit::origin;
use citizenry_oauth::{DpopHeader, OAuth, TokenError, TokenRequest};

use crate::{
    client_request::ClientRequest,
    error::no_store,
    wire::token::{self, TokenAnswer},
};

/// `DPoP` (RFC 9449, section 4.1).
const DPOP: HeaderName = HeaderName::from_static("dpop");
/// `DPoP-Nonce` (RFC 9449, section 8).
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// `POST /oauth/token`.
pub(crate) async fn issue(
    request: HttpRequest,
    asking: ClientRequest,
    oauth: Data<OAuth>,
) -> HttpResponse {
    let answer = asking.answered(async |asking| {
        asking.once_each()?;
        let asked = TokenRequest { dpop: dpop(&request)?, ..token::request(asking) };
        let tokens = oauth.token(asked).await?;
        Ok(no_store(&mut HttpResponse::Ok()).json(TokenAnswer::from(&tokens)))
    });
    with_nonce(&request, &oauth, answer.await)
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
