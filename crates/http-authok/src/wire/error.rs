//! How this door says no: one body that both vendors' SDKs read.
//!
//! `error` and `error_description` are Authok's, `message` and `errorCode` Auth0's, `statusCode` is
//! both's. `error` is a code or the status as text on `/api/v1`, the reason phrase on `/api/v2`.

use std::borrow::Cow;

use actix_web::{HttpResponse, http::StatusCode};
use citizenry_http_kit::{ErrorShape, Refusal};
use citizenry_identity::{Error, Kind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{answer::Answer, auth::Prefix, ids};

/// The error shape of one of the door's prefixes.
#[derive(Debug, Clone, Copy)]
pub struct Errors(Prefix);

impl Errors {
    /// The words of `prefix`.
    pub const fn new(prefix: Prefix) -> Self {
        Self(prefix)
    }
}

/// The one body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody<'e> {
    status_code: u16,
    error: Cow<'e, str>,
    #[serde(rename = "error_description")]
    error_description: &'e str,
    message: &'e str,
    error_code: &'e str,
}

/// What is to be said, before it is put in one prefix's words.
struct Words<'e> {
    status: StatusCode,
    /// Authok's code; the status as text where there is none.
    error: Option<&'static str>,
    code: Cow<'static, str>,
    message: Cow<'e, str>,
}

impl<'e> Words<'e> {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'e, str>>) -> Self {
        Self { status, error: None, code: code.into(), message: message.into() }
    }

    fn invalid_request(code: &'static str, message: impl Into<Cow<'e, str>>) -> Self {
        let words = Self::new(StatusCode::BAD_REQUEST, code, message);
        Self { error: Some("invalid_request"), ..words }
    }

    fn answer(&self, prefix: Prefix) -> HttpResponse {
        let status_code = self.status.as_u16();
        let error = match (prefix, self.error) {
            (Prefix::V1, Some(error)) => error.into(),
            (Prefix::V1, None) => status_code.to_string().into(),
            (Prefix::V2, _) => self.status.canonical_reason().unwrap_or("Error").into(),
        };
        HttpResponse::build(self.status).json(ErrorBody {
            status_code,
            error,
            error_description: &self.message,
            message: &self.message,
            error_code: &self.code,
        })
    }
}

impl ErrorShape for Errors {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        words(refusal, self.0).answer(self.0)
    }
}

/// The answer to a user that cannot be made: a duplicate is 400 at Authok, 409 at Auth0.
pub(crate) fn not_created(prefix: Prefix, error: Error) -> Answer {
    match error {
        Error::Conflict { kind: Kind::User, field } if prefix == Prefix::V1 => {
            let words = Words {
                error: Some("invalid request"),
                ..Words::invalid_request("auth0_idp_error", conflict(Kind::User, field))
            };
            Ok(words.answer(prefix))
        }
        error => Err(error.into()),
    }
}

fn words(refusal: &Refusal, prefix: Prefix) -> Words<'_> {
    let status = refusal.status();
    match refusal {
        Refusal::UseCase(error) => use_case(error, prefix),
        Refusal::RouteNotFound => Words::new(status, "not_found", refusal.message()),
        Refusal::MethodNotAllowed { .. } => {
            Words::new(status, "method_not_allowed", refusal.message())
        }
        Refusal::InvalidTarget { .. } => Words::new(status, "invalid_uri", refusal.message()),
        Refusal::InvalidQuery { .. } => {
            Words::new(status, "invalid_query_string", refusal.message())
        }
        Refusal::InvalidBody { .. } => Words::new(status, "invalid_body", refusal.message()),
        Refusal::TooLarge { .. } => Words::new(status, "payload_too_large", refusal.message()),
        Refusal::UnsupportedMediaType { .. } => {
            Words::new(status, "unsupported_media_type", refusal.message())
        }
        Refusal::Credentials(_) if status == StatusCode::UNAUTHORIZED => unauthenticated(prefix),
        Refusal::Credentials(_) => Words::new(status, "invalid_token", refusal.message()),
        Refusal::RateLimited { .. } => too_many_requests(prefix),
        Refusal::TimedOut => Words::new(status, "service_unavailable", refusal.message()),
        Refusal::Panicked => Words::new(status, "internal_server_error", refusal.message()),
        Refusal::Framework { .. } if status.is_server_error() => {
            Words::new(status, "internal_server_error", refusal.message())
        }
        Refusal::Framework { .. } => Words::new(status, "invalid_request", refusal.message()),
    }
}

