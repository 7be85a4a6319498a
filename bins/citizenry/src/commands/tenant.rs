//! `citizenry tenant`.

use citizenry_config::Configuration;
use citizenry_directory::ByName;
use citizenry_identity::{Listing, Start, Tenant, TenantName, TenantStatus};
use citizenry_oauth::Issuers;
use clap::Subcommand;
use serde::Serialize;

use super::tenant_settings;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::output::{self, Format, Rows};
use crate::progress;
use crate::provision::{self, Credentials};
use crate::public_url;

/// Tenants: the hard walls of the directory
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry tenant create acme --display-name 'Acme Ltd.'
  citizenry tenant list --format json
  citizenry tenant settings acme                every setting by its path
  citizenry tenant set acme sign_in.lockout_threshold=10 branding.primary_colour=#0f766e
  citizenry tenant disable acme                 its tokens are refused from the next request on")]
pub(crate) enum Command {
    /// Create a tenant with its connections, management API, first client and administrator
    Create {
        /// The name: lower-case letters, digits and inner hyphens
        name: String,
        /// The name for people
        #[arg(long)]
        display_name: Option<String>,
    },
    /// List the tenants
    List,
    /// Show a tenant's settings
    Settings {
        /// The tenant's name
        name: String,
    },
    /// Change a tenant's settings: sign-in, password policy, branding and the others
    Set {
        /// The tenant's name
        name: String,
        /// SETTING=VALUE; the value is JSON or a text, null resets the setting
        #[arg(required = true, value_name = "SETTING=VALUE")]
        settings: Vec<String>,
    },
    /// Close a tenant: everything is kept, nobody is let in
    Disable {
        /// The tenant's name
        name: String,
    },
    /// Open a tenant again
    Enable {
        /// The tenant's name
        name: String,
    },
}

#[derive(Serialize)]
struct Line {
    name: String,
    status: &'static str,
    display_name: Option<String>,
    id: String,
    created_at: String,
}

impl From<Tenant> for Line {
    fn from(tenant: Tenant) -> Self {
        Self {
            name: tenant.name.to_string(),
            status: tenant.status.as_str(),
            display_name: tenant.settings.display_name,
            id: tenant.id.to_string(),
            created_at: tenant.created_at.to_string(),
        }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["NAME", "STATUS", "DISPLAY NAME", "ID", "CREATED"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.status.into(),
            self.display_name.clone().unwrap_or_default(),
            self.id.clone(),
            self.created_at.clone(),
        ]
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    match command {
        Command::Create { name, display_name } => {
            let issuers = public_url::issuers_beside(configuration);
            let name = TenantName::parse(&name)?;
            let work = create(&installation, &issuers, &name, display_name);
            output::one(format, &progress::shown("creating the tenant", work).await?)?;
        }
        Command::List => output::list(format, &list(&installation).await?)?,
        Command::Settings { name } => {
            let (tenant, _) = installation.tenant(&name).await?;
            output::list(format, &tenant_settings::lines(&tenant.settings)?)?;
        }
        Command::Set { name, settings } => {
            let (tenant, caller) = installation.tenant(&name).await?;
            let changes = tenant_settings::changes(&tenant.settings, &settings)?;
            let changed = installation.directory.update_tenant(&caller, changes).await?;
            output::list(format, &tenant_settings::lines(&changed.settings)?)?;
        }
        Command::Disable { name } => {
            let line = set_status(&installation, &name, TenantStatus::Disabled).await?;
            output::one(format, &line)?;
        }
        Command::Enable { name } => {
            let line = set_status(&installation, &name, TenantStatus::Enabled).await?;
            output::one(format, &line)?;
        }
    }
    installation.close().await;
    Ok(())
}

async fn create(
    installation: &Installation,
    issuers: &Issuers,
    name: &TenantName,
    display_name: Option<String>,
) -> Result<Credentials, Failure> {
    let first = provision::create(installation, issuers, name).await?;
    if let Some(display_name) = display_name {
        let (_, caller) = installation.tenant(name.as_str()).await?;
        let settings = [("display_name".to_owned(), display_name.into())].into_iter().collect();
        installation.directory.update_tenant(&caller, settings).await?;
    }
    provision::of_every_door(installation, issuers, first).await
}

async fn list(installation: &Installation) -> Result<Vec<Line>, Failure> {
    let operator = installation.operator().await?;
    let mut listing = Listing::first(Listing::<ByName>::MAX_LIMIT);
    let mut lines = Vec::new();
    loop {
        let page = installation.directory.tenants(&operator, listing.clone()).await?;
        lines.extend(page.items.into_iter().map(Line::from));
        match page.next {
            Some(cursor) => listing.start = Start::After(cursor),
            None => return Ok(lines),
        }
    }
}

async fn set_status(
    installation: &Installation,
    name: &str,
    status: TenantStatus,
) -> Result<Line, Failure> {
    let (tenant, caller) = installation.tenant(name).await?;
    let changed = installation.directory.set_tenant_status(&caller, tenant.id, status).await?;
    Ok(changed.into())
}
