//! The first password of a user who is given none: made here, good for a while, and mailed.

use citizenry_authz::Caller;
use citizenry_identity::{Error, EventKind, Moment, PasswordPolicy, User};
use citizenry_storage::{
    MailKind, MailOrder, Tx, generate_password, locale_of, order_mail, refused_password,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    NewPassword, event,
    new_password::{Standard, standard_for_new},
    verification::Mailing,
};
use crate::{Directory, NewUser};

/// How many passwords are made at the most until one satisfies the policy.
const TRIES: usize = 8;

/// A user gets a password that is made for him and mailed to him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPassword {
    /// What it must be like beside what the tenant and the connection ask.
    pub policy: PasswordPolicy,
    /// For how long it is good, seconds.
    pub valid_seconds: u32,
}

impl Mailing {
    /// Orders the mail that tells a user the password that was made for him.
    pub(crate) async fn order_password(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        user: &User,
        password: Option<&NewPassword>,
        moment: &Moment,
    ) -> Result<(), Error> {
        let Some(password) = password else { return Ok(()) };
        let (Some(secret), Some(email)) = (&password.mailed, &user.email) else { return Ok(()) };
        let order = MailOrder {
            kind: MailKind::TemporaryPassword,
            to: email.as_str().to_owned(),
            name: Some(user.display_name()),
            locale: locale_of(user),
            link: None,
            valid_seconds: password.valid_seconds,
            secret: Some(secret.expose_secret().to_owned()),
        };
        order_mail(tx, self.sealer(), user.tenant, &order, moment).await?;
        let kind = EventKind::TEMPORARY_PASSWORD_SENT;
        Ok(tx.events().append(&event(caller, moment, kind, user)).await?)
    }
}

impl Directory {
    /// A password for a user who is to be made and gets none from his maker.
    pub(super) async fn first_password(
        &self,
        caller: &Caller,
        new: &NewUser,
    ) -> Result<Option<NewPassword>, Error> {
        let Some(first) = new.first_password.clone() else { return Ok(None) };
        let (tenant, new) = (caller.tenant(), new.clone());
        let has_address = new.email.is_some();
        let read = async move |read: &mut dyn citizenry_storage::Read| {
            standard_for_new(read, tenant, &new).await
        };
        let standard = self.storage.read(read).await?;
        self.generated(&first, standard, has_address).await.map(Some)
    }

    /// A password of `standard` and of `first`.
    pub(crate) async fn generated(
        &self,
        first: &FirstPassword,
        mut standard: Standard,
        has_address: bool,
    ) -> Result<NewPassword, Error> {
        if !has_address {
            return Err(Error::invalid("email", "must be there: the password is mailed to it"));
        }
        standard.policy = standard.policy.and(first.policy.clone());
        let moment = self.moment();
        let mut broken = Vec::new();
        for _ in 0..TRIES {
            let secret: SecretString = generate_password(&standard.policy, &moment);
            match self.judge(&secret, &standard).await? {
                Ok(password) => {
                    return Ok(NewPassword {
                        valid_seconds: Some(first.valid_seconds),
                        mailed: Some(secret),
                        ..password
                    });
                }
                Err(rules) => broken = rules,
            }
        }
        Err(refused_password(&broken))
    }
}