fn use_case(error: &Error, prefix: Prefix) -> Words<'static> {
    match error {
        Error::NotFound { kind, id } => not_found(*kind, id),
        Error::Conflict { kind, field } => conflicting(*kind, field, prefix),
        Error::Invalid { field, reason } => {
            let message = format!("{}: {reason}", wire_name(field));
            Words::invalid_request("invalid_body", message)
        }
        Error::Unauthenticated => unauthenticated(prefix),
        Error::Forbidden { permission } => {
            let message = match prefix {
                Prefix::V1 => Cow::Borrowed("Forbidden resource"),
                Prefix::V2 => format!("Insufficient scope, expected any of: {permission}").into(),
            };
            Words::new(StatusCode::FORBIDDEN, "insufficient_scope", message)
        }
        Error::RateLimited { .. } => too_many_requests(prefix),
        Error::Stale => {
            Words::new(StatusCode::CONFLICT, "stale", "changed by somebody else in between")
        }
        Error::Unavailable => Words::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "service_unavailable",
            "temporarily unavailable",
        ),
        Error::Internal(_) => {
            Words::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", "internal error")
        }
    }
}

fn unauthenticated(prefix: Prefix) -> Words<'static> {
    let message = match prefix {
        Prefix::V1 => "Unauthorized",
        Prefix::V2 => "Invalid token",
    };
    Words::new(StatusCode::UNAUTHORIZED, "invalid_token", message)
}

fn too_many_requests(prefix: Prefix) -> Words<'static> {
    let message = match prefix {
        Prefix::V1 => "ThrottlerException: Too Many Requests",
        Prefix::V2 => "Global limit has been reached",
    };
    Words::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
}

fn not_found(kind: Kind, id: &str) -> Words<'static> {
    let (name, key) = match kind {
        Kind::Tenant => ("Tenant", "id"),
        Kind::User => ("User", "user_id"),
        Kind::Identity => ("Identity", "user_id"),
        Kind::Connection => ("Connection", "id"),
        Kind::Role => ("Role", "id"),
        Kind::Permission => ("Permission", "permission_name"),
        Kind::ResourceServer => ("Resource server", "id"),
        Kind::Client => ("Client", "client_id"),
        Kind::ClientGrant => ("Client grant", "id"),
        Kind::SigningKey => ("Signing key", "kid"),
        Kind::Event => ("Log", "id"),
        Kind::Group => ("Group", "id"),
        Kind::Organization => ("Organization", "id"),
        Kind::Session => ("Session", "id"),
        Kind::Consent => ("Grant", "id"),
        Kind::TokenFamily | Kind::Token => ("Token", "id"),
        Kind::Ticket => ("Ticket", "id"),
        Kind::Department => ("Department", "id"),
        Kind::Tag => ("Tag", "id"),
        Kind::ApiToken => ("API token", "id"),
        Kind::Message => ("Message", "id"),
        Kind::Job => ("Job", "id"),
    };
    // An id may be as long as a path; what is quoted of it is not.
    let shown: String = ids::show(kind, id).chars().take(128).collect();
    Words {
        status: StatusCode::NOT_FOUND,
        error: None,
        code: format!("inexistent_{}", kind_code(kind)).into(),
        message: format!("{name} {key}: {shown} not found").into(),
    }
}

fn kind_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Event => "log",
        Kind::Consent => "grant",
        Kind::Tenant
        | Kind::User
        | Kind::Identity
        | Kind::Connection
        | Kind::Role
        | Kind::Permission
        | Kind::ResourceServer
        | Kind::Client
        | Kind::ClientGrant
        | Kind::SigningKey
        | Kind::Group
        | Kind::Organization
        | Kind::Session
        | Kind::TokenFamily
        | Kind::Token
        | Kind::Ticket
        | Kind::Department
        | Kind::Tag
        | Kind::ApiToken
        | Kind::Message
        | Kind::Job => kind.as_str(),
    }
}

