//! Ports of services that another crate implements.

use std::fmt;

use async_trait::async_trait;
use citizenry_identity::{ClientIdentifier, Error, Origin, TenantId, User};
use secrecy::SecretString;

/// A name and a password that a client sends for a user (RFC 6749, section 4.3).
#[derive(Debug, Clone)]
pub struct PasswordAttempt {
    /// The tenant.
    pub tenant: TenantId,
    /// What the user is called: username, email address or phone number.
    pub identifier: String,
    /// The password.
    pub password: SecretString,
    /// The connection that the user is in, by name; any that the client may use if none is named.
    pub realm: Option<String>,
    /// The client that asks.
    pub client: ClientIdentifier,
    /// Where the request came from.
    pub origin: Origin,
}

/// Why a name and a password prove nobody.
#[derive(Debug, thiserror::Error)]
pub enum PasswordGrantError {
    /// Unknown, or the wrong password: one answer.
    #[error("wrong user name or password")]
    Wrong,
    /// The right password of somebody whom an administrator keeps out.
    #[error("the user is blocked")]
    Blocked,
    /// The right password, which must be changed first.
    #[error("the password must be changed first")]
    MustChange,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// How long to wait, seconds.
        retry_after: i64,
    },
    /// The system failed.
    #[error(transparent)]
    Other(Error),
}

/// Checks passwords for the password grant.
#[async_trait]
pub trait PasswordVerifier: Send + Sync + fmt::Debug {
    /// The user whom the name and the password prove.
    ///
    /// # Errors
    /// See [`PasswordGrantError`].
    async fn check(&self, attempt: PasswordAttempt) -> Result<User, PasswordGrantError>;
}
