//! Ports of services that another crate implements.

use std::fmt;

use async_trait::async_trait;
use citizenry_authz::Caller;
use citizenry_identity::{ClientIdentifier, Error, Number, Origin, TenantId, User};
use secrecy::SecretString;

/// Whom an attempt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptedUser {
    /// By what he is called: username, email address or phone number.
    Named(String),
    /// By his number.
    Number(Number),
}

/// What is to prove him.
#[derive(Debug, Clone)]
pub enum AttemptProof {
    /// His password.
    Password(SecretString),
    /// The secret that he was given for a code that was sent to him: good once.
    LinkSecret(SecretString),
}

/// A name and a password that a client sends for a user (RFC 6749, section 4.3), or what a
/// management door sends in their place.
#[derive(Debug, Clone)]
pub struct PasswordAttempt {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom it is about.
    pub user: AttemptedUser,
    /// What is to prove him.
    pub proof: AttemptProof,
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
    /// The wrong password, and the last that was looked at for a while.
    #[error("wrong user name or password, too often")]
    LimitReached {
        /// How long to wait, seconds.
        retry_after: i64,
    },
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

    /// Passes when it is the password of the user who is asking, for what asks him for it once
    /// more. A wrong one counts as a failed attempt.
    ///
    /// # Errors
    /// `Invalid` on `password` for another one; `RateLimited` after too many; `Forbidden` for
    /// everybody who is no user.
    async fn confirm(&self, caller: &Caller, password: &SecretString) -> Result<(), Error>;
}
