//! A person sets his own password.

use std::sync::Arc;

use citizenry_authz::Caller;
use citizenry_identity::{Error, EventKind, Kind, Moment, PasswordPolicy, StoredPassword, User};
use citizenry_storage::{Sealer, Tx, attempt_key};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::{Judged, Owner, caller_event, checked::Guesser, replace_own};
use crate::{Authn, recovery::tell_by_mail};

impl Authn {
    /// Replaces the caller's own password by another, under the rules of his tenant and connection
    /// and `policy`. Ends the sessions of his browsers and every ticket that would set a password;
    /// tokens of applications go on, the caller's own among them. He is told by mail.
    ///
    /// # Errors
    /// `Invalid` on `old_password` when it is not his, or has expired (wrong ones are counted), and
    /// on `password` when the new one is the old one or breaks a rule; `RateLimited`; `Forbidden`
    /// for callers who are no users; `Conflict` on `connection` for people of other sources.
    pub async fn change_own_password(
        &self,
        caller: &Caller,
        old: &SecretString,
        new: &SecretString,
        policy: Option<PasswordPolicy>,
    ) -> Result<(), Error> {
        let owner = self.own_account(caller, policy).await?;
        self.require_password(caller, &owner, old, Guesser::Himself, "old_password").await?;
        if old.expose_secret().as_bytes().ct_eq(new.expose_secret().as_bytes()).into() {
            return Err(Error::invalid("password", "must differ from the old one"));
        }
        let judged = self.judge(&owner, new).await?;
        if self.set_own(caller, owner, judged).await? {
            Ok(())
        } else {
            // Somebody was quicker: what was typed is the old one no more.
            Err(Error::invalid("old_password", "is wrong"))
        }
    }

    /// Gives the caller a password who has none yet, under the rules of his tenant and connection
    /// and `policy`. He is told by mail.
    ///
    /// # Errors
    /// `Conflict` on `password` when he has one, and on `connection` for people of other sources;
    /// `Invalid` on `password` when it breaks a rule; `Forbidden` for callers who are no users.
    pub async fn init_own_password(
        &self,
        caller: &Caller,
        new: &SecretString,
        policy: Option<PasswordPolicy>,
    ) -> Result<(), Error> {
        let owner = self.own_account(caller, policy).await?;
        if owner.password.is_some() {
            return Err(Error::conflict(Kind::User, "password"));
        }
        let judged = self.judge(&owner, new).await?;
        if self.set_own(caller, owner, judged).await? {
            Ok(())
        } else {
            Err(Error::conflict(Kind::User, "password"))
        }
    }

    /// Whether the password before was still the one that was looked at.
    async fn set_own(&self, caller: &Caller, owner: Owner, judged: Judged) -> Result<bool, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let (owner, sealer) = (Arc::new(owner), Arc::clone(&self.environment.sealer));
        let password = StoredPassword::new(judged.hash, judged.strength, moment.now());
        self.storage
            .transact(async move |tx| {
                let set = replace_own(tx, &owner, &password, judged.keep, &moment).await?;
                let Some(user) = set else { return Ok(false) };
                forget_wrong(tx, &*sealer, &user).await?;
                tell(tx, &*sealer, &caller, &user, &moment).await?;
                Ok(true)
            })
            .await
    }
}

/// The guesses of before were at another password.
async fn forget_wrong(tx: &mut dyn Tx, sealer: &dyn Sealer, user: &User) -> Result<(), Error> {
    let key = attempt_key(sealer, &format!("{}:{}", Guesser::Himself.purpose(), user.id));
    tx.attempts().delete(user.tenant, &key).await?;
    Ok(())
}

async fn tell(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    caller: &Caller,
    user: &User,
    moment: &Moment,
) -> Result<(), Error> {
    let event = caller_event(caller, moment, EventKind::USER_PASSWORD_CHANGED, user);
    tx.events().append(&event).await?;
    tell_by_mail(tx, sealer, user, moment).await
}
