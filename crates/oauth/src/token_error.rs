//! What the token endpoint answers when it gives no token.

use citizenry_identity::Error;
use citizenry_storage::StorageError;

/// Why there is no token: the codes of RFC 6749 (section 5.2), RFC 8628, RFC 8707, RFC 9449 and,
/// for a missing grant and for passwords, of the management dialects; and the two ways in which a
/// server can fail. A door gives each its status with one exhaustive match. The texts may be shown
/// to the caller.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The request lacks a parameter, has one twice, or proves the client in two ways.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The client is unknown, its secret is wrong, or its tenant is closed: which of them is not
    /// said, but by dialects that publish an answer for each.
    #[error("the client is unknown, or its credentials are wrong")]
    InvalidClient(ClientProblem),
    /// A code, a refresh token or a device code is not good, or not for this client.
    #[error("{0}")]
    InvalidGrant(&'static str),
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
    /// A proof of possession is missing or not good (RFC 9449).
    #[error("{0}")]
    InvalidDpopProof(&'static str),
    /// A proof of possession must carry this nonce (RFC 9449, section 8).
    #[error("the proof must carry the nonce of the server")]
    UseDpopNonce {
        /// The nonce, good for the next minutes.
        nonce: String,
    },
    /// The user has not decided about the device yet (RFC 8628).
    #[error("the user has not decided yet")]
    AuthorizationPending,
    /// The device asks too often: it must wait five seconds longer between attempts from now on
    /// (RFC 8628).
    #[error("the device asks too often")]
    SlowDown,
    /// The device code has expired (RFC 8628).
    #[error("the device code has expired")]
    ExpiredToken,
    /// The user has said no.
    #[error("the user has refused")]
    Denied,
    /// The user's name or password is wrong; which of them is not said.
    #[error("wrong user name or password")]
    WrongPassword,
    /// The same, and no further password is looked at for a while.
    #[error("wrong user name or password")]
    LimitReached {
        /// How long to wait, seconds.
        retry_after: i64,
    },
    /// The right password of somebody who is locked, or whose account is not active.
    #[error("the user is blocked")]
    UserBlocked,
    /// The right password, which must be changed first.
    #[error("the password must be changed first")]
    PasswordMustChange,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// How long to wait, seconds.
        retry_after: i64,
    },
    /// What the authorization endpoint would refuse, pushed beforehand (RFC 9126).
    #[error("{description}")]
    Refused {
        /// The `error` of the answer.
        code: &'static str,
        /// What is wrong.
        description: String,
    },
    /// The system cannot serve this now; trying again later may help.
    #[error("temporarily unavailable")]
    Unavailable,
    /// A defect or a failed part. The source is for the log, never for the caller.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a client that does not prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientProblem {
    /// There is no such client, or its tenant is closed or another one.
    Unknown,
    /// Its credentials are missing or wrong.
    Credentials,
}

impl TokenError {
    /// No such client.
    pub(crate) const UNKNOWN_CLIENT: Self = Self::InvalidClient(ClientProblem::Unknown);
    /// A client that does not prove itself.
    pub(crate) const WRONG_CREDENTIALS: Self = Self::InvalidClient(ClientProblem::Credentials);

    /// The `error` of the answer.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient(_) => "invalid_client",
            Self::InvalidGrant(_)
            | Self::WrongPassword
            | Self::LimitReached { .. }
            | Self::UserBlocked
            | Self::PasswordMustChange => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied | Self::Denied => "access_denied",
            Self::InvalidDpopProof(_) => "invalid_dpop_proof",
            Self::UseDpopNonce { .. } => "use_dpop_nonce",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::TooMany { .. } => "too_many_attempts",
            Self::Refused { code, .. } => code,
            Self::Unavailable => "temporarily_unavailable",
            Self::Internal(_) => "server_error",
        }
    }
}

impl From<StorageError> for TokenError {
    fn from(error: StorageError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable => Self::Unavailable,
            Error::RateLimited { retry_after } => {
                Self::TooMany { retry_after: i64::try_from(retry_after.as_secs()).unwrap_or(60) }
            }
            Error::Internal(source) => Self::Internal(source),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<crate::jws::KeyError> for TokenError {
    fn from(error: crate::jws::KeyError) -> Self {
        Self::Internal(error.into())
    }
}
