//! A password that nobody has chosen, good for a while, by mail.

use std::sync::Arc;

use citizenry_authz::Caller;
use citizenry_identity::{Email, Error, EventKind, PasswordPolicy, StoredPassword, User};
use citizenry_storage::{
    MailKind, MailOrder, Sealer, Tx, attempt_key, count_attempt, generate_password, locale_of,
    order_mail, refused_for,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Owner, caller_event, replace_own};
use crate::{
    Authn,
    attempts::{MAILS_FROM_ADDRESS, MAILS_TO_ACCOUNT, origin_key},
    recovery::rate_limited,
};

/// How often a password that changes meanwhile is replaced anew before it is given up.
const TRIES: usize = 3;

/// What is counted, and refused when it comes too often.
#[derive(Debug, Clone)]
struct Counters {
    account: [u8; 32],
    origin: Option<[u8; 32]>,
}

impl Authn {
    /// Replaces the caller's own password by a random one that is good for `valid_seconds` and
    /// mailed to him. Ends the sessions of his browsers and every ticket that would set a password;
    /// tokens of applications go on. At most five such mails an hour.
    ///
    /// # Errors
    /// `Invalid` on `email` when he has none; `RateLimited`; `Forbidden` for callers who are no
    /// users; `Conflict` on `connection` for people of other sources.
    pub async fn send_temporary_password(
        &self,
        caller: &Caller,
        policy: Option<PasswordPolicy>,
        valid_seconds: u32,
    ) -> Result<(), Error> {
        let counters = self.count_asked(caller).await?;
        for _ in 0..TRIES {
            let owner = self.own_account(caller, policy.clone()).await?;
            if owner.user.email.is_none() {
                return Err(Error::invalid("email", "must be known to mail a password to"));
            }
            let password = generate_password(&owner.policy, &self.moment());
            if self.mail_password(caller, owner, &password, valid_seconds, &counters).await? {
                return Ok(());
            }
        }
        Err(Error::Unavailable)
    }

    /// Whether the password before was still the one that was looked at.
    async fn mail_password(
        &self,
        caller: &Caller,
        owner: Owner,
        password: &SecretString,
        valid_seconds: u32,
        counters: &Counters,
    ) -> Result<bool, Error> {
        let judged = self.hash_as(&owner.policy, password).await?;
        let (caller, moment, owner) = (caller.clone(), self.moment(), Arc::new(owner));
        let now = moment.now();
        let stored = StoredPassword {
            expires_at: Some(now.plus_seconds(valid_seconds.into())),
            ..StoredPassword::new(judged.hash, judged.strength, now)
        };
        let (password, counters) = (password.clone(), counters.clone());
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                let set = replace_own(tx, &owner, &stored, judged.keep, &moment).await?;
                let Some(user) = set else { return Ok(false) };
                count_attempt(tx, user.tenant, &counters.account, &MAILS_TO_ACCOUNT, now).await?;
                if let Some(key) = &counters.origin {
                    count_attempt(tx, user.tenant, key, &MAILS_FROM_ADDRESS, now).await?;
                }
                let kind = EventKind::TEMPORARY_PASSWORD_SENT;
                tx.events().append(&caller_event(&caller, &moment, kind, &user)).await?;
                order(tx, &*sealer, &user, &password, valid_seconds, &moment).await?;
                Ok(true)
            })
            .await
    }

    async fn count_asked(&self, caller: &Caller) -> Result<Counters, Error> {
        let (tenant, user, now) = (caller.tenant(), caller.require_user()?, self.moment().now());
        let account = attempt_key(self.sealer(), &format!("temporary-password:{user}"));
        let origin = origin_key(self.sealer(), "mail-address", caller.origin());
        let counters = Counters { account, origin };
        let keys: Vec<_> = std::iter::once(account).chain(origin).collect();
        self.storage
            .read::<_, Error, _>(async move |read| {
                for key in &keys {
                    if let Some(seconds) = refused_for(read.attempts(), tenant, key, now).await? {
                        return Err(rate_limited(seconds));
                    }
                }
                Ok(())
            })
            .await?;
        Ok(counters)
    }
}

async fn order(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    user: &User,
    password: &SecretString,
    valid_seconds: u32,
    moment: &citizenry_identity::Moment,
) -> Result<(), Error> {
    let Some(email) = user.email.as_ref().map(Email::as_str) else {
        return Err(Error::invalid("email", "must be known to mail a password to"));
    };
    let order = MailOrder {
        kind: MailKind::TemporaryPassword,
        to: email.to_owned(),
        name: Some(user.display_name()),
        locale: locale_of(user),
        link: None,
        valid_seconds: Some(valid_seconds),
        secret: Some(password.expose_secret().to_owned()),
    };
    order_mail(tx, sealer, user.tenant, &order, moment).await
}
