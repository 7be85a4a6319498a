//! Lock and unlock a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, LockReason, LockWindow, Moment, User};
use citizenry_storage::{Tx, end_access};

use super::{UserRef, UserView, event, find_user_for_update, view::view};
use crate::{Directory, administrators::check_one_remains};

/// Opens an administrator's lock. One that holds already ends the user's sessions and refresh
/// tokens; one that begins later stops them at each use from then on.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `last_administrator`.
pub async fn lock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    window: LockWindow,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let mut user = find_user_for_update(tx, caller.tenant(), user).await?;
    check_one_remains(tx, user.tenant, &[user.id], moment.now()).await?;
    user.lock(LockReason::Admin, window, moment.now());
    tx.users().save(&user).await?;
    user.version += 1;
    if !user.keeps_access(moment.now()) {
        end_access(tx, &user, moment).await?;
    }
    tx.events().append(&event(caller, moment, EventKind::USER_LOCKED, &user)).await?;
    Ok(user)
}

/// Lifts every lock. The status stays as it is.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn unlock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let mut user = find_user_for_update(tx, caller.tenant(), user).await?;
    if user.lift_locks(moment.now()) {
        tx.users().save(&user).await?;
        user.version += 1;
        tx.events().append(&event(caller, moment, EventKind::USER_UNLOCKED, &user)).await?;
    }
    Ok(user)
}

impl Directory {
    /// Opens an administrator's lock. See [`lock`].
    ///
    /// # Errors
    /// As [`lock`].
    pub async fn lock_user(
        &self,
        caller: &Caller,
        user: &UserRef,
        window: LockWindow,
    ) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = lock(tx, &caller, &moment, &user, window).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }

    /// Lifts every lock. See [`unlock`].
    ///
    /// # Errors
    /// As [`unlock`].
    pub async fn unlock_user(&self, caller: &Caller, user: &UserRef) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = unlock(tx, &caller, &moment, &user).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