/// A connection's name that is taken is 400 at Authok; every other conflict is 409 at both.
fn conflicting(kind: Kind, field: &'static str, prefix: Prefix) -> Words<'static> {
    let message = conflict(kind, field);
    if (kind, field, prefix) == (Kind::Connection, "name", Prefix::V1) {
        return Words::invalid_request("connection_conflict", message);
    }
    let code = match kind {
        Kind::User => Cow::Borrowed("auth0_idp_error"),
        kind => Cow::Owned(format!("{}_conflict", kind_code(kind))),
    };
    Words { status: StatusCode::CONFLICT, error: None, code, message: message.into() }
}

fn conflict(kind: Kind, field: &'static str) -> String {
    match (kind, field) {
        (_, "last_administrator") => {
            "the last administrator cannot be deleted, demoted, locked or disabled".to_owned()
        }
        (Kind::User, "status") => "a resigned or archived user cannot be unblocked".to_owned(),
        (Kind::User, field) => {
            format!("The user already exists: {} is taken", wire_name(field))
        }
        (Kind::Client, "name") => "client already exists".to_owned(),
        (Kind::Role, "name") => "Role already exists".to_owned(),
        (Kind::Role, "administrator") => "the role of administrators cannot be changed".to_owned(),
        (Kind::ResourceServer, "identifier") => "resource server already exists".to_owned(),
        (Kind::ResourceServer, "is_system") => {
            "the management API's own resource server cannot be changed so, or deleted".to_owned()
        }
        (Kind::Connection, "default_connection") => {
            "the tenant's default connection cannot be deleted".to_owned()
        }
        (Kind::Connection, "strategy") => {
            "the strategy of a connection that has users cannot be changed".to_owned()
        }
        (Kind::ClientGrant, _) => "client grant already exists".to_owned(),
        (Kind::Connection, "name") => "connection already exists".to_owned(),
        (kind, field) => format!("{kind}: conflict on {}", wire_name(field)),
    }
}

/// The canonical name of a field as this dialect calls it.
fn wire_name(field: &str) -> &str {
    match field {
        "phone" => "phone_number",
        "phone_verified" => "phone_number_verified",
        "must_change_password" => "force_reset_password",
        "provider_user_id" => "user_id",
        "district" => "region",
        "kind" => "app_type",
        "authentication_method" => "token_endpoint_auth_method",
        "signing_algorithm" => "signing_alg",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(error: Error, prefix: Prefix) -> (u16, Option<&'static str>, String, String) {
        let refusal = Refusal::from(error);
        let words = words(&refusal, prefix);
        let (code, message) = (words.code.to_string(), words.message.to_string());
        (words.status.as_u16(), words.error, code, message)
    }

    #[test]
    fn what_is_missing_is_named_as_the_vendor_names_it() {
        let (status, _, code, message) = said(Error::not_found(Kind::User, "authok|x"), Prefix::V1);
        assert_eq!((status, code.as_str()), (404, "inexistent_user"));
        assert_eq!(message, "User user_id: authok|x not found");
        let role = Error::not_found(Kind::Role, "01j00000000000000000000001");
        let (_, _, _, message) = said(role, Prefix::V2);
        assert_eq!(message, "Role id: role_01j00000000000000000000001 not found");
    }

    #[test]
    fn a_taken_connection_name_is_400_at_authok_alone() {
        let taken = || Error::conflict(Kind::Connection, "name");
        let (status, error, _, _) = said(taken(), Prefix::V1);
        assert_eq!((status, error), (400, Some("invalid_request")));
        assert_eq!(said(taken(), Prefix::V2).0, 409);
    }

    #[test]
    fn fields_have_the_dialects_names() {
        let (_, _, _, message) = said(Error::invalid("phone", "must be short"), Prefix::V1);
        assert_eq!(message, "phone_number: must be short");
    }

    #[test]
    fn no_cause_leaves_the_server() {
        let (status, _, _, message) = said(Error::internal("password=x"), Prefix::V1);
        assert_eq!((status, message.as_str()), (500, "internal error"));
        let limited = Error::RateLimited { retry_after: Duration::from_secs(1) };
        assert_eq!(said(limited, Prefix::V2).2, "too_many_requests");
    }
}
