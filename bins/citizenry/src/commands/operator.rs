//! `citizenry operator`.

use citizenry_config::Configuration;
use clap::Subcommand;
use serde::Serialize;

use crate::commands::user::{Named, find};
use crate::failure::Failure;
use crate::installation::Installation;
use crate::output::{self, Format, Rows};

/// People who may act above tenants: make, change, lock and close them through the AngusGM door
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry operator grant admin                the administrator of the tenant `default`
  citizenry operator grant fioman@qq.com --tenant acme
  citizenry operator list --format json
  citizenry operator revoke admin               counts from the next request on

No administrator of a tenant is an operator by being one.")]
pub(crate) enum Command {
    /// Make a user an operator of the installation
    Grant(#[command(flatten)] Named),
    /// Make an operator a user like any other
    Revoke(#[command(flatten)] Named),
    /// List the operators
    List,
}

#[derive(Serialize)]
struct Line {
    user_id: String,
    id: String,
    username: Option<String>,
    email: Option<String>,
    tenant: String,
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["user_id", "id", "username", "email", "tenant"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.user_id.clone(),
            self.id.clone(),
            self.username.clone().unwrap_or_default(),
            self.email.clone().unwrap_or_default(),
            self.tenant.clone(),
        ]
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    let directory = &installation.directory;
    let (named, is_operator) = match command {
        Command::Grant(named) => (Some(named), true),
        Command::Revoke(named) => (Some(named), false),
        Command::List => (None, false),
    };
    if let Some(named) = named {
        let (caller, view) = find(&installation, &named).await?;
        directory.set_operator(&caller, &view.user.id.into(), is_operator).await?;
    }
    let (_, caller) = installation.tenant("default").await?;
    let operators = directory.operators(&caller).await?;
    let lines = operators.into_iter().map(|(tenant, user)| Line {
        user_id: user.subject.to_string(),
        id: user.id.to_string(),
        username: user.username.map(|name| name.as_str().to_owned()),
        email: user.email.map(|email| email.as_str().to_owned()),
        tenant: tenant.name.to_string(),
    });
    let lines: Vec<Line> = lines.collect();
    installation.close().await;
    output::list(format, &lines)
}
