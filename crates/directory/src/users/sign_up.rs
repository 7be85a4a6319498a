//! Sign up: people make their own accounts.

use std::sync::Arc;

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_identity::{
    Actor, AttemptRule, ClientIdentifier, Connection, ConnectionName, Email, Error, EventKind,
    Kind, Memory, Metadata, Moment, Origin, PasswordPolicy, PasswordRule, Phone, Profile, Tenant,
    TenantId, Text, Timestamp, User, UserId, Username, WebUrl, personal_data,
};
use citizenry_storage::{Read, StorageError, Tx, address_key, count_attempt, refused_for};
use secrecy::SecretString;
use serde_json::{Map, Value};
use thiserror::Error as ThisError;

use super::{
    NewPassword, NewUser,
    create::{build, find_named},
    event,
    new_password::{Standard, policy_of},
    verification::Mailing,
};
use crate::Directory;

/// What sign-ups from one address are counted as.
const ADDRESS: &str = "sign-up-address";
/// Accounts asked for from one address in an hour before it is slowed down.
const FROM_ADDRESS: AttemptRule = AttemptRule {
    threshold: 20,
    first_delay: 60,
    max_delay: 3_600,
    memory: Memory::SinceFirst(3_600),
};
/// Somebody who wants an account. Texts are as they were typed; empty ones are none.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The tenant.
    pub tenant: TenantId,
    /// The connection, by name; the tenant's default without one.
    pub connection: Option<String>,
    /// The client that he comes from.
    pub client: Option<ClientIdentifier>,
    /// His email address.
    pub email: Option<String>,
    /// His username.
    pub username: Option<String>,
    /// His phone number.
    pub phone: Option<String>,
    /// His password.
    pub password: SecretString,
    /// His given name.
    pub given_name: Option<String>,
    /// His family name.
    pub family_name: Option<String>,
    /// His full name.
    pub name: Option<String>,
    /// His nickname.
    pub nickname: Option<String>,
    /// The URL of a picture of him.
    pub picture: Option<String>,
    /// Free data.
    pub user_metadata: Map<String, Value>,
    /// The language of his mails (BCP 47).
    pub locale: Option<String>,
    /// Where from.
    pub origin: Origin,
}

/// Why an account was not made.
#[derive(Debug, ThisError)]
pub enum SignUpError {
    /// Nobody may sign up there: no such database connection, closed, or not enabled for the client.
    #[error("sign-up is closed")]
    Closed,
    /// The password breaks these rules.
    #[error("the password breaks {} rules", .0.len())]
    Refused(Vec<PasswordRule>),
    /// Somebody has it already.
    #[error("the {field} is taken")]
    Taken {
        /// `email`, `username` or `phone`.
        field: &'static str,
    },
    /// Anything else; `Invalid` on the field that cannot be read, `RateLimited` by the address.
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for SignUpError {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict {
                kind: Kind::User,
                field: field @ ("email" | "username" | "phone"),
            } => Self::Taken { field },
            error => Self::Other(error),
        }
    }
}

impl From<StorageError> for SignUpError {
    fn from(error: StorageError) -> Self {
        Error::from(error).into()
    }
}

/// Where the account would be.
#[derive(Debug, Clone)]
struct Place {
    tenant: Tenant,
    connection: Connection,
}

/// The place, if people may sign up there.
async fn find_place(
    read: &mut dyn Read,
    tenant: TenantId,
    connection: Option<&str>,
    client: Option<&ClientIdentifier>,
    now: Timestamp,
) -> Result<Option<Place>, Error> {
    let tenant = read.tenants().find(tenant).await?;
    let Some(tenant) = tenant.filter(|tenant| tenant.is_open(now)) else {
        return Ok(None);
    };
    let default = tenant.settings.default_connection.as_str();
    let Ok(name) = ConnectionName::parse(connection.unwrap_or(default)) else {
        return Ok(None);
    };
    let connection = find_named(read.connections(), tenant.id, &name).await?;
    let open = connection.filter(|connection| {
        let is_default = connection.name.as_str() == default;
        connection.allows_sign_up() && connection.is_enabled_for(client, is_default)
    });
    Ok(open.map(|connection| Place { tenant, connection }))
}

