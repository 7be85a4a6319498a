//! Lets the token endpoint ask whether a name and a password prove somebody.

use async_trait::async_trait;
use citizenry_authn::{Authn, SignIn, SignInError};
use citizenry_identity::User;
use citizenry_oauth::{PasswordAttempt, PasswordGrantError, PasswordVerifier};

/// Checks the passwords of the password grant as a sign-in at the page does.
#[derive(Debug, Clone)]
pub struct PasswordGrant {
    authn: Authn,
}

impl PasswordGrant {
    /// Checks that ask `authn`.
    pub fn new(authn: Authn) -> Self {
        Self { authn }
    }
}

#[async_trait]
impl PasswordVerifier for PasswordGrant {
    async fn check(&self, attempt: PasswordAttempt) -> Result<User, PasswordGrantError> {
        let asked = SignIn {
            tenant: attempt.tenant,
            connection: attempt.realm,
            client: Some(attempt.client),
            identifier: attempt.identifier,
            password: attempt.password,
            previous: None,
            device: None,
            origin: attempt.origin,
        };
        self.authn.check_password(asked).await.map_err(|error| match error {
            SignInError::Wrong => PasswordGrantError::Wrong,
            SignInError::Locked { retry_after } | SignInError::TooMany { retry_after } => {
                PasswordGrantError::TooMany { retry_after }
            }
            SignInError::Blocked => PasswordGrantError::Blocked,
            SignInError::MustChange { .. } => PasswordGrantError::MustChange,
            SignInError::Other(error) => PasswordGrantError::Other(error),
        })
    }
}
