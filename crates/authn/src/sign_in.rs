//! Sign in with a password.
//!
//! The password is verified outside of any unit of work, and in the unit the user and his password
//! are looked at again: what has changed meanwhile (a lock, another password) counts.
//!
//! Unknown users and wrong passwords are one answer, and cost the same work: one hash, the same
//! statements, the same refusals after the same number of failures.

mod account;
mod device;
mod failure;
mod success;

use std::sync::Arc;

use citizenry_identity::{
    ClientIdentifier, Error, Moment, Number, Origin, PasswordHash, Session, StoredPassword,
    TenantId, User,
};
use citizenry_storage::{MAX_PASSWORD_BYTES, StorageError, Verification};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error as ThisError;

use self::{
    account::{Account, Refusal, find_account},
    device::new_device,
    failure::count_failure,
    success::{Entered, Outcome, complete},
};
pub(crate) use self::{
    account::{Lookup, find_user, open_tenant},
    failure::forget_failures,
    success::{Proof, note_sign_in, secret_hash, tell},
};
use crate::Authn;

/// How often an account may change under a sign-in before it is given up.
const TRIES: usize = 3;

/// An attempt to sign in with a password.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The tenant.
    pub tenant: TenantId,
    /// The connection that the user is looked for in, by name; the tenant's default and then the
    /// others that are enabled for the client without one.
    pub connection: Option<String>,
    /// The client that the user signs in to.
    pub client: Option<ClientIdentifier>,
    /// A username, an email address or a phone number, as it was typed.
    pub identifier: String,
    /// The password.
    pub password: SecretString,
    /// The secret of the browser's session until now: it is rotated or ended.
    pub previous: Option<SecretString>,
    /// The secret by which the browser shows that the user has signed in there before.
    pub device: Option<SecretString>,
    /// Where from.
    pub origin: Origin,
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// His session.
    pub session: Session,
    /// The session's secret: for the browser alone.
    pub secret: SecretString,
    /// The secret by which the browser shows from now on that the user has signed in there.
    pub device: SecretString,
}

/// Why somebody was not signed in.
#[derive(Debug, ThisError)]
pub enum SignInError {
    /// There is no such user, or the password is wrong: one answer.
    #[error("wrong username or password")]
    Wrong,
    /// The same, and the last attempt that was looked at for a while: what is tried now is refused
    /// as [`SignInError::Locked`].
    #[error("wrong username or password, too often")]
    LimitReached {
        /// For how many seconds.
        retry_after: i64,
    },
    /// Too many attempts on the account have failed.
    #[error("locked for {retry_after} s")]
    Locked {
        /// For how many seconds more.
        retry_after: i64,
    },
    /// Too many attempts from the address have failed.
    #[error("too many attempts: {retry_after} s")]
    TooMany {
        /// After how many seconds to try again.
        retry_after: i64,
    },
    /// The password is right, but an administrator has locked the account, or it is not active.
    #[error("blocked")]
    Blocked,
    /// The password is right, but must be changed first.
    #[error("the password must be changed")]
    MustChange {
        /// The ticket for [`Authn::reset_password`], good for ten minutes.
        ticket: SecretString,
    },
    /// Anything else; `Unavailable` when too many passwords wait to be looked at.
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<StorageError> for SignInError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.into())
    }
}

