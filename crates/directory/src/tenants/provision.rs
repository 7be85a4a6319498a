//! Make a tenant with all that it starts with.

use std::collections::BTreeSet;

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_identity::{
    Actor, Client, ClientGrant, ClientGrantId, Connection, ConnectionId, ConnectionName, Error,
    EventKind, ManagementDoor, ManagementPermission, Metadata, Moment, Origin, Profile,
    ResourceServer, ResourceServerId, Role, RoleId, Scope, ScopeName, SigningAlgorithm, Strategy,
    Tenant, TenantId, TenantName, Text, TokenDialect, TokenFormat, User, Username,
};
use citizenry_storage::{Sealer, Tx};
use secrecy::SecretString;

use super::{door_clients::create_door_client, management_client::new_management_client};
use crate::{Directory, NewPassword, NewUser, clients, resource_servers, users};

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// The name, unique in the installation.
    pub name: TenantName,
    /// The stored audience of its management API.
    pub management_identifier: Text<600>,
    /// The username of its first administrator.
    pub administrator: Username,
    /// His password; a new one when nothing is said.
    pub administrator_password: Option<SecretString>,
}

/// A tenant that was made, with what can be shown only now.
#[derive(Debug, Clone)]
pub struct Provisioned {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first administrator.
    pub administrator: User,
    /// His password.
    pub administrator_password: SecretString,
    /// The client that holds every management permission.
    pub client: Client,
    /// The client's secret.
    pub client_secret: SecretString,
}

/// A tenant, not stored yet, and what it starts with.
pub(super) struct Blueprint {
    pub(super) tenant: Tenant,
    /// The stored audience of its management API.
    pub(super) management_identifier: Text<600>,
    /// Its first administrator.
    pub(super) administrator: NewUser,
    /// Who makes it; the installation itself without one.
    pub(super) actor: Option<Actor>,
}

/// A tenant that was built.
pub(super) struct Built {
    pub(super) tenant: Tenant,
    pub(super) administrator: User,
    /// The client that holds every management permission.
    pub(super) client: clients::ClientView,
    /// The installation itself, acting in the tenant.
    pub(super) caller: Caller,
}

/// Makes a tenant with its connections (`authok`, `sms`, `email`), its management API, the role
/// and the first of its administrators, a client that is granted every management scope, and a
/// client for each management door: all or nothing. Signing keys are the business of the OAuth
/// provider.
///
/// # Errors
/// `Conflict` on the tenant's `name`.
pub async fn provision(
    tx: &mut dyn Tx,
    moment: &Moment,
    sealer: &dyn Sealer,
    new: &NewTenant,
    password: NewPassword,
) -> Result<(Tenant, User, clients::ClientView), Error> {
    let number = tx.numbers().next().await?;
    let id = TenantId::generate(moment);
    let blueprint = Blueprint {
        tenant: Tenant::new(id, number, new.name.clone(), moment.now()),
        management_identifier: new.management_identifier.clone(),
        administrator: first_administrator(new)?,
        actor: None,
    };
    let built = build(tx, moment, sealer, blueprint, password).await?;
    Ok((built.tenant, built.administrator, built.client))
}

pub(super) async fn build(
    tx: &mut dyn Tx,
    moment: &Moment,
    sealer: &dyn Sealer,
    blueprint: Blueprint,
    password: NewPassword,
) -> Result<Built, Error> {
    let Blueprint { tenant, management_identifier, administrator, actor } = blueprint;
    tx.tenants().insert(&tenant).await?;
    let caller = installation(&tenant);
    let mut event = caller.event(moment, EventKind::TENANT_CREATED, tenant.id);
    event.actor = actor.unwrap_or(event.actor);
    tx.events().append(&event).await?;
    for (name, strategy) in
        [(ConnectionName::DEFAULT, Strategy::DATABASE), ("sms", "sms"), ("email", "email")]
    {
        add_connection(tx, &caller, moment, name, strategy).await?;
    }
    let server = management_api(&caller, moment, management_identifier)?;
    resource_servers::insert(tx, &caller, moment, &server).await?;
    add_administrator_role(tx, &caller, moment).await?;
    let administrator = users::create(tx, &caller, moment, administrator, Some(password)).await?;
    for door in ManagementDoor::ALL {
        create_door_client(tx, &caller, moment, sealer, door, None).await?;
    }
    let client = clients::create(tx, &caller, moment, sealer, new_management_client()?).await?;
    grant_everything(tx, &caller, moment, &client.client, &server).await?;
    Ok(Built { tenant, administrator, client, caller })
}

