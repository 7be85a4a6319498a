//! The userinfo endpoint (OpenID Connect Core 1.0, section 5.3).

use actix_web::{
    Either, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use citizenry_http_kit::{Refusal, StrictForm};
use citizenry_oauth::{OAuth, ResourceError, TokenError, TokenType, Userinfo, UserinfoRequest};
use secrecy::SecretString;
use serde_json::json;

use crate::{
    auth::PathTenant,
    error::no_store,
    handlers::token::{dpop, with_nonce},
    wire::pairs::Pairs,
};

/// `GET /userinfo`.
pub(crate) async fn get(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    let answer = answer(&request, tenant, &oauth, None).await?;
    Ok(with_nonce(&request, &oauth, answer))
}

/// `POST /userinfo`: the token may stand in the form.
pub(crate) async fn post(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
    form: Either<StrictForm<Pairs>, ()>,
) -> Result<HttpResponse, Refusal> {
    let token = match &form {
        Either::Left(StrictForm(pairs)) => pairs.secret("access_token"),
        Either::Right(()) => None,
    };
    let answer = answer(&request, tenant, &oauth, token).await?;
    Ok(with_nonce(&request, &oauth, answer))
}

/// The token in the header, with its scheme. `Err` for a header that holds none.
fn token_in_header(request: &HttpRequest) -> Result<Option<(TokenType, SecretString)>, ()> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(());
    }
    let value = value.to_str().map_err(|_invisible| ())?.trim();
    let (scheme, token) = value.split_once(' ').ok_or(())?;
    let token = SecretString::from(token.trim());
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some((TokenType::Bearer, token)))
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Ok(Some((TokenType::Dpop, token)))
    } else {
        Err(())
    }
}

async fn answer(
    request: &HttpRequest,
    tenant: PathTenant,
    oauth: &OAuth,
    in_form: Option<SecretString>,
) -> Result<HttpResponse, Refusal> {
    let (scheme, token) = match (token_in_header(request), in_form) {
        (Ok(Some(found)), None) => found,
        (Ok(None), Some(token)) => (TokenType::Bearer, token),
        (Ok(None), None) => return Ok(no_token_at_all()),
        // One request, one token (RFC 6750, section 2).
        (Ok(Some(_)), Some(_)) | (Err(()), _) => {
            return Ok(refuse(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "the request must carry one token, in one way",
                &["Bearer realm=\"citizenry\", error=\"invalid_request\"".to_owned()],
            ));
        }
    };
    let dpop = match dpop(request) {
        Ok(dpop) => dpop,
        Err(error) => return Ok(bad_proof(&error)),
    };
    let asked = UserinfoRequest { tenant: tenant.0, token, scheme, dpop };
    match oauth.userinfo(asked).await {
        Ok(Userinfo::Json(claims)) => Ok(no_store(&mut HttpResponse::Ok()).json(claims)),
        Ok(Userinfo::Jwt(jwt)) => Ok(no_store(&mut HttpResponse::Ok())
            .insert_header((header::CONTENT_TYPE, "application/jwt"))
            .body(jwt)),
        Err(error) => refusal(error),
    }
}

fn no_token_at_all() -> HttpResponse {
    let challenge = ResourceError::challenge_without_token();
    refuse(StatusCode::UNAUTHORIZED, "invalid_token", "no token was sent", &[challenge])
}

fn bad_proof(error: &TokenError) -> HttpResponse {
    let challenge = "DPoP error=\"invalid_dpop_proof\"".to_owned();
    refuse(StatusCode::UNAUTHORIZED, error.code(), &error.to_string(), &[challenge])
}

fn refusal(error: ResourceError) -> Result<HttpResponse, Refusal> {
    let status = match &error {
        ResourceError::InsufficientScope => StatusCode::FORBIDDEN,
        ResourceError::InvalidToken(_)
        | ResourceError::InvalidDpopProof(_)
        | ResourceError::UseDpopNonce { .. } => StatusCode::UNAUTHORIZED,
        ResourceError::Other(_) => {
            return Err(match error {
                ResourceError::Other(error) => error.into(),
                _ => Refusal::RouteNotFound,
            });
        }
    };
    Ok(refuse(status, error.code(), &error.to_string(), &error.challenges()))
}

fn refuse(
    status: StatusCode,
    code: &str,
    description: &str,
    challenges: &[String],
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    for challenge in challenges {
        response.append_header((header::WWW_AUTHENTICATE, challenge.as_str()));
    }
    no_store(&mut response).json(json!({ "error": code, "error_description": description }))
}
