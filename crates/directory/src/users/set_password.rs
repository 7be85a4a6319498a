//! Set the password of a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Moment, PasswordPolicy};
use citizenry_storage::Tx;
use secrecy::SecretString;

use super::{NewPassword, UserChanges, UserRef, administrator::is_administrator, change::change};
use crate::{Directory, administrators::find_changeable};

/// Replaces a user's password and ends his sessions and refresh tokens.
///
/// # Errors
/// `Forbidden`, also for another administrator's password where `spares_administrators`;
/// `NotFound`.
async fn set(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    password: NewPassword,
    spares_administrators: bool,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    let is_other = caller.user() != Some(user.id);
    if spares_administrators && is_other && is_administrator(tx, &user).await? {
        return Err(Error::Forbidden { permission: "administrator" });
    }
    change(tx, caller, moment, user, UserChanges::default(), Some(password)).await?;
    Ok(())
}

impl Directory {
    /// Sets a user's password, which must satisfy `policy` beside what the tenant and the
    /// connection ask. His sessions and refresh tokens end. Where `spares_administrators`, the
    /// password of another administrator is out of reach.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` on `password`; `Unavailable` when too many passwords wait
    /// to be hashed.
    pub async fn set_password(
        &self,
        caller: &Caller,
        user: &UserRef,
        password: SecretString,
        policy: Option<PasswordPolicy>,
        spares_administrators: bool,
    ) -> Result<(), Error> {
        caller.may(Action::Update, Resource::User)?;
        let changes = UserChanges {
            password: Some(password),
            password_policy: policy,
            ..UserChanges::default()
        };
        let password = self.password_of_existing(caller, user, &changes).await?;
        let password = password.ok_or_else(|| Error::internal("a password was lost"))?;
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let password = password.clone();
                set(tx, &caller, &moment, &user, password, spares_administrators).await
            })
            .await
    }
}