/// The installation itself, acting in a tenant that nobody can act in yet.
fn installation(tenant: &Tenant) -> Caller {
    Caller::new(
        CallerTenant::from(tenant),
        Subject::System,
        Credential::Local,
        Permissions::all(),
        Origin::default(),
    )
}

async fn add_connection(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    name: &str,
    strategy: &str,
) -> Result<(), Error> {
    let connection = Connection {
        id: ConnectionId::generate(moment),
        tenant: caller.tenant(),
        name: ConnectionName::parse(name)?,
        strategy: Strategy::parse(strategy)?,
        display_name: None,
        options: Metadata::default(),
        metadata: Metadata::default(),
        enabled_clients: BTreeSet::new(),
        is_domain_connection: false,
        realms: Vec::new(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.connections().insert(&connection).await?;
    let event = caller.event(moment, EventKind::CONNECTION_CREATED, connection.id);
    Ok(tx.events().append(&event).await?)
}

fn management_api(
    caller: &Caller,
    moment: &Moment,
    identifier: Text<600>,
) -> Result<ResourceServer, Error> {
    let scopes = ManagementPermission::all().map(|permission| Scope {
        name: ScopeName::from_stored(permission.as_str().to_owned()),
        description: None,
    });
    Ok(ResourceServer {
        id: ResourceServerId::generate(moment),
        tenant: caller.tenant(),
        identifier,
        name: Text::parse("name", "Management API")?,
        scopes: scopes.collect(),
        signing_algorithm: SigningAlgorithm::Es256,
        signing_secret: None,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: true,
        token_lifetime: ResourceServer::DEFAULT_LIFETIME,
        token_lifetime_for_web: None,
        enforce_policies: true,
        token_dialect: TokenDialect::AccessToken,
        token_format: TokenFormat::Jwt,
        is_system: true,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    })
}

async fn add_administrator_role(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
) -> Result<(), Error> {
    let role = Role {
        id: RoleId::generate(moment),
        tenant: caller.tenant(),
        name: Text::parse("name", Role::ADMINISTRATOR)?,
        description: Text::optional(
            "description",
            Some("Holds every management permission of the tenant".to_owned()),
        )?,
        is_administrator: true,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.roles().insert(&role).await?;
    Ok(tx.events().append(&caller.event(moment, EventKind::ROLE_CREATED, role.id)).await?)
}

fn first_administrator(new: &NewTenant) -> Result<NewUser, Error> {
    Ok(NewUser {
        username: Some(new.administrator.clone()),
        administrator: true,
        profile: Profile {
            name: Text::optional("name", Some("Administrator".to_owned()))?,
            ..Profile::default()
        },
        ..NewUser::default()
    })
}

/// Grants every management scope to a client.
pub(super) async fn grant_everything(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    client: &Client,
    server: &ResourceServer,
) -> Result<(), Error> {
    let grant = ClientGrant {
        id: ClientGrantId::generate(moment),
        tenant: caller.tenant(),
        client: client.id,
        resource_server: server.id,
        scopes: server.scopes.iter().map(|scope| scope.name.clone()).collect(),
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.client_grants().insert(&grant).await?;
    let event = caller.event(moment, EventKind::CLIENT_GRANT_CREATED, grant.id);
    Ok(tx.events().append(&event).await?)
}

impl Directory {
    /// Makes a tenant with all that it starts with. See [`provision`]. The caller is the
    /// installation itself: only the binary and hosts that embed the crates come here.
    ///
    /// # Errors
    /// As [`provision`]; `Invalid` on `password` when it breaks the policy that tenants begin with;
    /// `Unavailable` when too many passwords wait to be hashed.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<Provisioned, Error> {
        let moment = self.moment();
        let given = new.administrator_password.clone();
        let password = given.unwrap_or_else(|| moment.alphanumeric(24).into());
        let first = NewUser {
            username: Some(new.administrator.clone()),
            password: Some(password.clone()),
            ..NewUser::default()
        };
        let hash = self.password_of_first(&first).await?;
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        let (tenant, administrator, view) = self
            .storage
            .transact(async move |tx| provision(tx, &moment, &*sealer, &new, hash.clone()).await)
            .await?;
        let secret = view.secret.ok_or_else(|| Error::internal("a new client has no secret"))?;
        Ok(Provisioned {
            tenant,
            administrator,
            administrator_password: password,
            client: view.client,
            client_secret: secret,
        })
    }
}
