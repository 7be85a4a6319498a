//! Whether a password is somebody's.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment, StoredPassword, User};
use citizenry_storage::{attempt_key, count_attempt, refused_for};
use secrecy::SecretString;
use serde_json::Value;

use super::{Owner, UserKey, caller_event, find_owner};
use crate::{Authn, attempts::account_rule, recovery::rate_limited};

/// Whose guesses a counter counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guesser {
    /// The user's own.
    Himself,
    /// An administrator's.
    Another,
}

impl Guesser {
    pub(super) const fn purpose(self) -> &'static str {
        match self {
            Self::Himself => "own-password",
            Self::Another => "checked-password",
        }
    }
}

impl Authn {
    /// Passes when `password` is the caller's own. Wrong ones are counted, and after some further
    /// ones are refused for a while.
    ///
    /// # Errors
    /// `Invalid` on `password` when it is another, or has expired; `RateLimited`; `Forbidden` for
    /// callers who are no users; `Conflict` on `connection` for people of other sources.
    pub async fn check_own_password(
        &self,
        caller: &Caller,
        password: &SecretString,
    ) -> Result<(), Error> {
        let owner = self.own_account(caller, None).await?;
        self.require_password(caller, &owner, password, Guesser::Himself, "password").await
    }

    /// Passes when `password` is that user's. Wrong ones are counted, and after some further ones
    /// are refused for a while.
    ///
    /// # Errors
    /// As [`Authn::check_own_password`]; `Forbidden`; `NotFound`.
    pub async fn check_password_of(
        &self,
        caller: &Caller,
        user: impl Into<UserKey>,
        password: &SecretString,
    ) -> Result<(), Error> {
        caller.may(Action::Update, Resource::User)?;
        let (tenant, key, now) = (caller.tenant(), user.into(), self.moment().now());
        let owner = self
            .storage
            .read(async move |read| {
                let found = key.find(read, tenant).await?;
                let user = found.ok_or_else(|| key.not_found())?;
                find_owner(read, tenant, user.id, None, now).await
            })
            .await?;
        self.require_password(caller, &owner, password, Guesser::Another, "password").await
    }

    /// Passes when `password` is the owner's and has not expired; otherwise the failure is counted
    /// and `field` is refused.
    pub(super) async fn require_password(
        &self,
        caller: &Caller,
        owner: &Owner,
        password: &SecretString,
        guesser: Guesser,
        field: &'static str,
    ) -> Result<(), Error> {
        let purpose = guesser.purpose();
        let key = attempt_key(self.sealer(), &format!("{purpose}:{}", owner.user.id));
        let (tenant, now) = (owner.tenant.id, self.moment().now());
        let refused = self
            .storage
            .read::<_, Error, _>(async move |read| {
                Ok(refused_for(read.attempts(), tenant, &key, now).await?)
            })
            .await?;
        if let Some(seconds) = refused {
            return Err(rate_limited(seconds));
        }
        let verified = self.hold_against(owner.password.as_ref(), password).await?;
        let moment = self.moment();
        if verified.is_correct() && !has_expired(owner.password.as_ref(), &moment) {
            return Ok(());
        }
        self.count_wrong(caller, owner, key, purpose).await?;
        Err(Error::invalid(field, "is wrong"))
    }

    async fn count_wrong(
        &self,
        caller: &Caller,
        owner: &Owner,
        key: [u8; 32],
        purpose: &'static str,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let rule = account_rule(&owner.tenant.settings.sign_in);
        let user: User = owner.user.clone();
        self.storage
            .transact(async move |tx| {
                count_attempt(tx, user.tenant, &key, &rule, moment.now()).await?;
                let kind = EventKind::USER_SIGN_IN_FAILED;
                let mut event = caller_event(&caller, &moment, kind, &user);
                event.details.insert("reason".to_owned(), Value::from(purpose));
                Ok(tx.events().append(&event).await?)
            })
            .await
    }
}

/// Whether the password was good for a while that is over.
fn has_expired(password: Option<&StoredPassword>, moment: &Moment) -> bool {
    password.is_some_and(|password| password.has_expired(moment.now()))
}
