//! Delete users.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ConnectionId, Email, Error, EventKind, Kind, Moment, Phone, User, UserId, Username,
};
use citizenry_storage::{Tx, end_access};

use super::{UserRef, event, find_user_for_update};
use crate::{Directory, administrators::check_one_remains};

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
    let user = find_user_for_update(tx, caller.tenant(), user).await?;
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

/// Deletes those of the users that there are, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `user_ids` for more than 1,000; `Conflict` on `last_administrator`.
pub async fn delete_many(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    users: &[UserRef],
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::User)?;
    if users.len() > MAX_AT_ONCE {
        return Err(Error::invalid("user_ids", format!("must be at most {MAX_AT_ONCE}")));
    }
    let ids = existing(tx, caller, users).await?;
    check_one_remains(tx, caller.tenant(), &ids, moment.now()).await?;
    for id in ids {
        if let Some(user) = tx.users().find_for_update(caller.tenant(), id).await? {
            remove(tx, caller, moment, &user).await?;
        }
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
    pub async fn delete_users(&self, caller: &Caller, users: Vec<UserRef>) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| delete_many(tx, &caller, &moment, &users).await).await
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
