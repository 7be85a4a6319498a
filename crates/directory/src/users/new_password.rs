//! A new password, judged and hashed before the unit of work that sets it.

use citizenry_authz::Caller;
use citizenry_identity::{
    Connection, Error, PasswordHash, PasswordPolicy, PasswordRule, PasswordStrength, Patch,
    StoredPassword, Tenant, TenantId, Timestamp, User, personal_data,
};
use citizenry_storage::{
    Read, password_policy, password_violations, passwords_to_keep, refused_hashes, refused_password,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{NewUser, UserChanges, UserRef, create::find_named, find_user};
use crate::{Directory, administrators::check_may_change, ports::Ports};

/// A password that satisfies the policy, hashed.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Its hash.
    pub hash: PasswordHash,
    /// How hard it is to guess.
    pub strength: PasswordStrength,
    /// For how long it is good, seconds; for ever without it.
    pub valid_seconds: Option<u32>,
    /// The password itself, where it is to be mailed to the user.
    pub mailed: Option<SecretString>,
    /// How many of the passwords before it are remembered.
    pub keep: u32,
}

impl NewPassword {
    /// The password as it is stored at `now`.
    pub fn stored(&self, must_change: bool, now: Timestamp) -> StoredPassword {
        StoredPassword {
            must_change,
            expires_at: self.valid_seconds.map(|seconds| now.plus_seconds(seconds.into())),
            ..StoredPassword::new(self.hash.clone(), self.strength, now)
        }
    }
}

/// What a password is held against.
#[derive(Debug, Clone)]
pub(crate) struct Standard {
    pub(super) policy: PasswordPolicy,
    /// What is known of its owner.
    pub(super) personal: Vec<String>,
    /// The hashes of those that may not come again.
    pub(super) refused: Vec<PasswordHash>,
}

/// What passwords of a connection's users must be like; the tenant's policy alone where there is
/// no such connection.
pub(super) fn policy_of(
    tenant: Option<&Tenant>,
    connection: Option<&Connection>,
) -> Result<PasswordPolicy, Error> {
    match (tenant, connection) {
        (Some(tenant), Some(connection)) => password_policy(tenant, connection),
        (Some(tenant), None) => Ok(tenant.settings.password_policy.clone()),
        (None, _) => Ok(PasswordPolicy::default()),
    }
}

/// A policy and one that a door asks for besides.
fn with(policy: PasswordPolicy, further: Option<&PasswordPolicy>) -> PasswordPolicy {
    match further {
        Some(further) => policy.and(further.clone()),
        None => policy,
    }
}

pub(super) async fn standard_for_new(
    read: &mut dyn Read,
    tenant: TenantId,
    new: &NewUser,
) -> Result<Standard, Error> {
    let found = read.tenants().find(tenant).await?;
    let name = match (&new.connection, &found) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(tenant)) => {
            let name = tenant.settings.default_connection.clone();
            Some(citizenry_identity::ConnectionName::from_stored(name))
        }
        (None, None) => None,
    };
    let connection = match name {
        Some(name) => find_named(read.connections(), tenant, &name).await?,
        None => None,
    };
    let (username, email) = (new.username.as_ref(), new.email.as_ref());
    let personal = personal_data(username, email, new.phone.as_ref(), &new.profile);
    let policy = policy_of(found.as_ref(), connection.as_ref())?;
    let policy = with(policy, new.password_policy.as_ref());
    Ok(Standard { policy, personal, refused: Vec::new() })
}

async fn standard_for_existing(
    read: &mut dyn Read,
    user: &User,
    changes: &UserChanges,
) -> Result<Standard, Error> {
    let tenant = read.tenants().find(user.tenant).await?;
    let connection = read.connections().find(user.tenant, user.connection).await?;
    let policy = policy_of(tenant.as_ref(), connection.as_ref())?;
    let policy = with(policy, changes.password_policy.as_ref());
    let refused = refused_hashes(read, user.tenant, user.id, &policy).await?;
    let mut personal = user.personal_data();
    personal.extend(personal_data(
        set(&changes.username),
        set(&changes.email),
        set(&changes.phone),
        &citizenry_identity::Profile::default(),
    ));
    Ok(Standard { policy, personal, refused })
}

fn set<T>(patch: &Patch<T>) -> Option<&T> {
    match patch {
        Patch::Set(value) => Some(value),
        Patch::Keep | Patch::Clear => None,
    }
}

impl Directory {
    /// The password of a user who is to be made, if he gets one: the given one, else one that is
    /// made for him if that was asked for.
    pub(super) async fn password_of_new(
        &self,
        caller: &Caller,
        new: &NewUser,
    ) -> Result<Option<NewPassword>, Error> {
        let Some(password) = new.password.clone() else {
            return self.first_password(caller, new).await;
        };
        let (tenant, new) = (caller.tenant(), new.clone());
        let standard =
            self.storage.read(async move |read| standard_for_new(read, tenant, &new).await).await?;
        self.judged(&password, &standard).await.map(Some)
    }

    /// The new password of a user, if he gets one.
    pub(super) async fn password_of_existing(
        &self,
        caller: &Caller,
        user: &UserRef,
        changes: &UserChanges,
    ) -> Result<Option<NewPassword>, Error> {
        let Some(password) = changes.password.clone() else { return Ok(None) };
        let (inside, user, changes) = (caller.clone(), user.clone(), changes.clone());
        let standard = self
            .storage
            .read(async move |read| {
                let user = find_user(read.users(), inside.tenant(), &user).await?;
                // Or whoever may not change him could find out what his passwords were.
                check_may_change(&mut Ports::Read(read), &inside, &[user.id]).await?;
                standard_for_existing(read, &user, &changes).await
            })
            .await?;
        self.judged(&password, &standard).await.map(Some)
    }

    /// The password of the first administrator of a tenant that there is not yet.
    pub(crate) async fn password_of_first(&self, new: &NewUser) -> Result<NewPassword, Error> {
        let (username, email) = (new.username.as_ref(), new.email.as_ref());
        let standard = Standard {
            policy: with(PasswordPolicy::default(), new.password_policy.as_ref()),
            personal: personal_data(username, email, new.phone.as_ref(), &new.profile),
            refused: Vec::new(),
        };
        match (&new.password, &new.first_password) {
            (Some(password), _) => self.judged(password, &standard).await,
            (None, Some(first)) => self.generated(first, standard, new.email.is_some()).await,
            (None, None) => Err(Error::invalid("password", "must not be empty")),
        }
    }

    async fn judged(
        &self,
        password: &SecretString,
        standard: &Standard,
    ) -> Result<NewPassword, Error> {
        match self.judge(password, standard).await? {
            Ok(password) => Ok(password),
            Err(broken) => Err(refused_password(&broken)),
        }
    }

    /// The password hashed, or the rules that it breaks.
    pub(super) async fn judge(
        &self,
        password: &SecretString,
        standard: &Standard,
    ) -> Result<Result<NewPassword, Vec<PasswordRule>>, Error> {
        let Standard { policy, personal, refused } = standard;
        let broken = password_violations(&self.environment, policy, password, personal, refused);
        let broken = broken.await?;
        if !broken.is_empty() {
            return Ok(Err(broken));
        }
        let hash = self.environment.passwords.hash(password).await?;
        let strength = PasswordStrength::of(password.expose_secret());
        Ok(Ok(NewPassword {
            hash,
            strength,
            valid_seconds: None,
            mailed: None,
            keep: passwords_to_keep(policy),
        }))
    }
}
