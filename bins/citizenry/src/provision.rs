//! Tenants with all they begin with, and the credentials to get at them.

use citizenry_authz::Caller;
use citizenry_directory::{NewTenant, UserChanges, UserRef, UserView};
use citizenry_identity::{Error, Kind, SigningAlgorithm, Tenant, TenantName, Text, Username};
use citizenry_oauth::Issuers;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::installation::Installation;
use crate::output::Rows;

/// The name of the administrator that a tenant begins with.
const ADMINISTRATOR: &str = "admin";

/// Letters and digits of a password that is made here: 143 bits.
const PASSWORD_LENGTH: usize = 24;

/// What `citizenry bootstrap` prints.
#[derive(Serialize)]
pub(crate) struct Credentials {
    pub(crate) issuer: String,
    pub(crate) tenant: String,
    pub(crate) admin: Administrator,
    pub(crate) doors: DoorCredentials,
}

/// Somebody who may do everything in the tenant.
#[derive(Serialize)]
pub(crate) struct Administrator {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Credentials by door.
#[derive(Serialize)]
pub(crate) struct DoorCredentials {
    pub(crate) authok: AuthokCredentials,
}

/// What the Authok door asks for.
#[derive(Serialize)]
pub(crate) struct AuthokCredentials {
    pub(crate) base_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) audience: String,
}

impl Rows for Credentials {
    fn columns() -> &'static [&'static str] {
        &[
            "issuer",
            "tenant",
            "administrator's username",
            "administrator's password",
            "authok base_url",
            "authok client_id",
            "authok client_secret",
            "authok audience",
        ]
    }

    fn cells(&self) -> Vec<String> {
        let (admin, authok) = (&self.admin, &self.doors.authok);
        let cells = [
            &self.issuer,
            &self.tenant,
            &admin.username,
            &admin.password,
            &authok.base_url,
            &authok.client_id,
            &authok.client_secret,
            &authok.audience,
        ];
        cells.into_iter().cloned().collect()
    }
}

/// Makes a tenant with its connections, its management API, a client of it and an administrator.
pub(crate) async fn create(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
) -> Result<Credentials, Failure> {
    let new = NewTenant {
        name: name.clone(),
        management_identifier: Text::parse("identifier", issuers.endpoint(name, "/api/v1"))?,
        administrator: Username::parse(ADMINISTRATOR)?,
        administrator_password: None,
    };
    let made = installation.directory.create_tenant(new).await?;
    sign_from_now_on(installation, issuers, &made.tenant).await?;
    let caller = Caller::operator(&made.tenant);
    let audience = management_audience(installation, &caller).await?;
    let client = made.client.identifier.to_string();
    let door = authok(issuers, client, &made.client_secret, audience);
    Ok(credentials(issuers, &made.tenant, ADMINISTRATOR, &made.administrator_password, door))
}

/// Makes the tenant unless it is there. `None` when it is.
pub(crate) async fn create_missing(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
) -> Result<Option<Credentials>, Failure> {
    if installation.directory.tenant_named(name).await?.is_some() {
        return Ok(None);
    }
    match create(installation, issuers, name).await {
        // Another process was quicker, and tells its own user.
        Err(_) if installation.directory.tenant_named(name).await?.is_some() => Ok(None),
        made => made.map(Some),
    }
}

/// The credentials of a tenant that is there. The administrator gets a new password, since nobody
/// can read the old one.
pub(crate) async fn reissue(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
) -> Result<Credentials, Failure> {
    let (tenant, caller) = installation.tenant(name.as_str()).await?;
    sign_from_now_on(installation, issuers, &tenant).await?;
    let client = installation.directory.management_client(&caller).await?;
    let secret = client.secret.ok_or_else(|| {
        Failure::new(Exit::Failed, "the management client has no secret that can be read")
    })?;
    let audience = management_audience(installation, &caller).await?;
    let door = authok(issuers, client.client.identifier.to_string(), &secret, audience);
    let (username, password) = new_password(installation, &caller).await?;
    Ok(credentials(issuers, &tenant, &username, &password, door))
}

/// Makes the key that signs tokens of the management API, unless there is one.
async fn sign_from_now_on(
    installation: &Installation,
    issuers: &Issuers,
    tenant: &Tenant,
) -> Result<(), Failure> {
    let oauth = installation.oauth(issuers.clone());
    oauth.signing_key(tenant, SigningAlgorithm::Es256).await?;
    Ok(())
}

/// Gives the administrator named `admin`, else the oldest with a username, a new password.
async fn new_password(
    installation: &Installation,
    caller: &Caller,
) -> Result<(String, SecretString), Failure> {
    let directory = &installation.directory;
    let administrators = directory.administrators(caller).await?;
    let username =
        |view: &UserView| view.user.username.as_ref().map(|name| name.as_str().to_owned());
    let named = administrators.iter().find(|view| username(view).as_deref() == Some(ADMINISTRATOR));
    let chosen = named.or_else(|| administrators.iter().find(|view| username(view).is_some()));
    let Some((user, name)) = chosen.and_then(|view| Some((&view.user, username(view)?))) else {
        return Err(Failure::new(Exit::Refused, "the tenant has no administrator with a username"));
    };
    let password: SecretString =
        installation.environment.moment().alphanumeric(PASSWORD_LENGTH).into();
    let changes = UserChanges {
        password: Some(password.clone()),
        must_change_password: Some(false),
        ..UserChanges::default()
    };
    directory.update_user(caller, &UserRef::Id(user.id), changes).await?;
    Ok((name, password))
}

/// The audience of the tenant's management API.
pub(crate) async fn management_audience(
    installation: &Installation,
    caller: &Caller,
) -> Result<String, Failure> {
    let tenant = caller.tenant();
    let found = installation.storage.read::<_, Error, _>(async move |read| {
        let found = read.resource_servers().find_system(tenant).await?;
        found.ok_or_else(|| Error::not_found(Kind::ResourceServer, "management API"))
    });
    Ok(found.await?.identifier.to_string())
}

fn authok(
    issuers: &Issuers,
    client_id: String,
    secret: &SecretString,
    audience: String,
) -> AuthokCredentials {
    let base_url = issuers.public_url().to_owned();
    AuthokCredentials {
        base_url,
        client_id,
        client_secret: secret.expose_secret().into(),
        audience,
    }
}

fn credentials(
    issuers: &Issuers,
    tenant: &Tenant,
    username: &str,
    password: &SecretString,
    authok: AuthokCredentials,
) -> Credentials {
    Credentials {
        issuer: issuers.issuer(&tenant.name),
        tenant: tenant.name.to_string(),
        admin: Administrator {
            username: username.to_owned(),
            password: password.expose_secret().to_owned(),
        },
        doors: DoorCredentials { authok },
    }
}