/// What was typed, read.
fn new_user(request: &SignUp, tenant: &Tenant) -> Result<NewUser, Error> {
    let typed = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let email = typed(&request.email).map(|text| Email::parse(&text)).transpose()?;
    let country = tenant.settings.phone_country;
    let phone = typed(&request.phone).map(|text| Phone::parse(&text, country)).transpose()?;
    let username = typed(&request.username).map(|text| Username::parse(&text)).transpose()?;
    if let Some(username) = &username {
        check_username(username, email.as_ref(), phone.as_ref(), country)?;
    }
    if email.is_none() && phone.is_none() && username.is_none() {
        return Err(Error::invalid("email", "must not be empty"));
    }
    let picture = typed(&request.picture);
    if let Some(url) = &picture {
        WebUrl::parse("picture", url)?;
    }
    Ok(NewUser {
        username,
        email,
        phone,
        profile: Profile {
            name: Text::optional("name", typed(&request.name))?,
            given_name: Text::optional("given_name", typed(&request.given_name))?,
            family_name: Text::optional("family_name", typed(&request.family_name))?,
            nickname: Text::optional("nickname", typed(&request.nickname))?,
            picture: Text::optional("picture", picture)?,
            ..Profile::default()
        },
        user_metadata: Metadata::new("user_metadata", request.user_metadata.clone())?,
        ..NewUser::default()
    })
}

/// A username must not stand in the way of another's email address or phone number, with which he
/// signs in.
pub(super) fn check_username(
    username: &Username,
    email: Option<&Email>,
    phone: Option<&Phone>,
    country: u16,
) -> Result<(), Error> {
    let text = username.as_str();
    let is_own_email = Email::key_of(text).as_deref() == email.map(Email::key);
    if text.contains('@') && !is_own_email {
        return Err(Error::invalid("username", "must not be another email address"));
    }
    match Phone::parse(text, country) {
        Ok(number) if Some(&number) != phone => {
            Err(Error::invalid("username", "must not be another phone number"))
        }
        _ => Ok(()),
    }
}

/// Nobody yet: the installation makes the account for whoever asks.
fn caller_of(tenant: &Tenant, origin: &Origin) -> Caller {
    Caller::new(
        CallerTenant::from(tenant),
        Subject::System,
        Credential::Local,
        Permissions::all(),
        origin.clone(),
    )
}

async fn insert(
    tx: &mut dyn Tx,
    place: &Place,
    new: &NewUser,
    password: &NewPassword,
    request: &SignUp,
    mailing: &Mailing,
    moment: &Moment,
) -> Result<User, Error> {
    if let Some(ip) = request.origin.ip {
        let key = address_key(mailing.sealer(), ADDRESS, ip);
        count_attempt(tx, place.tenant.id, &key, &FROM_ADDRESS, moment.now()).await?;
    }
    let Place { tenant, connection } = place;
    let origin = &request.origin;
    let user = insert_signed_up(tx, tenant, connection, new, password, origin, moment).await?;
    mailing.order_verification(tx, &user, request.locale.as_deref(), moment).await?;
    Ok(user)
}

/// Writes an account that somebody has made for himself.
pub(super) async fn insert_signed_up(
    tx: &mut dyn Tx,
    tenant: &Tenant,
    connection: &Connection,
    new: &NewUser,
    password: &NewPassword,
    origin: &Origin,
    moment: &Moment,
) -> Result<User, Error> {
    let caller = caller_of(tenant, origin);
    let user = build(tx, &caller, moment, connection, new.clone()).await?;
    tx.users().insert(&user).await?;
    let stored = password.stored(false, moment.now());
    tx.passwords().set(user.tenant, user.id, &stored).await?;
    let mut event = event(&caller, moment, EventKind::USER_SIGNED_UP, &user);
    event.actor = Actor::User(user.id);
    tx.events().append(&event).await?;
    Ok(user)
}

