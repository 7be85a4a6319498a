//! Who has a role.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Kind, Listing, Moment, Page, Role, RoleId, UserId};
use citizenry_storage::{Tx, ports::UserSort};

use super::{check_may_give, find_for_update};
use crate::{
    Directory, UserRef, UserView,
    administrators::{check_may_change, check_one_remains},
    ports::Ports,
    users::{event_with, existing, view_all},
};

/// Gives a role to those of the users that there are.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `users` for more than 1,000.
pub async fn add_users(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
    users: &[UserRef],
) -> Result<(), Error> {
    let (role, ids) = load(tx, caller, role, users).await?;
    check_may_give(caller, std::slice::from_ref(&role))?;
    tx.assignments().add_users(role.tenant, role.id, &ids, moment.now()).await?;
    append(tx, caller, moment, EventKind::USER_ROLES_ADDED, &role, &ids).await
}

/// Takes a role from users.
///
/// # Errors
/// As [`add_users`], and `Conflict` on `last_administrator`.
pub async fn remove_users(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
    users: &[UserRef],
) -> Result<(), Error> {
    let (role, ids) = load(tx, caller, role, users).await?;
    if role.is_administrator {
        check_one_remains(tx, role.tenant, &ids, moment.now()).await?;
    }
    tx.assignments().remove_users(role.tenant, role.id, &ids).await?;
    append(tx, caller, moment, EventKind::USER_ROLES_REMOVED, &role, &ids).await
}

/// The role, and the identifiers of those of the users that there are.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    role: RoleId,
    users: &[UserRef],
) -> Result<(Role, Vec<UserId>), Error> {
    caller.may(Action::Update, Resource::Role)?;
    if users.len() > 1_000 {
        return Err(Error::invalid("users", "must be at most 1000"));
    }
    let role = find_for_update(tx, caller, role).await?;
    let ids = existing(tx, caller, users).await?;
    check_may_change(&mut Ports::Tx(tx), caller, &ids).await?;
    Ok((role, ids))
}

/// One event a user, so that each user's trail tells of it.
async fn append(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    role: &Role,
    users: &[UserId],
) -> Result<(), Error> {
    for id in users {
        if let Some(user) = tx.users().find(role.tenant, *id).await? {
            let detail = ("roles", vec![role.id.to_string()]);
            tx.events().append(&event_with(caller, moment, kind, &user, detail)).await?;
        }
    }
    Ok(())
}

impl Directory {
    /// A page of the users who have a role themselves.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn role_users(
        &self,
        caller: &Caller,
        role: RoleId,
        listing: Listing<UserSort>,
    ) -> Result<Page<UserView>, Error> {
        caller.may(Action::Read, Resource::Role)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.roles().find(tenant, role).await?;
                found.ok_or_else(|| Error::not_found(Kind::Role, role))?;
                let page = read.assignments().users_of_role(tenant, role, &listing).await?;
                view_all(read.connections(), tenant, page).await
            })
            .await
    }

    /// Gives a role to users; unknown ones are passed over. See [`add_users`].
    ///
    /// # Errors
    /// As [`add_users`].
    pub async fn add_role_users(
        &self,
        caller: &Caller,
        role: RoleId,
        users: Vec<UserRef>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| add_users(tx, &caller, &moment, role, &users).await)
            .await
    }

    /// Takes a role from users. See [`remove_users`].
    ///
    /// # Errors
    /// As [`remove_users`].
    pub async fn remove_role_users(
        &self,
        caller: &Caller,
        role: RoleId,
        users: Vec<UserRef>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| remove_users(tx, &caller, &moment, role, &users).await)
            .await
    }
}
