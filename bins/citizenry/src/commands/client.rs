//! `citizenry client`.

use std::path::PathBuf;

use citizenry_config::Configuration;
use citizenry_directory::{
    ClientChanges, ClientGrantQuery, ClientView, NewClient, tenants::new_door_client,
};
use citizenry_identity::{
    ClientIdentifier, ClientKind, ClientSettings, Listing, ManagementDoor, ManagementPermission,
    Tenant, Text,
};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::installation::Installation;
use crate::output::{self, Format, Rows};
use crate::{provision, secret_input};

/// Clients: applications that ask for tokens
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry client create --name 'Nightly import' --scope read:users --scope create:users
  citizenry client create --name 'Shop' --kind web --redirect-uri https://shop.example.com/callback
  citizenry client create --name 'Shop app' --kind spa --redirect-uri https://app.example.com --web-origin https://app.example.com
  citizenry client create --name 'GM console' --door angus --client-id xcan_tp --secret-file secret.txt
  citizenry client create --name 'Moved here' --client-id old-id --secret-file secret.txt --all-scopes
  citizenry client rotate-secret old-id         the old secret is refused from the next request on")]
pub(crate) enum Command {
    /// Create a client and print its secret
    Create(Create),
    /// Give a client a new secret and print it
    RotateSecret {
        /// The client's `client_id`
        client_id: String,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
        /// A file with the new secret, - for standard input [default: a random one]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
}

/// What a new client has.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// The name
    #[arg(long)]
    name: String,
    /// The kind: `non_interactive`, `web`, `spa` or `native`
    #[arg(long, default_value = "non_interactive")]
    kind: String,
    /// A fixed `client_id`, for tests and moves [default: a random one]
    #[arg(long)]
    client_id: Option<String>,
    /// A file with a fixed secret, - for standard input [default: a random one]
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Where people come back to after signing in; may be repeated
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// Where people may go after signing out; may be repeated
    #[arg(long, value_name = "URL")]
    logout_uri: Vec<String>,
    /// An origin whose scripts may ask for tokens; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    web_origin: Vec<String>,
    /// A grant that it may use beside those of its kind, like `password`; may be repeated
    #[arg(long, value_name = "GRANT")]
    grant_type: Vec<String>,
    /// The management dialect whose people sign in with it: `audience_manager` or `angus`. Its tokens
    /// are good in that door, and those of other clients are not
    #[arg(long, value_name = "DOOR", conflicts_with = "third_party")]
    door: Option<String>,
    /// It belongs to somebody else: people are asked before it gets anything of theirs
    #[arg(long)]
    third_party: bool,
    /// A scope of the management API that it may ask for by itself; may be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Every scope of the management API
    #[arg(long, conflicts_with = "scope")]
    all_scopes: bool,
}

#[derive(Serialize)]
struct Line {
    client_id: String,
    client_secret: Option<String>,
    name: String,
    kind: &'static str,
    tenant: String,
    scopes: usize,
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["client_id", "client_secret", "name", "kind", "tenant", "scopes granted"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.client_id.clone(),
            self.client_secret.clone().unwrap_or_default(),
            self.name.clone(),
            self.kind.into(),
            self.tenant.clone(),
            self.scopes.to_string(),
        ]
    }
}

