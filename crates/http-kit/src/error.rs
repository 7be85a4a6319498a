//! What is answered when a request cannot be served: one closed enum, which each door turns into
//! its own wire form by implementing [`ErrorShape`] once.

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    error::{
        InternalError, JsonPayloadError, PathError, PayloadError, QueryPayloadError,
        UrlencodedError,
    },
    http::StatusCode,
};
use citizenry_identity::Error;

use crate::context::RequestContext;

/// Longest reason, in bytes, that is shown to a caller: reasons may quote what he sent.
const LONGEST_REASON: usize = 300;

/// Why a request is refused. Handlers return it (`identity::Error` converts with `?`), the kit's
/// extractors and middleware return it, and what actix itself refuses is turned into it, so that a
/// door sees every failure in this one shape.
#[derive(Debug)]
pub enum Refusal {
    /// A use case refused.
    UseCase(Error),
    /// No route has this path.
    RouteNotFound,
    /// The path exists, the method does not.
    MethodNotAllowed {
        /// The methods that do, as the `Allow` header lists them.
        allow: String,
    },
    /// The request target is not well-formed: a broken percent escape, bytes that are not UTF-8, a
    /// NUL, or a path parameter of the wrong type.
    InvalidTarget {
        /// What is wrong.
        reason: String,
    },
    /// The query string does not fit.
    InvalidQuery {
        /// The parameter, where one is to blame.
        field: Option<String>,
        /// What is wrong.
        reason: String,
    },
    /// The body does not fit.
    InvalidBody {
        /// The field (`identities[0].provider`), where one is to blame.
        field: Option<String>,
        /// What is wrong.
        reason: String,
    },
    /// The body is larger than this server reads.
    TooLarge {
        /// The largest body that is read, in bytes.
        limit: usize,
    },
    /// The body is of a media type, character set or content coding that this route does not read.
    UnsupportedMediaType {
        /// What it reads.
        expected: &'static str,
    },
    /// The request names nobody, or in a way that cannot be read.
    Credentials(CredentialsProblem),
    /// Too many requests by this caller on this route.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The request took longer than the server allows. Whether it had an effect is unknown.
    TimedOut,
    /// The handler panicked.
    Panicked,
    /// The framework refused with this status in a way that the kit does not know more about.
    Framework {
        /// The status that the framework chose.
        status: StatusCode,
        /// What the framework says; shown to callers only below 500.
        reason: String,
    },
}

/// What is wrong with the credentials of a request, before anybody looks at who they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsProblem {
    /// There are none.
    Missing,
    /// The `Authorization` header is not well-formed or of an unknown scheme.
    Malformed,
    /// There are several `Authorization` headers.
    Several,
}

impl Refusal {
    /// `field` of the body is wrong because of `reason` (shortened when it is very long).
    pub fn body(field: Option<String>, reason: impl fmt::Display) -> Self {
        Self::InvalidBody { field, reason: shorten(reason.to_string()) }
    }

    /// `field` of the query string is wrong because of `reason` (shortened when it is very long).
    pub fn query(field: Option<String>, reason: impl fmt::Display) -> Self {
        Self::InvalidQuery { field, reason: shorten(reason.to_string()) }
    }

