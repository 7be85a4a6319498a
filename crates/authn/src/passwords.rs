//! A person's own password: changed, held against, set for the first time, and mailed for a while.
//!
//! Whoever holds somebody's access token must not be able to guess his password with it: wrong ones
//! are counted, by a counter that signing in does not share, so that nobody is locked out by it.

mod checked;
mod own;
mod temporary;

use citizenry_authz::Caller;
use citizenry_identity::{
    Error, Event, EventKind, Kind, Moment, Number, PasswordHash, PasswordPolicy, PasswordStrength,
    StoredPassword, Tenant, TenantId, Timestamp, User, UserId,
};
use citizenry_storage::{
    Read, Tx, end_browser_sessions, password_policy, password_violations, passwords_to_keep,
    refused_hashes, refused_password, replace_password,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::{Authn, sign_in::open_tenant};

/// A user of the caller's tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKey {
    /// By his identifier.
    Id(UserId),
    /// By his number.
    Number(Number),
}

impl From<UserId> for UserKey {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl From<Number> for UserKey {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl UserKey {
    /// The user.
    pub(crate) async fn find(
        self,
        read: &mut dyn Read,
        tenant: TenantId,
    ) -> Result<Option<User>, Error> {
        Ok(match self {
            Self::Id(id) => read.users().find(tenant, id).await?,
            Self::Number(number) => read.users().find_by_number(tenant, number).await?,
        })
    }

    /// Whether `user` is the one.
    pub(crate) fn is(self, user: &User) -> bool {
        match self {
            Self::Id(id) => user.id == id,
            Self::Number(number) => user.number == number,
        }
    }

    /// That there is no such user.
    pub(crate) fn not_found(self) -> Error {
        match self {
            Self::Id(id) => Error::not_found(Kind::User, id),
            Self::Number(number) => Error::not_found(Kind::User, number),
        }
    }
}

/// Somebody with what new passwords of his are held against.
#[derive(Debug, Clone)]
struct Owner {
    tenant: Tenant,
    user: User,
    /// His present password, if he has one.
    password: Option<StoredPassword>,
    policy: PasswordPolicy,
    refused: Vec<PasswordHash>,
}

/// A password that satisfies every rule, hashed.
#[derive(Debug, Clone)]
struct Judged {
    hash: PasswordHash,
    strength: PasswordStrength,
    keep: u32,
}

/// A user, his password and the rules for another: those of tenant and connection, and `extra` ones.
async fn find_owner(
    read: &mut dyn Read,
    tenant: TenantId,
    user: UserId,
    extra: Option<PasswordPolicy>,
    now: Timestamp,
) -> Result<Owner, Error> {
    let tenant = open_tenant(read, tenant, now).await?;
    let found = read.users().find(tenant.id, user).await?;
    let user = found.ok_or_else(|| Error::not_found(Kind::User, user))?;
    let connection = read.connections().find(tenant.id, user.connection).await?;
    let policy = match connection.filter(citizenry_identity::Connection::is_database) {
        Some(connection) => password_policy(&tenant, &connection)?,
        // People of other sources prove themselves there.
        None => return Err(Error::conflict(Kind::User, "connection")),
    };
    let policy = match extra {
        Some(extra) => policy.and(extra),
        None => policy,
    };
    let password = read.passwords().find(tenant.id, user.id).await?;
    let refused = refused_hashes(read, tenant.id, user.id, &policy).await?;
    Ok(Owner { tenant, user, password, policy, refused })
}

impl Authn {
    async fn own_account(
        &self,
        caller: &Caller,
        extra: Option<PasswordPolicy>,
    ) -> Result<Owner, Error> {
        let (tenant, user) = (caller.tenant(), caller.require_user()?);
        let now = self.moment().now();
        self.storage
            .read(async move |read| find_owner(read, tenant, user, extra.clone(), now).await)
            .await
    }

    /// Holds a new password against every rule and hashes it.
    async fn judge(&self, owner: &Owner, password: &SecretString) -> Result<Judged, Error> {
        let Owner { user, policy, refused, .. } = owner;
        let personal = user.personal_data_under(policy);
        let environment = &self.environment;
        let broken = password_violations(environment, policy, password, &personal, refused).await?;
        if !broken.is_empty() {
            return Err(refused_password(&broken));
        }
        self.hash_as(policy, password).await
    }

    async fn hash_as(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
    ) -> Result<Judged, Error> {
        Ok(Judged {
            hash: self.environment.passwords.hash(password).await?,
            strength: PasswordStrength::of(password.expose_secret()),
            keep: passwords_to_keep(policy),
        })
    }
}

/// Sets somebody's own password, if the one before is still the one that was looked at, and ends his
/// browsers' sessions: tokens of applications go on, his own among them. The user; `None` when the
/// password has changed in between.
async fn replace_own(
    tx: &mut dyn Tx,
    owner: &Owner,
    password: &StoredPassword,
    keep: u32,
    moment: &Moment,
) -> Result<Option<User>, Error> {
    let (tenant, id, now) = (owner.tenant.id, owner.user.id, moment.now());
    let found = tx.users().find_for_update(tenant, id).await?;
    let Some(user) = found.filter(|user| user.keeps_access(now.max(user.updated_at))) else {
        return Err(Error::Unauthenticated);
    };
    let present = tx.passwords().find(tenant, id).await?;
    let is_same = match (&present, &owner.password) {
        (Some(present), Some(looked_at)) => present.hash == looked_at.hash,
        (None, None) => true,
        _ => false,
    };
    if !is_same {
        return Ok(None);
    }
    replace_password(tx, tenant, id, password, keep).await?;
    end_browser_sessions(tx, &user, moment).await?;
    Ok(Some(user))
}

/// The audit event of what the caller does to the account of `user`. It keeps the subject.
pub(crate) fn caller_event(
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    user: &User,
) -> Event {
    let mut event = caller.event(moment, kind, user.id);
    event.details.insert("subject".to_owned(), Value::from(user.subject.as_str()));
    event
}