impl Directory {
    /// Makes an account for whoever asks, in a database connection that is open for it, and mails
    /// him how to verify the address.
    ///
    /// # Errors
    /// See [`SignUpError`].
    pub async fn sign_up(&self, request: SignUp) -> Result<User, SignUpError> {
        let request = Arc::new(request);
        let place = self.place(&request).await?.ok_or(SignUpError::Closed)?;
        let new = new_user(&request, &place.tenant)?;
        let (username, email, phone) = (new.username.as_ref(), new.email.as_ref(), &new.phone);
        let standard = Standard {
            policy: policy_of(Some(&place.tenant), Some(&place.connection))?,
            personal: personal_data(username, email, phone.as_ref(), &new.profile),
            refused: Vec::new(),
        };
        let judged = self.judge(&request.password, &standard).await?;
        let password = judged.map_err(SignUpError::Refused)?;
        let prepared = Arc::new((place, new, password));
        let made = self.insert_account(&request, &prepared).await;
        if matches!(made, Err(Error::Conflict { .. })) {
            self.count(&request).await?;
        }
        Ok(made?)
    }

    /// The connection that people would sign up in, and what their passwords must be like: for the
    /// page that asks. `None` where sign-up is closed.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn sign_up_connection(
        &self,
        tenant: TenantId,
        connection: Option<&str>,
        client: Option<&ClientIdentifier>,
    ) -> Result<Option<(Connection, PasswordPolicy)>, Error> {
        let (connection, client, now) =
            (connection.map(str::to_owned), client.cloned(), self.now());
        let place = self.storage.read(async move |read| {
            find_place(read, tenant, connection.as_deref(), client.as_ref(), now).await
        });
        let Some(Place { tenant, connection }) = place.await? else { return Ok(None) };
        let policy = policy_of(Some(&tenant), Some(&connection))?;
        Ok(Some((connection, policy)))
    }

    /// What a new password of a user must be like: for the page that asks. What a tenant asks of
    /// passwords is no secret, so no right is asked for.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`; `Internal`.
    pub async fn password_policy(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<PasswordPolicy, Error> {
        self.storage
            .read(async move |read| {
                let found = read.users().find(tenant, user).await?;
                let user = found.ok_or_else(|| Error::not_found(Kind::User, user))?;
                let connection = read.connections().find(tenant, user.connection).await?;
                let tenant = read.tenants().find(tenant).await?;
                policy_of(tenant.as_ref(), connection.as_ref())
            })
            .await
    }

    async fn place(&self, request: &Arc<SignUp>) -> Result<Option<Place>, Error> {
        let (request, now) = (Arc::clone(request), self.now());
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .read(async move |read| {
                let (connection, client) = (request.connection.as_deref(), request.client.as_ref());
                let place = find_place(read, request.tenant, connection, client, now).await?;
                let Some(place) = place else { return Ok(None) };
                if let Some(ip) = request.origin.ip {
                    let key = address_key(&*sealer, ADDRESS, ip);
                    let refused = refused_for(read.attempts(), place.tenant.id, &key, now).await?;
                    if let Some(seconds) = refused {
                        let seconds = u64::try_from(seconds).unwrap_or(1);
                        let retry_after = std::time::Duration::from_secs(seconds);
                        return Err(Error::RateLimited { retry_after });
                    }
                }
                Ok(Some(place))
            })
            .await
    }

    async fn insert_account(
        &self,
        request: &Arc<SignUp>,
        prepared: &Arc<(Place, NewUser, NewPassword)>,
    ) -> Result<User, Error> {
        let (request, prepared) = (Arc::clone(request), Arc::clone(prepared));
        let (mailing, moment) = (self.mailing(), self.moment());
        self.storage
            .transact(async move |tx| {
                let (place, new, password) = &*prepared;
                insert(tx, place, new, password, &request, &mailing, &moment).await
            })
            .await
    }

    /// A sign-up that meets an account counts like one that does not: it may be looking for one.
    async fn count(&self, request: &SignUp) -> Result<(), Error> {
        let (tenant, now) = (request.tenant, self.now());
        let Some(ip) = request.origin.ip else { return Ok(()) };
        let key = address_key(&*self.environment.sealer, ADDRESS, ip);
        self.storage
            .transact(async move |tx| {
                count_attempt(tx, tenant, &key, &FROM_ADDRESS, now).await?;
                Ok(())
            })
            .await
    }
}
