//! Create a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    AccountState, Connection, ConnectionName, Email, Error, EventKind, Identity, IdentityId,
    Metadata, Moment, PasswordPolicy, Phone, Profile, Quota, Status, StrategyKind, Subject,
    TenantId, Text, User, UserId, Username,
};
use citizenry_storage::{Tx, ports::ReadConnections};
use secrecy::SecretString;

use super::{
    FirstPassword, NewPassword, UserLinks, UserView, administrator, event, links, view::view,
};
use crate::{Directory, limits::Limits};

/// A user to be made.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a statement of its own")]
pub struct NewUser {
    /// The database connection that the user belongs to; the tenant's default without one.
    pub connection: Option<ConnectionName>,
    /// The part of the subject after the pipe; a new identifier without one.
    pub provider_user_id: Option<String>,
    /// The username.
    pub username: Option<Username>,
    /// The email address.
    pub email: Option<Email>,
    /// Whether it is known to be the user's.
    pub email_verified: bool,
    /// The phone number.
    pub phone: Option<Phone>,
    /// Whether it is known to be the user's.
    pub phone_verified: bool,
    /// The password. Hashed before the unit of work begins.
    pub password: Option<SecretString>,
    /// Whether the password must be changed at the next sign-in.
    pub must_change_password: bool,
    /// Who the person is.
    pub profile: Profile,
    /// Free data that the user may edit.
    pub user_metadata: Metadata,
    /// Free data that only the tenant may edit.
    pub app_metadata: Metadata,
    /// Whether an administrator's lock is open from the start.
    pub blocked: bool,
    /// What the customer's own system calls the user.
    pub external_id: Option<Text<255>>,
    /// Whether to mail the user how to show that the address is his, unless it is verified.
    pub verify_email: bool,
    /// The state of the account from the start, in three words; active when nothing is said.
    pub state: Option<AccountState>,
    /// Whether the account is active from the start; it is when nothing is said.
    pub enabled: Option<bool>,
    /// Whether he is an administrator of the tenant. The caller must hold all that one holds.
    pub administrator: bool,
    /// His departments, groups and tags.
    pub links: UserLinks,
    /// What the password must be like beside what the tenant and the connection ask.
    pub password_policy: Option<PasswordPolicy>,
    /// Where no password is given: one is made, and mailed to him.
    pub first_password: Option<FirstPassword>,
}

/// Makes a user with one identity in a database connection, his departments, groups and tags, and
/// if he is to be one, an administrator. `password` is made from `new.password`.
///
/// # Errors
/// `Forbidden`, also for an administrator when the caller lacks a permission of the role; `Invalid`
/// on `connection` when there is no such database connection; `Conflict` on `username`, `email`,
/// `phone`, `external_id` or `user_id`, or on a quota; `NotFound` for a department, group or tag.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: NewUser,
    password: Option<NewPassword>,
) -> Result<User, Error> {
    caller.may(Action::Create, Resource::User)?;
    let name = new.connection.clone();
    let connection = find_connection(tx, caller, name.as_ref()).await?;
    if !connection.is_database() {
        return Err(Error::invalid("connection", "must be a database connection"));
    }
    let limits = Limits::of(tx, caller, new.links.rules).await?;
    if limits.hold() {
        let there = tx.users().count(caller.tenant()).await?;
        limits.check_sum(Quota::Users, there, 1)?;
    }
    let (must_change, administrator) = (new.must_change_password, new.administrator);
    let links = new.links.clone();
    let user = build(tx, caller, moment, &connection, new).await?;
    tx.users().insert(&user).await?;
    if let Some(password) = password {
        let password = password.stored(must_change, moment.now());
        tx.passwords().set(user.tenant, user.id, &password).await?;
    }
    tx.events().append(&event(caller, moment, EventKind::USER_CREATED, &user)).await?;
    if administrator {
        administrator::set(tx, caller, moment, &user, true).await?;
    }
    links::set(tx, caller, moment, &user, &links).await?;
    Ok(user)
}

