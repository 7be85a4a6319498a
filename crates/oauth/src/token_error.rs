//! What the token endpoint answers when it gives no token.

use citizenry_identity::Error;
use citizenry_storage::StorageError;

/// Why there is no token: the codes of RFC 6749 (section 5.2), RFC 8707 and, for a missing grant,
/// of the management dialects; and the two ways in which a server can fail. A door gives each its
/// status with one exhaustive match. The texts may be shown to the caller.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The request lacks a parameter, has one twice, or proves the client in two ways.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The client is unknown, its secret is wrong, or its tenant is disabled: which of them is not
    /// said.
    #[error("the client is unknown, or its credentials are wrong")]
    InvalidClient,
    /// The client may not use this grant type.
    #[error("the client may not use this grant type")]
    UnauthorizedClient,
    /// The grant type is not served.
    #[error("this grant type is not supported")]
    UnsupportedGrantType,
    /// A scope is malformed, or goes beyond what is granted to the client.
    #[error("a scope is not granted to the client")]
    InvalidScope,
    /// No resource server of the tenant has that audience.
    #[error("no resource server has this audience")]
    InvalidTarget,
    /// The client has no grant for the resource server.
    #[error("the client has no grant for this audience")]
    AccessDenied,
    /// The system cannot serve this now; trying again later may help.
    #[error("temporarily unavailable")]
    Unavailable,
    /// A defect or a failed part. The source is for the log, never for the caller.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TokenError {
    /// The `error` of the answer.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::Unavailable => "temporarily_unavailable",
            Self::Internal(_) => "server_error",
        }
    }
}

impl From<StorageError> for TokenError {
    fn from(error: StorageError) -> Self {
        match Error::from(error) {
            Error::Unavailable => Self::Unavailable,
            other => Self::Internal(other.into()),
        }
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable | Error::RateLimited { .. } => Self::Unavailable,
            Error::Internal(source) => Self::Internal(source),
            other => Self::Internal(other.into()),
        }
    }
}
