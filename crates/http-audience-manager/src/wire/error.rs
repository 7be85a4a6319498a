//! How this door says no: `{"code", "message"}`, and at the token endpoints RFC 6749's body.
//!
//! The vendor publishes statuses and the header of a 401, but no body.

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use citizenry_http_kit::{ErrorShape, Refusal};
use citizenry_identity::{Error, Kind};
use serde::Serialize;

use super::tokens::{BASIC_CHALLENGE, oauth_error};

/// What a 401 says, as the vendor prints it, but without the token.
const CHALLENGE: HeaderValue = HeaderValue::from_static(
    "Bearer realm=\"oauth\", error=\"invalid_token\", \
     error_description=\"the access token is missing, unknown or expired\"",
);

/// The error shape of the management methods.
#[derive(Debug, Clone, Copy, Default)]
pub struct Errors;

/// The error shape of the token endpoints: `{"error", "error_description"}`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OAuthErrors;

#[derive(Debug, Serialize)]
struct ErrorBody<'e> {
    code: &'e str,
    message: &'e str,
}

impl ErrorShape for Errors {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        let (status, code, message) = words(refusal);
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, CHALLENGE));
        }
        response.json(ErrorBody { code, message: &message })
    }
}

impl ErrorShape for OAuthErrors {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        let (status, code, message) = words(refusal);
        let error = match status.as_u16() {
            401 => "invalid_client",
            429 => "too_many_attempts",
            503 => "temporarily_unavailable",
            500.. => "server_error",
            _ if code == "not_found" => code,
            _ => "invalid_request",
        };
        let mut response = oauth_error(status, error, &message);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, BASIC_CHALLENGE);
        }
        response
    }
}

type Words<'e> = (StatusCode, &'static str, Cow<'e, str>);

/// Status, code and message.
fn words(refusal: &Refusal) -> Words<'_> {
    let status = refusal.status();
    let code = match refusal {
        Refusal::UseCase(error) => return use_case(error),
        Refusal::Credentials(_) if status == StatusCode::UNAUTHORIZED => return unauthenticated(),
        Refusal::RouteNotFound => "not_found",
        Refusal::MethodNotAllowed { .. } => "method_not_allowed",
        Refusal::TooLarge { .. } => "payload_too_large",
        Refusal::UnsupportedMediaType { .. } => "unsupported_media_type",
        Refusal::RateLimited { .. } => "too_many_requests",
        Refusal::TimedOut => "service_unavailable",
        Refusal::Panicked => "internal_server_error",
        Refusal::Framework { .. } if status.is_server_error() => "internal_server_error",
        Refusal::InvalidTarget { .. }
        | Refusal::InvalidQuery { .. }
        | Refusal::InvalidBody { .. }
        | Refusal::Credentials(_)
        | Refusal::Framework { .. } => "bad_request",
    };
    (status, code, refusal.message())
}

fn use_case(error: &Error) -> Words<'_> {
    match error {
        Error::NotFound { kind, id } => {
            (StatusCode::NOT_FOUND, "not_found", format!("there is no {kind} {id}").into())
        }
        Error::Conflict { kind, field } => {
            (StatusCode::CONFLICT, "conflict", conflict(*kind, field))
        }
        Error::Invalid { field, reason } => {
            let message = format!("{}: {reason}", wire_name(field));
            (StatusCode::BAD_REQUEST, "bad_request", message.into())
        }
        Error::Unauthenticated => unauthenticated(),
        Error::Forbidden { permission } => {
            let message = match *permission {
                "user" => "only a user may do this",
                _ => "only a partner administrator may do this",
            };
            (StatusCode::FORBIDDEN, "forbidden", message.into())
        }
        Error::RateLimited { .. } => {
            (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "too many requests".into())
        }
        Error::Stale => {
            let message = "changed by somebody else in between";
            (StatusCode::CONFLICT, "conflict", message.into())
        }
        Error::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "service_unavailable",
            "temporarily unavailable".into(),
        ),
        Error::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "internal error".into())
        }
    }
}

fn unauthenticated() -> Words<'static> {
    let message = "the access token is missing, unknown or expired";
    (StatusCode::UNAUTHORIZED, "invalid_token", message.into())
}

fn conflict(kind: Kind, field: &'static str) -> Cow<'static, str> {
    match (kind, field) {
        (_, "last_administrator") => {
            "the last partner administrator cannot be deleted, locked or deactivated".into()
        }
        (Kind::User, "self") => "nobody can delete himself".into(),
        (Kind::User, "status") => "the user has left for good".into(),
        (Kind::User, field) => format!("{}: already taken", wire_name(field)).into(),
        (kind, field) => format!("{kind}: conflict on {}", wire_name(field)).into(),
    }
}

/// The canonical name of a field as this dialect calls it.
fn wire_name(field: &str) -> &str {
    match field {
        "given_name" => "firstName",
        "family_name" => "lastName",
        "landline" => "phoneNumber",
        "administrator" => "isAdmin",
        "old_password" => "oldPassword",
        "password" | "new_password" => "newPassword",
        "user_ids" => "ids",
        "members" => "users",
        "filter" => "search",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use citizenry_http_kit::CredentialsProblem;

    use super::*;

    fn said(refusal: impl Into<Refusal>) -> (u16, &'static str, String) {
        let refusal = refusal.into();
        let (status, code, message) = words(&refusal);
        (status.as_u16(), code, message.into_owned())
    }

    #[test]
    fn fields_have_the_dialects_names() {
        let message = said(Error::invalid("landline", "must not be empty")).2;
        assert_eq!(message, "phoneNumber: must not be empty");
        let (status, code, message) = said(Error::conflict(Kind::User, "username"));
        assert_eq!((status, code, &*message), (409, "conflict", "username: already taken"));
    }

    #[test]
    fn whoever_is_unknown_is_told_in_one_way() {
        let missing = said(Refusal::from(CredentialsProblem::Missing));
        assert_eq!(missing, said(Error::Unauthenticated));
        assert_eq!((missing.0, missing.1), (401, "invalid_token"));
        let answer = Errors.render(&Error::Unauthenticated.into());
        let header = answer.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert!(header.starts_with("Bearer realm=\"oauth\", error=\"invalid_token\", error_desc"));
    }

    #[test]
    fn no_cause_leaves_the_server() {
        let (status, _, message) = said(Error::internal("password=x"));
        assert_eq!((status, &*message), (500, "internal error"));
    }
}
