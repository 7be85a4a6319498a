//! Delete users.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ConnectionId, Email, Error, EventKind, Kind, Moment, Phone, User, UserId, Username,
};
use citizenry_storage::{Tx, end_access};

use super::{UserRef, event};
use crate::{
    Directory, Unknown,
    administrators::{check_may_change, check_one_remains, find_changeable},
    departments, groups,
    limits::check_length,
    ports::Ports,
    references::find_user_ids,
};

/// The most users that one call deletes.
const MAX_AT_ONCE: usize = 1_000;

/// What a user signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginKey {
    /// A username.
    Username(String),
    /// A phone number.
    Phone(String),
    /// An email address.
    Email(String),
}

/// Deletes a user and all that hangs on him; the audit trail stays.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `last_administrator`.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    check_one_remains(tx, user.tenant, &[user.id], moment.now()).await?;
    remove(tx, caller, moment, &user).await
}

/// Ends the user's sessions, deletes the row and tells of it; the rules have been asked before.
pub(crate) async fn remove(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
) -> Result<(), Error> {
    end_access(tx, user, moment).await?;
    tx.users().delete(user.tenant, user.id).await?;
    Ok(tx.events().append(&event(caller, moment, EventKind::USER_DELETED, user)).await?)
}

/// What holds for the deletion of several users at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// What is done about users that there are not.
    pub unknown: Unknown,
    /// Whether the calling user may be among them.
    pub may_delete_self: bool,
}

impl Default for Deletion {
    /// Unknown ones are passed over, and whoever may delete users may delete himself.
    fn default() -> Self {
        Self { unknown: Unknown::PassOver, may_delete_self: true }
    }
}

/// Deletes those of the users that there are, all or none.
///
/// # Errors
/// `Forbidden`; `NotFound` as `rules` say; `Invalid` on `user_ids` for more than 1,000; `Conflict`
/// on `last_administrator`, or on `self` as `rules` say.
pub async fn delete_many(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    users: &[UserRef],
    rules: Deletion,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::User)?;
    check_length("user_ids", users.len(), MAX_AT_ONCE)?;
    let ids = if rules.unknown == Unknown::PassOver {
        existing(tx, caller, users).await?
    } else {
        let found = find_user_ids(tx.users(), caller.tenant(), users).await?;
        let mut ids = rules.unknown.keep(users, found)?;
        ids.sort();
        ids.dedup();
        ids
    };
    if !rules.may_delete_self && caller.user().is_some_and(|own| ids.contains(&own)) {
        return Err(Error::conflict(Kind::User, "self"));
    }
    check_may_change(&mut Ports::Tx(tx), caller, &ids).await?;
    remove_all(tx, caller, moment, &ids).await
}

/// Deletes those of the users that there are, if somebody able to administer the tenant remains;
/// the identifiers are in their order.
pub(crate) async fn remove_all(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    ids: &[UserId],
) -> Result<(), Error> {
    let tenant = caller.tenant();
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.extend(tx.users().find_for_update(tenant, *id).await?);
    }
    check_one_remains(tx, tenant, ids, moment.now()).await?;
    // Or somebody who has held one to make him a member would wait for what comes next.
    tx.users().hold_for_deletion(tenant, ids).await?;
    departments::lock_of_users(tx, caller, ids).await?;
    groups::lock_of_users(tx, caller, ids).await?;
    for user in &users {
        remove(tx, caller, moment, user).await?;
    }
    Ok(())
}

/// The identifiers of those users that there are, in a fixed order, so that two calls that name
/// the same users do not wait for each other crosswise. A statement for each 1,000 of a sort.
pub(crate) async fn existing(
    tx: &mut dyn Tx,
    caller: &Caller,
    users: &[UserRef],
) -> Result<Vec<UserId>, Error> {
    let (mut subjects, mut numbers, mut given) = (Vec::new(), Vec::new(), Vec::new());
    for user in users {
        match user {
            UserRef::Subject(subject) => subjects.push(subject.clone()),
            UserRef::Number(number) => numbers.push(*number),
            UserRef::Id(id) => given.push(*id),
        }
    }
    let (tenant, mut ids) = (caller.tenant(), Vec::new());
    for some in subjects.chunks(1_000) {
        ids.extend(tx.users().ids_of_subjects(tenant, some).await?);
    }
    for some in numbers.chunks(1_000) {
        let found = tx.users().ids_of_numbers(tenant, some).await?;
        ids.extend(found.into_iter().map(|(_, id)| id));
    }
    for some in given.chunks(1_000) {
        ids.extend(tx.users().find_many(tenant, some).await?.into_iter().map(|user| user.id));
    }
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Deletes the user of a connection who signs in with `key`.
///
/// # Errors
/// `Forbidden`; `NotFound` for the connection or the user; `Conflict` on `last_administrator`.
pub async fn delete_of_connection(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    connection: ConnectionId,
    key: &LoginKey,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::User)?;
    let tenant = caller.tenant();
    if tx.connections().find(tenant, connection).await?.is_none() {
        return Err(Error::not_found(Kind::Connection, connection));
    }
    let found = match key {
        LoginKey::Username(text) => match Username::key_of(text) {
            Some(key) => tx.users().find_by_username(tenant, &key).await?,
            None => Vec::new(),
        },
        LoginKey::Email(text) => match Email::key_of(text) {
            Some(key) => tx.users().find_by_email(tenant, &key).await?,
            None => Vec::new(),
        },
        LoginKey::Phone(text) => match Phone::parse(text, caller.tenant_context().phone_country) {
            Ok(phone) => tx.users().find_by_phone(tenant, phone.e164()).await?,
            Err(_) => Vec::new(),
        },
    };
    let user = found
        .into_iter()
        .find(|user| user.connection == connection)
        .ok_or_else(|| Error::not_found(Kind::User, "of that connection"))?;
    delete(tx, caller, moment, &UserRef::Id(user.id)).await
}

impl Directory {
    /// Deletes a user. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_user(&self, caller: &Caller, user: &UserRef) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage.transact(async move |tx| delete(tx, &caller, &moment, &user).await).await
    }

    /// Deletes those of the users that there are. See [`delete_many`].
    ///
    /// # Errors
    /// As [`delete_many`].
    pub async fn delete_users(
        &self,
        caller: &Caller,
        users: Vec<UserRef>,
        rules: Deletion,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| delete_many(tx, &caller, &moment, &users, rules).await)
            .await
    }

    /// Deletes the user of a connection who signs in with `key`. See [`delete_of_connection`].
    ///
    /// # Errors
    /// As [`delete_of_connection`].
    pub async fn delete_user_of_connection(
        &self,
        caller: &Caller,
        connection: ConnectionId,
        key: LoginKey,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                delete_of_connection(tx, &caller, &moment, connection, &key).await
            })
            .await
    }
}