/// The user that `new` describes, with one identity of `connection`; not stored yet.
pub(super) async fn build(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    connection: &Connection,
    new: NewUser,
) -> Result<User, Error> {
    let (now, id) = (moment.now(), UserId::generate(moment));
    let provider_user_id = new.provider_user_id.unwrap_or_else(|| id.to_string());
    let provider_user_id = connection.qualified(&provider_user_id);
    let subject = Subject::new(connection.strategy.as_str(), &provider_user_id)?;
    let number = tx.numbers().next().await?;
    let mut user = User {
        id,
        number,
        tenant: caller.tenant(),
        subject,
        connection: connection.id,
        status: Status::Active,
        locks: citizenry_identity::Locks::default(),
        username: new.username,
        email_verified: new.email.is_some() && new.email_verified,
        email: new.email,
        phone_verified: new.phone.is_some() && new.phone_verified,
        phone: new.phone,
        external_id: new.external_id,
        profile: new.profile,
        user_metadata: new.user_metadata,
        app_metadata: new.app_metadata,
        identities: vec![identity(moment, connection, provider_user_id)],
        signed_up_at: now,
        signed_up_ip: caller.origin().ip,
        last_login_at: None,
        last_ip: caller.origin().ip,
        logins_count: 0,
        created_by: caller.user(),
        updated_by: caller.user(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    if let Some(enabled) = new.enabled {
        user.set_enabled(enabled, now)?;
    }
    if let Some(state) = new.state {
        user.set_account_state(state, now)?;
    }
    if new.blocked {
        user.block(now);
    }
    Ok(user)
}

fn identity(moment: &Moment, connection: &Connection, provider_user_id: String) -> Identity {
    Identity {
        id: IdentityId::generate(moment),
        connection: connection.id,
        provider: connection.strategy.clone(),
        provider_user_id,
        is_social: connection.strategy.kind() == StrategyKind::Social,
        access_token: None,
        refresh_token: None,
        expires_in: None,
        profile_data: Metadata::default(),
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

/// The connection of that name (or its alias), or the tenant's default; `Invalid` on `connection`
/// when there is none.
pub(super) async fn find_connection(
    tx: &mut dyn Tx,
    caller: &Caller,
    name: Option<&ConnectionName>,
) -> Result<Connection, Error> {
    let name = match name {
        Some(name) => name.clone(),
        None => default_connection(tx, caller).await?,
    };
    find_named(tx.connections(), caller.tenant(), &name)
        .await?
        .ok_or_else(|| Error::invalid("connection", format!("there is no connection {name}")))
}

async fn default_connection(tx: &mut dyn Tx, caller: &Caller) -> Result<ConnectionName, Error> {
    let tenant = tx.tenants().find(caller.tenant()).await?;
    Ok(ConnectionName::from_stored(match tenant {
        Some(tenant) => tenant.settings.default_connection,
        None => ConnectionName::DEFAULT.to_owned(),
    }))
}

/// The connection of that name; `database` is another word for the default one.
pub(crate) async fn find_named(
    connections: &mut dyn ReadConnections,
    tenant: TenantId,
    name: &ConnectionName,
) -> Result<Option<Connection>, Error> {
    let found = connections.find_by_name(tenant, name).await?;
    if found.is_some() || name.as_str() != ConnectionName::DEFAULT_ALIAS {
        return Ok(found);
    }
    let default = ConnectionName::from_stored(ConnectionName::DEFAULT.to_owned());
    Ok(connections.find_by_name(tenant, &default).await?)
}

impl Directory {
    /// Makes a user in a database connection. See [`create`].
    ///
    /// # Errors
    /// As [`create`]; `Invalid` on `password` when it breaks the policy of the tenant or the
    /// connection; `Unavailable` when too many passwords wait to be hashed.
    pub async fn create_user(&self, caller: &Caller, new: NewUser) -> Result<UserView, Error> {
        // A hash is dear: nobody without the right makes us compute one.
        caller.may(Action::Create, Resource::User)?;
        let password = self.password_of_new(caller, &new).await?;
        let (caller, moment, mailing) = (caller.clone(), self.moment(), self.mailing());
        self.storage
            .transact(async move |tx| {
                let user = create(tx, &caller, &moment, new.clone(), password.clone()).await?;
                mailing.order_password(tx, &caller, &user, password.as_ref(), &moment).await?;
                if new.verify_email {
                    mailing.order_verification(tx, &user, None, &moment).await?;
                }
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
