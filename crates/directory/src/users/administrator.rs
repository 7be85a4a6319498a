//! Make a user an administrator of his tenant, or make him none: the role of administrators.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Direction, Error, EventKind, Kind, Listing, Moment, Role, SortKey, Start, User,
};
use citizenry_storage::{Tx, ports::UserSort};

use super::{UserRef, event_with};
use crate::{
    Directory,
    administrators::{check_one_remains, find_changeable},
    roles::check_may_give,
};

/// Makes a user an administrator, or makes him none. What he is already changes nothing.
///
/// # Errors
/// `Forbidden`, also when the caller lacks a permission of the role; `NotFound`; `Conflict` on
/// `last_administrator`.
pub async fn set_administrator(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    is_administrator: bool,
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    set(tx, caller, moment, &user, is_administrator).await
}

/// As [`set_administrator`], for a user who is kept from others' changes.
pub(super) async fn set(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    is_administrator: bool,
) -> Result<(), Error> {
    let tenant = user.tenant;
    let found = tx.roles().find_administrator(tenant).await?;
    let role = found.ok_or_else(|| Error::not_found(Kind::Role, Role::ADMINISTRATOR))?;
    let is_one = !tx.assignments().which_have_role(tenant, role.id, &[user.id]).await?.is_empty();
    if is_one == is_administrator {
        return Ok(());
    }
    let kind = if is_administrator {
        check_may_give(caller, std::slice::from_ref(&role))?;
        tx.assignments().add_roles(tenant, user.id, &[role.id], moment.now()).await?;
        EventKind::USER_ROLES_ADDED
    } else {
        check_one_remains(tx, tenant, &[user.id], moment.now()).await?;
        tx.assignments().remove_roles(tenant, user.id, &[role.id]).await?;
        EventKind::USER_ROLES_REMOVED
    };
    let detail = ("roles", vec![role.id.to_string()]);
    Ok(tx.events().append(&event_with(caller, moment, kind, user, detail)).await?)
}

/// Whether the user is an administrator of his tenant.
pub(super) async fn is_administrator(tx: &mut dyn Tx, user: &User) -> Result<bool, Error> {
    let Some(role) = tx.roles().find_administrator(user.tenant).await? else { return Ok(false) };
    let found = tx.assignments().which_have_role(user.tenant, role.id, &[user.id]).await?;
    Ok(!found.is_empty())
}

impl Directory {
    /// Makes a user an administrator, or makes him none. See [`set_administrator`].
    ///
    /// # Errors
    /// As [`set_administrator`].
    pub async fn set_administrator(
        &self,
        caller: &Caller,
        user: &UserRef,
        is_administrator: bool,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                set_administrator(tx, &caller, &moment, &user, is_administrator).await
            })
            .await
    }

    /// The administrators of the caller's tenant who are active and not locked now, the oldest
    /// first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn able_administrators(&self, caller: &Caller) -> Result<Vec<User>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (tenant, now) = (caller.tenant(), self.now());
        self.storage
            .read(async move |read| {
                let Some(role) = read.roles().find_administrator(tenant).await? else {
                    return Ok(Vec::new());
                };
                let mut listing = Listing::first(Listing::<UserSort>::MAX_LIMIT);
                let (field, direction) = (UserSort::CreatedAt, Direction::Ascending);
                listing.order = vec![SortKey { field, direction }];
                let mut able = Vec::new();
                loop {
                    let page = read.assignments().users_of_role(tenant, role.id, &listing).await?;
                    able.extend(page.items.into_iter().filter(|user| user.can_sign_in(now)));
                    match page.next {
                        Some(next) => listing.start = Start::After(next),
                        None => return Ok(able),
                    }
                }
            })
            .await
    }
}