impl Authn {
    /// Signs somebody in: a new session, or the browser's own one with a new secret.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(&self, request: SignIn) -> Result<SignedIn, SignInError> {
        let (user, session) = self.prove(request, None, true).await?;
        let (session, secret) = session.ok_or_else(|| Error::internal("a session was not made"))?;
        let device = new_device(self.sealer(), user.id, &self.moment())?;
        Ok(SignedIn { user, session, secret, device })
    }

    /// Checks a password with everything that goes with a sign-in but the session: for grants and
    /// doors that have no browser.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn check_password(&self, request: SignIn) -> Result<User, SignInError> {
        Ok(self.prove(request, None, false).await?.0)
    }

    /// The same for the user of that number, whatever identifier the request has.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn check_password_by_number(
        &self,
        number: Number,
        request: SignIn,
    ) -> Result<User, SignInError> {
        Ok(self.prove(request, Some(number), false).await?.0)
    }

    async fn prove(
        &self,
        request: SignIn,
        number: Option<Number>,
        wants_session: bool,
    ) -> Result<Entered, SignInError> {
        let request = Arc::new(request);
        for _ in 0..TRIES {
            let proof = self.verify(&request, number).await?;
            match self.complete(proof, &request, wants_session).await? {
                Outcome::SignedIn(entered) => return Ok(*entered),
                Outcome::Changed => {}
                Outcome::Locked(retry_after) => return Err(SignInError::Locked { retry_after }),
                Outcome::Blocked => return Err(SignInError::Blocked),
                Outcome::MustChange(ticket) => return Err(SignInError::MustChange { ticket }),
            }
        }
        Err(SignInError::TooMany { retry_after: 1 })
    }

    /// Finds whom it is about and holds the password against his. A failure is counted.
    pub(crate) async fn verify(
        &self,
        request: &Arc<SignIn>,
        number: Option<Number>,
    ) -> Result<Proof, SignInError> {
        let account = self.find_account(request, number).await?;
        match account.refusal {
            Some(Refusal::Account(retry_after)) => return Err(SignInError::Locked { retry_after }),
            Some(Refusal::Address(retry_after)) => {
                return Err(SignInError::TooMany { retry_after });
            }
            None => {}
        }
        let verified = self.hold_against(account.password.as_ref(), &request.password).await?;
        let proved = account.user.clone().zip(account.password.clone());
        let Some((user, password)) = proved.filter(|_| verified.is_correct()) else {
            return Err(self.count_failure(account, request, None).await?);
        };
        if password.has_expired(self.moment().now()) {
            // To the caller it is a wrong one: the way on is a mail, as for one that is forgotten.
            return Err(self.count_failure(account, request, Some("password_expired")).await?);
        }
        let rehashed = self.rehash(&request.password, verified).await;
        Ok(Proof { account, user, password, rehashed })
    }

    async fn find_account(
        &self,
        request: &Arc<SignIn>,
        number: Option<Number>,
    ) -> Result<Account, Error> {
        let (request, now) = (Arc::clone(request), self.moment().now());
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .read(async move |read| find_account(read, &*sealer, &request, number, now).await)
            .await
    }

    /// Always one verification, whoever it is.
    pub(crate) async fn hold_against(
        &self,
        stored: Option<&StoredPassword>,
        password: &SecretString,
    ) -> Result<Verification, Error> {
        let hasher = &self.environment.passwords;
        let length = password.expose_secret().len();
        match stored {
            Some(stored) if length <= MAX_PASSWORD_BYTES => {
                hasher.verify(password, &stored.hash).await
            }
            _ => {
                let bounded = SecretString::from("nobody's");
                let password = if length <= MAX_PASSWORD_BYTES { password } else { &bounded };
                hasher.verify_nothing(password).await?;
                Ok(Verification::Wrong)
            }
        }
    }

    /// A better hash, if one is wanted and there is time: otherwise at the next sign-in.
    async fn rehash(
        &self,
        password: &SecretString,
        verified: Verification,
    ) -> Option<PasswordHash> {
        if !verified.wants_new_hash() {
            return None;
        }
        self.environment.passwords.hash(password).await.ok()
    }

    /// Counts a failure; what to answer to it.
    async fn count_failure(
        &self,
        account: Account,
        request: &Arc<SignIn>,
        reason: Option<&'static str>,
    ) -> Result<SignInError, Error> {
        let (account, request) = (Arc::new(account), Arc::clone(request));
        let moment = self.moment();
        let locked_for = self
            .storage
            .transact(async move |tx| count_failure(tx, &account, &request, reason, &moment).await)
            .await?;
        Ok(match locked_for {
            Some(retry_after) => SignInError::LimitReached { retry_after },
            None => SignInError::Wrong,
        })
    }

    async fn complete(
        &self,
        proof: Proof,
        request: &Arc<SignIn>,
        wants_session: bool,
    ) -> Result<Outcome, Error> {
        let (proof, request) = (Arc::new(proof), Arc::clone(request));
        // Read anew: a lock that was opened while the password was verified lies before it.
        let moment: Moment = self.moment();
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                complete(tx, &*sealer, &proof, &request, wants_session, &moment).await
            })
            .await
    }
}
