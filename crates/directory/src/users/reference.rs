//! How a caller names a user.

use std::fmt;

use citizenry_identity::{Error, Kind, Number, Subject, TenantId, User, UserId};
use citizenry_storage::{Tx, ports::ReadUsers};

/// How a caller names a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By identifier.
    Id(UserId),
    /// By subject, `<provider>|<id>`.
    Subject(Subject),
    /// By number.
    Number(Number),
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Subject(subject) => subject.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl From<UserId> for UserRef {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl From<Subject> for UserRef {
    fn from(subject: Subject) -> Self {
        Self::Subject(subject)
    }
}

impl From<Number> for UserRef {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl UserRef {
    pub(crate) fn not_found(&self) -> Error {
        Error::not_found(Kind::User, self)
    }
}

/// The user, or `NotFound`.
pub(crate) async fn find(
    users: &mut dyn ReadUsers,
    tenant: TenantId,
    user: &UserRef,
) -> Result<User, Error> {
    let found = match user {
        UserRef::Id(id) => users.find(tenant, *id).await?,
        UserRef::Subject(subject) => users.find_by_subject(tenant, subject).await?,
        UserRef::Number(number) => users.find_by_number(tenant, *number).await?,
    };
    found.ok_or_else(|| user.not_found())
}

/// The user's identifier, or `NotFound`.
pub(crate) async fn find_id(
    users: &mut dyn ReadUsers,
    tenant: TenantId,
    user: &UserRef,
) -> Result<UserId, Error> {
    Ok(find(users, tenant, user).await?.id)
}

/// The user, kept from others' changes until the unit ends, or `NotFound`.
pub(crate) async fn find_for_update(
    tx: &mut dyn Tx,
    tenant: TenantId,
    user: &UserRef,
) -> Result<User, Error> {
    let id = match user {
        UserRef::Id(id) => *id,
        UserRef::Subject(subject) => {
            let subjects = std::slice::from_ref(subject);
            let ids = tx.users().ids_of_subjects(tenant, subjects).await?;
            ids.first().copied().ok_or_else(|| user.not_found())?
        }
        UserRef::Number(number) => {
            let ids = tx.users().ids_of_numbers(tenant, &[*number]).await?;
            ids.first().map(|(_, id)| *id).ok_or_else(|| user.not_found())?
        }
    };
    tx.users().find_for_update(tenant, id).await?.ok_or_else(|| user.not_found())
}
