//! Lets the token endpoint ask whether a name and a password prove somebody.

use async_trait::async_trait;
use citizenry_authn::{Authn, LinkOwner, LinkSignIn, SignIn, SignInError};
use citizenry_authz::Caller;
use citizenry_identity::{Error, User};
use citizenry_oauth::{
    AttemptProof, AttemptedUser, PasswordAttempt, PasswordGrantError, PasswordVerifier,
};
use secrecy::SecretString;

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
        let PasswordAttempt { tenant, user, proof, realm, client, origin } = attempt;
        let asked = |identifier, password| SignIn {
            tenant,
            connection: realm,
            client: Some(client.clone()),
            identifier,
            password,
            previous: None,
            device: None,
            origin: origin.clone(),
        };
        let proved = match (user, proof) {
            (AttemptedUser::Named(name), AttemptProof::Password(password)) => {
                self.authn.check_password(asked(name, password)).await
            }
            (AttemptedUser::Number(number), AttemptProof::Password(password)) => {
                let asked = asked(number.to_string(), password);
                self.authn.check_password_by_number(number, asked).await
            }
            (user, AttemptProof::LinkSecret(link_secret)) => {
                let owner = match user {
                    AttemptedUser::Named(name) => LinkOwner::Identifier(name),
                    AttemptedUser::Number(number) => LinkOwner::Number(number),
                };
                let client = Some(client);
                let asked = LinkSignIn { tenant, owner, link_secret, client, origin };
                self.authn.sign_in_with_link(asked).await
            }
        };
        proved.map_err(refusal)
    }

    async fn confirm(&self, caller: &Caller, password: &SecretString) -> Result<(), Error> {
        self.authn.check_own_password(caller, password).await
    }
}

fn refusal(error: SignInError) -> PasswordGrantError {
    match error {
        SignInError::Wrong => PasswordGrantError::Wrong,
        SignInError::LimitReached { retry_after } => {
            PasswordGrantError::LimitReached { retry_after }
        }
        SignInError::Locked { retry_after } | SignInError::TooMany { retry_after } => {
            PasswordGrantError::TooMany { retry_after }
        }
        SignInError::Blocked => PasswordGrantError::Blocked,
        SignInError::MustChange { .. } => PasswordGrantError::MustChange,
        SignInError::Other(error) => PasswordGrantError::Other(error),
    }
}
