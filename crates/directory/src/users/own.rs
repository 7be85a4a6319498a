//! What a user sees and changes of himself.

use citizenry_authz::{Caller, Subject};
use citizenry_identity::{
    AccountState, Email, Error, Moment, Patch, Phone, ProfileChanges, User, UserId, Username,
};
use citizenry_storage::Tx;

use super::{UserChanges, UserDetail, UserRef, change::change, find_user_for_update, sign_up};
use crate::Directory;

/// What a user changes of himself.
#[derive(Debug, Clone, Default)]
pub struct OwnChanges {
    /// The username.
    pub username: Patch<Username>,
    /// The email address. A new one is not verified.
    pub email: Patch<Email>,
    /// The phone number. A new one is not verified.
    pub phone: Patch<Phone>,
    /// Who he is.
    pub profile: ProfileChanges,
    /// The state of his account.
    pub state: Option<AccountState>,
}

async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: UserId,
    changes: OwnChanges,
) -> Result<User, Error> {
    let user = find_user_for_update(tx, caller.tenant(), &UserRef::Id(id)).await?;
    let before = user.username.clone();
    let changes = UserChanges {
        username: changes.username,
        email: changes.email,
        phone: changes.phone,
        profile: changes.profile,
        state: changes.state,
        ..UserChanges::default()
    };
    let user = change(tx, caller, moment, user, changes, None).await?;
    if let Some(username) = user.username.as_ref().filter(|new| Some(*new) != before.as_ref()) {
        let country = caller.tenant_context().phone_country;
        sign_up::check_username(username, user.email.as_ref(), user.phone.as_ref(), country)?;
    }
    Ok(user)
}

impl Directory {
    /// The calling user, with everything that belongs to him; for the client of a door, its
    /// technical user. Needs no permission.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user; `NotFound` when he has just been deleted.
    pub async fn own_user(&self, caller: &Caller) -> Result<UserDetail, Error> {
        let id = self.own_id(caller).await?;
        self.detail_of(caller, &id.into()).await
    }

    /// Changes the calling user; for the client of a door, its technical user. Needs no permission.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user; `Conflict` on a unique field or on
    /// `last_administrator`; `Invalid` on `username` when it is another email address or phone
    /// number than his own.
    pub async fn update_own_user(
        &self,
        caller: &Caller,
        changes: OwnChanges,
    ) -> Result<UserDetail, Error> {
        let id = self.own_id(caller).await?;
        let (inside, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| update(tx, &inside, &moment, id, changes.clone()).await)
            .await?;
        self.detail_of(caller, &id.into()).await
    }

    async fn own_id(&self, caller: &Caller) -> Result<UserId, Error> {
        match caller.subject() {
            Subject::User(id) => Ok(id),
            Subject::Client(_) => self.technical_user_id(caller).await,
            Subject::Operator | Subject::System => Err(Error::Forbidden { permission: "user" }),
        }
    }
}
