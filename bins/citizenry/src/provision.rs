//! Tenants with all they begin with, and the credentials to get at them.

use citizenry_authz::Caller;
use citizenry_directory::{ClientChanges, ClientView, NewTenant, UserChanges, UserRef, UserView};
use citizenry_identity::{
    Error, Kind, ManagementDoor, SigningAlgorithm, Tenant, TenantName, Text, Username,
};
use citizenry_oauth::{Issuers, ims};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Map, json};

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
    pub(crate) audience_manager: AudienceManagerCredentials,
    pub(crate) angus: AngusCredentials,
}

/// What the Audience Manager door asks for: a client for people, which is also a technical account.
#[derive(Serialize)]
pub(crate) struct AudienceManagerCredentials {
    pub(crate) base_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) org_id: String,
    pub(crate) technical_account_id: String,
    pub(crate) private_key_pem: String,
}

/// What the AngusGM door asks for.
#[derive(Serialize)]
pub(crate) struct AngusCredentials {
    pub(crate) base_url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) username: String,
    pub(crate) password: String,
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
            "audience_manager base_url",
            "audience_manager client_id",
            "audience_manager client_secret",
            "audience_manager org_id",
            "audience_manager technical_account_id",
            "angus base_url",
            "angus client_id",
            "angus client_secret",
        ]
    }

    fn cells(&self) -> Vec<String> {
        let (admin, authok) = (&self.admin, &self.doors.authok);
        let (audience_manager, angus) = (&self.doors.audience_manager, &self.doors.angus);
        let cells = [
            &self.issuer,
            &self.tenant,
            &admin.username,
            &admin.password,
            &authok.base_url,
            &authok.client_id,
            &authok.client_secret,
            &authok.audience,
            &audience_manager.base_url,
            &audience_manager.client_id,
            &audience_manager.client_secret,
            &audience_manager.org_id,
            &audience_manager.technical_account_id,
            &angus.base_url,
            &angus.client_id,
            &angus.client_secret,
        ];
        cells.into_iter().cloned().collect()
    }
}

/// What a tenant begins with: enough to manage it. Credentials of the other doors cost a key of RSA,
/// so they are made when somebody asks for them: [`of_every_door`].
pub(crate) struct FirstCredentials {
    pub(crate) tenant: Tenant,
    pub(crate) admin: Administrator,
    pub(crate) authok: AuthokCredentials,
}

/// Makes a tenant with its connections, its management API, a client of it and an administrator.
pub(crate) async fn create(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
) -> Result<FirstCredentials, Failure> {
    let new = NewTenant {
        name: name.clone(),
        management_identifier: Text::parse("identifier", issuers.endpoint(name, "/api/v1"))?,
        administrator: Username::parse(ADMINISTRATOR)?,
        administrator_password: None,
    };
    let made = installation.directory.create_tenant(new).await?;
    sign_from_now_on(installation, issuers, &made.tenant).await?;
    let admin = Administrator {
        username: ADMINISTRATOR.to_owned(),
        password: made.administrator_password.expose_secret().to_owned(),
    };
    let client = (made.client.identifier.to_string(), made.client_secret);
    let authok = authok(installation, issuers, &made.tenant, client).await?;
    Ok(FirstCredentials { tenant: made.tenant, admin, authok })
}

/// Makes the tenant unless it is there. `None` when it is.
pub(crate) async fn create_missing(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
) -> Result<Option<FirstCredentials>, Failure> {
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
    let (username, password) = new_password(installation, &caller).await?;
    let password = password.expose_secret().to_owned();
    let admin = Administrator { username, password };
    let client = (client.client.identifier.to_string(), secret);
    let authok = authok(installation, issuers, &tenant, client).await?;
    of_every_door(installation, issuers, FirstCredentials { tenant, admin, authok }).await
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

/// The Authok door's credentials; `client` is the management client and its secret.
async fn authok(
    installation: &Installation,
    issuers: &Issuers,
    tenant: &Tenant,
    client: (String, SecretString),
) -> Result<AuthokCredentials, Failure> {
    Ok(AuthokCredentials {
        base_url: issuers.public_url().to_owned(),
        client_id: client.0,
        client_secret: client.1.expose_secret().to_owned(),
        audience: management_audience(installation, &Caller::operator(tenant)).await?,
    })
}

/// The credentials of every door, with a new key for the one that signs in by key.
pub(crate) async fn of_every_door(
    installation: &Installation,
    issuers: &Issuers,
    first: FirstCredentials,
) -> Result<Credentials, Failure> {
    let FirstCredentials { tenant, admin, authok } = first;
    let caller = Caller::operator(&tenant);
    let doors = DoorCredentials {
        authok,
        audience_manager: audience_manager(installation, issuers, &tenant, &admin).await?,
        angus: angus(installation, issuers, &caller, &admin).await?,
    };
    let (issuer, tenant) = (issuers.issuer(&tenant.name), tenant.name.to_string());
    Ok(Credentials { issuer, tenant, admin, doors })
}

/// The door's client and its secret.
async fn door_client(
    installation: &Installation,
    caller: &Caller,
    door: ManagementDoor,
) -> Result<(ClientView, String), Failure> {
    let view = installation.directory.door_client(caller, door).await?;
    let secret = view.secret.as_ref().map(|secret| secret.expose_secret().to_owned());
    let secret = secret.ok_or_else(|| {
        Failure::new(Exit::Failed, "the door's client has no secret that can be read")
    })?;
    Ok((view, secret))
}

/// The private key is made anew, since nobody can read the old one.
async fn audience_manager(
    installation: &Installation,
    issuers: &Issuers,
    tenant: &Tenant,
    admin: &Administrator,
) -> Result<AudienceManagerCredentials, Failure> {
    let (caller, door) = (Caller::operator(tenant), ManagementDoor::AudienceManager);
    let (view, client_secret) = door_client(installation, &caller, door).await?;
    let (private_key, public_key) = ims::generate_key()?;
    let mut oidc = view.client.settings.oidc.clone();
    oidc.jwks = Some(json!({ "keys": [public_key] }));
    let settings = Map::from_iter([("oidc".to_owned(), json!(oidc))]);
    let changes = ClientChanges { settings: Some(settings), ..ClientChanges::default() };
    let identifier = &view.client.identifier;
    installation.directory.update_client(&caller, identifier, changes).await?;
    Ok(AudienceManagerCredentials {
        base_url: format!("{}/aam", issuers.public_url()),
        client_id: identifier.to_string(),
        client_secret,
        username: admin.username.clone(),
        password: admin.password.clone(),
        org_id: ims::organization_id(tenant),
        technical_account_id: ims::technical_account_id(&view.client),
        private_key_pem: private_key.expose_secret().to_owned(),
    })
}

async fn angus(
    installation: &Installation,
    issuers: &Issuers,
    caller: &Caller,
    admin: &Administrator,
) -> Result<AngusCredentials, Failure> {
    let (view, client_secret) = door_client(installation, caller, ManagementDoor::Angus).await?;
    Ok(AngusCredentials {
        base_url: format!("{}/angus", issuers.public_url()),
        client_id: view.client.identifier.to_string(),
        client_secret,
        username: admin.username.clone(),
        password: admin.password.clone(),
    })
}
