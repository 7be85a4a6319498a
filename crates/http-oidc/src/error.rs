//! How this door says no: `{"error", "error_description"}` (RFC 6749, section 5.2).

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use citizenry_http_kit::{CredentialsProblem, ErrorShape, Refusal};
use citizenry_identity::Error;
use citizenry_oauth::TokenError;
use serde_json::json;

/// What a 401 says of the way to authenticate.
const BASIC_CHALLENGE: &str = "Basic realm=\"citizenry\", charset=\"UTF-8\"";

/// When to try again what could not be served, seconds: there is room again after a few requests.
const SOON: &str = "1";

/// The refusals of this door.
#[derive(Debug, Clone, Copy, Default)]
pub struct OidcShape;

impl ErrorShape for OidcShape {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        let mut response = HttpResponse::build(refusal.status());
        if refusal.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, BASIC_CHALLENGE));
        }
        if matches!(refusal, Refusal::UseCase(Error::Unavailable)) {
            response.insert_header((header::RETRY_AFTER, SOON));
        }
        body(&mut response, code(refusal), &refusal.message())
    }
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UseCase(error) => use_case_code(error),
        Refusal::RouteNotFound => "not_found",
        Refusal::Credentials(CredentialsProblem::Missing | CredentialsProblem::Malformed) => {
            "invalid_client"
        }
        Refusal::RateLimited { .. } => "too_many_requests",
        Refusal::TimedOut => "temporarily_unavailable",
        Refusal::Panicked => "server_error",
        Refusal::Framework { status, .. } if status.is_server_error() => "server_error",
        Refusal::MethodNotAllowed { .. }
        | Refusal::InvalidTarget { .. }
        | Refusal::InvalidQuery { .. }
        | Refusal::InvalidBody { .. }
        | Refusal::TooLarge { .. }
        | Refusal::UnsupportedMediaType { .. }
        | Refusal::Credentials(CredentialsProblem::Several)
        | Refusal::Framework { .. } => "invalid_request",
    }
}

fn use_case_code(error: &Error) -> &'static str {
    match error {
        Error::NotFound { .. } => "not_found",
        Error::Conflict { .. } | Error::Invalid { .. } | Error::Stale => "invalid_request",
        Error::Unauthenticated => "invalid_client",
        Error::Forbidden { .. } => "access_denied",
        Error::RateLimited { .. } => "too_many_requests",
        Error::Unavailable => "temporarily_unavailable",
        Error::Internal(_) => "server_error",
    }
}

/// The answer to a request for a token that gets none. `by_header`: whether the client has tried to
/// prove itself in the `Authorization` header, which a 401 must then challenge.
pub(crate) fn no_token(error: &TokenError, by_header: bool) -> HttpResponse {
    if let TokenError::Internal(source) = error {
        tracing::error!(error = &**source as &dyn std::error::Error, "no token");
    }
    let status = status(error);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED && by_header {
        response.insert_header((header::WWW_AUTHENTICATE, BASIC_CHALLENGE));
    }
    match error {
        TokenError::Unavailable => {
            response.insert_header((header::RETRY_AFTER, SOON));
        }
        TokenError::TooMany { retry_after } => {
            response.insert_header((header::RETRY_AFTER, retry_after.to_string()));
        }
        _ => {}
    }
    body(&mut response, error.code(), &error.to_string())
}

fn status(error: &TokenError) -> StatusCode {
    match error {
        TokenError::InvalidRequest(_)
        | TokenError::InvalidGrant(_)
        | TokenError::UserBlocked
        | TokenError::PasswordMustChange
        | TokenError::UnauthorizedClient
        | TokenError::UnsupportedGrantType
        | TokenError::InvalidScope
        | TokenError::InvalidTarget
        | TokenError::InvalidDpopProof(_)
        | TokenError::UseDpopNonce { .. }
        | TokenError::AuthorizationPending
        | TokenError::SlowDown
        | TokenError::ExpiredToken
        | TokenError::Denied
        | TokenError::Refused { .. } => StatusCode::BAD_REQUEST,
        TokenError::InvalidClient(_) => StatusCode::UNAUTHORIZED,
        // Auth0's and Authok's kits tell these two apart from other refusals by their status.
        TokenError::AccessDenied | TokenError::WrongPassword | TokenError::LimitReached { .. } => {
            StatusCode::FORBIDDEN
        }
        TokenError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        TokenError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        TokenError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn body(response: &mut HttpResponseBuilder, code: &str, description: &str) -> HttpResponse {
    no_store(response).json(json!({ "error": code, "error_description": plain(description) }))
}

/// Forbids every cache to keep the answer (RFC 6749, section 5.1).
pub(crate) fn no_store(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
}

/// `text` in the characters that a description may have: printable ASCII without quotes and
/// backslash. A reason may quote what the caller sent.
fn plain(text: &str) -> String {
    let legal = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    text.chars().map(|c| if legal(c) { c } else { '\'' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_to_its_alphabet() {
        assert_eq!(plain("expected `a` or \"b\"\\\n雷"), "expected `a` or 'b''''");
    }
}
