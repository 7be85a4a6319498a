//! The roles of a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Listing, Moment, Page, Role, RoleId, User};
use citizenry_storage::{Tx, ports::ByName};

use super::{UserRef, event_with, find_user_id};
use crate::{
    Directory,
    administrators::{check_one_remains, find_changeable},
    roles::check_may_give,
};

/// Gives those of the roles that there are to a user.
///
/// # Errors
/// `Forbidden`, also for the role of administrators when the caller lacks a permission of it;
/// `NotFound`; `Invalid` on `roles` for more than 1,000.
pub async fn add_roles(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    roles: &[RoleId],
) -> Result<(), Error> {
    let (user, roles) = load(tx, caller, user, roles).await?;
    check_may_give(caller, &roles)?;
    let ids: Vec<_> = roles.iter().map(|role| role.id).collect();
    tx.assignments().add_roles(user.tenant, user.id, &ids, moment.now()).await?;
    append(tx, caller, moment, EventKind::USER_ROLES_ADDED, &user, &ids).await
}

/// Takes roles from a user.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `roles` for more than 1,000; `Conflict` on
/// `last_administrator`.
pub async fn remove_roles(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    roles: &[RoleId],
) -> Result<(), Error> {
    let (user, roles) = load(tx, caller, user, roles).await?;
    if roles.iter().any(|role| role.is_administrator) {
        check_one_remains(tx, user.tenant, &[user.id], moment.now()).await?;
    }
    let ids: Vec<_> = roles.iter().map(|role| role.id).collect();
    tx.assignments().remove_roles(user.tenant, user.id, &ids).await?;
    append(tx, caller, moment, EventKind::USER_ROLES_REMOVED, &user, &ids).await
}

/// The user, and those of the roles that there are.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    user: &UserRef,
    roles: &[RoleId],
) -> Result<(User, Vec<Role>), Error> {
    caller.may(Action::Update, Resource::User)?;
    if roles.len() > 1_000 {
        return Err(Error::invalid("roles", "must be at most 1000"));
    }
    let user = find_changeable(tx, caller, user).await?;
    let roles = tx.roles().find_many(caller.tenant(), roles).await?;
    Ok((user, roles))
}

async fn append(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    user: &User,
    roles: &[RoleId],
) -> Result<(), Error> {
    if roles.is_empty() {
        return Ok(());
    }
    let roles = roles.iter().map(RoleId::to_string).collect();
    let event = event_with(caller, moment, kind, user, ("roles", roles));
    Ok(tx.events().append(&event).await?)
}

impl Directory {
    /// A page of the roles that a user has himself.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_roles(
        &self,
        caller: &Caller,
        user: &UserRef,
        listing: Listing<ByName>,
    ) -> Result<Page<Role>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        self.storage
            .read(async move |read| {
                let id = find_user_id(read.users(), tenant, &user).await?;
                Ok(read.assignments().roles_of_user(tenant, id, &listing).await?)
            })
            .await
    }

    /// Gives roles to a user; unknown ones are passed over. See [`add_roles`].
    ///
    /// # Errors
    /// As [`add_roles`].
    pub async fn add_user_roles(
        &self,
        caller: &Caller,
        user: &UserRef,
        roles: Vec<RoleId>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| add_roles(tx, &caller, &moment, &user, &roles).await)
            .await
    }

    /// Takes roles from a user. See [`remove_roles`].
    ///
    /// # Errors
    /// As [`remove_roles`].
    pub async fn remove_user_roles(
        &self,
        caller: &Caller,
        user: &UserRef,
        roles: Vec<RoleId>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| remove_roles(tx, &caller, &moment, &user, &roles).await)
            .await
    }
}