impl Line {
    fn of(view: ClientView, tenant: &Tenant, scopes: usize) -> Self {
        Self {
            client_id: view.client.identifier.to_string(),
            client_secret: view.secret.map(|secret| secret.expose_secret().to_owned()),
            name: view.client.name.to_string(),
            kind: view.client.kind.as_str(),
            tenant: tenant.name.to_string(),
            scopes,
        }
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    // Read first: nothing is changed when there is no secret.
    let line = match command {
        Command::Create(create) => {
            let secret = secret_input::read_optional(create.secret_file.as_ref())?;
            let installation = Installation::open(configuration).await?;
            let line = self::create(&installation, create, secret).await?;
            installation.close().await;
            line
        }
        Command::RotateSecret { client_id, tenant, secret_file } => {
            let secret = secret_input::read_optional(secret_file.as_ref())?;
            let installation = Installation::open(configuration).await?;
            let line = rotate(&installation, &tenant, &client_id, secret).await?;
            installation.close().await;
            line
        }
    };
    output::one(format, &line)
}

async fn create(
    installation: &Installation,
    create: Create,
    secret: Option<SecretString>,
) -> Result<Line, Failure> {
    let (tenant, caller) = installation.tenant(&create.tenant).await?;
    let kind = ClientKind::parse(&create.kind).ok_or_else(|| {
        Failure::new(Exit::Refused, format!("`{}` is no kind of client", create.kind))
            .advise("the kinds are non_interactive, web, spa and native")
    })?;
    let scopes = if create.all_scopes {
        ManagementPermission::all().map(|permission| permission.to_string()).collect()
    } else {
        create.scope
    };
    let door = create.door.as_deref().map(door).transpose()?;
    let settings = settings(
        kind,
        create.redirect_uri,
        create.logout_uri,
        create.web_origin,
        create.grant_type,
    );
    let settings = match door {
        Some(door) => door_settings(door, settings)?,
        None => settings,
    };
    let new = NewClient {
        name: Text::parse("name", create.name)?,
        kind,
        identifier: create.client_id.as_deref().map(ClientIdentifier::parse).transpose()?,
        secret,
        is_first_party: !create.third_party,
        authentication_method: None,
        settings,
    };
    let view = installation.directory.create_client(&caller, new).await?;
    let granted = scopes.len();
    if granted > 0 {
        let audience = provision::management_audience(installation, &caller).await?;
        let identifier = &view.client.identifier;
        let grant =
            installation.directory.create_client_grant(&caller, identifier, &audience, scopes);
        if let Err(error) = grant.await {
            // A client without its grant is not what was asked for.
            installation.directory.delete_client(&caller, identifier).await?;
            return Err(error.into());
        }
    }
    Ok(Line::of(view, &tenant, granted))
}

fn door(name: &str) -> Result<ManagementDoor, Failure> {
    ManagementDoor::parse(name).ok_or_else(|| {
        Failure::new(Exit::Refused, format!("`{name}` is no door that people sign in to"))
            .advise("the doors are audience_manager and angus")
    })
}

/// `settings` with what people need who sign in to a management door with the client.
fn door_settings(
    door: ManagementDoor,
    settings: ClientSettings,
) -> Result<ClientSettings, Failure> {
    let usual = new_door_client(door)?.settings;
    Ok(ClientSettings {
        grant_types: settings.grant_types.or(usual.grant_types),
        oidc: usual.oidc,
        door: usual.door,
        ..settings
    })
}

/// What the client may do in browsers.
fn settings(
    kind: ClientKind,
    redirect_uris: Vec<String>,
    allowed_logout_urls: Vec<String>,
    web_origins: Vec<String>,
    further_grants: Vec<String>,
) -> ClientSettings {
    let usual = kind.usual_grant_types().iter().map(|grant| (*grant).to_owned());
    let grant_types = (!further_grants.is_empty()).then(|| usual.chain(further_grants).collect());
    ClientSettings {
        redirect_uris,
        allowed_logout_urls,
        web_origins,
        grant_types,
        ..ClientSettings::default()
    }
}

async fn rotate(
    installation: &Installation,
    tenant: &str,
    client_id: &str,
    secret: Option<SecretString>,
) -> Result<Line, Failure> {
    let (tenant, caller) = installation.tenant(tenant).await?;
    let directory = &installation.directory;
    let identifier = ClientIdentifier::parse(client_id)?;
    let mut view = match &secret {
        None => directory.rotate_client_secret(&caller, &identifier).await?,
        Some(given) => {
            let changes = ClientChanges { secret: Some(given.clone()), ..ClientChanges::default() };
            directory.update_client(&caller, &identifier, changes).await?
        }
    };
    view.secret = secret.or(view.secret);
    let query = ClientGrantQuery { clients: vec![identifier], ..ClientGrantQuery::default() };
    let grants = directory.client_grants(&caller, query, Listing::first(100)).await?;
    let scopes = grants.items.iter().map(|view| view.grant.scopes.len()).sum();
    Ok(Line::of(view, &tenant, scopes))
}