    /// The status that fits where a dialect has no rule of its own.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UseCase(error) => use_case_status(error),
            Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::InvalidTarget { .. }
            | Self::InvalidQuery { .. }
            | Self::InvalidBody { .. }
            | Self::Credentials(CredentialsProblem::Several) => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Credentials(_) => StatusCode::UNAUTHORIZED,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Framework { status, .. } => *status,
        }
    }

    /// The field or parameter that is to blame, by its name on the wire (by its canonical name
    /// where a use case refused).
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::InvalidQuery { field, .. } | Self::InvalidBody { field, .. } => field.as_deref(),
            Self::UseCase(Error::Invalid { field, .. }) => Some(field),
            Self::UseCase(Error::Conflict { field, .. }) => Some(field),
            _ => None,
        }
    }

    /// Words for the caller. Nothing of the server's inside and no cause of a 5xx is in it.
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::UseCase(error) => Cow::Owned(error.to_string()),
            Self::RouteNotFound => "no such route".into(),
            Self::MethodNotAllowed { .. } => "method not allowed".into(),
            Self::InvalidQuery { field, reason } | Self::InvalidBody { field, reason } => {
                match field {
                    Some(field) => Cow::Owned(format!("{field}: {reason}")),
                    None => reason.into(),
                }
            }
            Self::TooLarge { limit } => {
                Cow::Owned(format!("the body is larger than {limit} bytes"))
            }
            Self::UnsupportedMediaType { expected } => {
                Cow::Owned(format!("unsupported media type, expected {expected}"))
            }
            Self::Credentials(CredentialsProblem::Missing) => "missing credentials".into(),
            Self::Credentials(CredentialsProblem::Malformed) => {
                "malformed Authorization header".into()
            }
            Self::Credentials(CredentialsProblem::Several) => {
                "several Authorization headers".into()
            }
            Self::RateLimited { .. } => "too many requests".into(),
            Self::TimedOut => "the request took too long".into(),
            Self::Panicked => "internal error".into(),
            Self::Framework { status, .. } if status.is_server_error() => "internal error".into(),
            Self::InvalidTarget { reason } | Self::Framework { reason, .. } => reason.into(),
        }
    }

    /// How long the caller should wait before he tries again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after }
            | Self::UseCase(Error::RateLimited { retry_after }) => Some(*retry_after),
            Self::TimedOut | Self::UseCase(Error::Unavailable) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    /// What the framework's own `error` means.
    pub(crate) fn from_framework(error: &actix_web::Error) -> Self {
        // `web::Path` wraps its error, because it means 404.
        let path =
            error.as_error::<InternalError<serde::de::value::Error>>().map(ToString::to_string);
        let path = path.or_else(|| error.as_error::<PathError>().map(ToString::to_string));
        if let Some(reason) = path {
            return Self::InvalidTarget { reason: shorten(reason) };
        }
        if let Some(error) = error.as_error::<QueryPayloadError>() {
            return Self::query(None, error);
        }
        match error.as_error::<JsonPayloadError>() {
            Some(JsonPayloadError::ContentType) => {
                return Self::UnsupportedMediaType { expected: "application/json" };
            }
            Some(
                JsonPayloadError::OverflowKnownLength { limit, .. }
                | JsonPayloadError::Overflow { limit },
            ) => {
                return Self::TooLarge { limit: *limit };
            }
            Some(error) => return Self::body(None, error),
            None => {}
        }
        match error.as_error::<UrlencodedError>() {
            Some(UrlencodedError::ContentType) => {
                let expected = "application/x-www-form-urlencoded";
                return Self::UnsupportedMediaType { expected };
            }
            Some(UrlencodedError::Overflow { limit, .. }) => {
                return Self::TooLarge { limit: *limit };
            }
            Some(error) => return Self::body(None, error),
            None => {}
        }
        if let Some(error) = error.as_error::<PayloadError>() {
            return Self::body(None, error);
        }
        let status = error.as_response_error().status_code();
        Self::Framework { status, reason: shorten(error.to_string()) }
    }
}

/// The usual status of a use case's error.
fn use_case_status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Stale => StatusCode::PRECONDITION_FAILED,
        Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `text`, cut at a character boundary when it is very long.
fn shorten(mut text: String) -> String {
    if text.len() > LONGEST_REASON {
        text.truncate(text.floor_char_boundary(LONGEST_REASON));
        text.push('…');
    }
    text
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::UseCase(error)
    }
}

impl From<CredentialsProblem> for Refusal {
    fn from(problem: CredentialsProblem) -> Self {
        Self::Credentials(problem)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// An answer without a body: [`Boundary`](crate::Boundary) puts the door's own in its place.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

/// How a door says no: implemented once by each door, with one exhaustive `match` on [`Refusal`].
///
/// The kit adds what HTTP demands beside the body where the shape leaves it out: `Allow` on 405,
/// `WWW-Authenticate` on 401 and on a missing permission, `Retry-After` where it is known.
pub trait ErrorShape: Send + Sync + 'static {
    /// The answer that tells the caller of `refusal`.
    fn render(&self, refusal: &Refusal) -> HttpResponse;

    /// The same for doors whose words depend on who asked and when. By default what
    /// [`ErrorShape::render`] answers.
    fn render_to(&self, refusal: &Refusal, _asked: &Asked<'_>) -> HttpResponse {
        self.render(refusal)
    }
}

/// The request that is refused, as far as it is still there.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// What the boundary knows of it.
    pub context: &'r RequestContext,
    /// The request; gone when its handler panicked or took too long.
    pub request: Option<&'r HttpRequest>,
    /// What the handler answered, when that was an error: a door may have errors of its own, for
    /// which [`Refusal`] has no more than a status.
    pub error: Option<&'r actix_web::Error>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_an_internal_error_stays_inside() {
        let refusal = Refusal::from(Error::internal("password=opensesame"));
        assert_eq!(refusal.message(), "internal error");
        assert_eq!(refusal.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_reason_that_quotes_a_long_value_is_cut_at_a_character() {
        let refusal = Refusal::body(None, "雷".repeat(1_000));
        let message = refusal.message();
        assert!(message.len() <= LONGEST_REASON + '…'.len_utf8(), "{}", message.len());
        assert!(message.ends_with("雷…"));
    }

    #[test]
    fn the_frameworks_own_rejections_become_refusals() {
        let error = actix_web::Error::from(JsonPayloadError::Overflow { limit: 7 });
        assert!(matches!(Refusal::from_framework(&error), Refusal::TooLarge { limit: 7 }));
        let error = actix_web::error::ErrorImATeapot("short and stout");
        let refusal = Refusal::from_framework(&error);
        assert_eq!(refusal.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(refusal.message(), "short and stout");
    }

    #[test]
    fn a_refusal_names_the_field_before_the_reason() {
        let refusal = Refusal::body(Some("email".to_owned()), "missing");
        assert_eq!(refusal.message(), "email: missing");
        assert_eq!(refusal.field(), Some("email"));
    }
}
