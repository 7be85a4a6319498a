//! `citizenry bootstrap`.

use citizenry_config::Configuration;
use citizenry_identity::TenantName;

use crate::failure::Failure;
use crate::installation::Installation;
use crate::output::{self, Format};
use crate::public_url;
use crate::{progress, provision};

/// Prepare an installation and print the credentials of every door
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  citizenry bootstrap --data-dir ./citizenry-data --format json
  citizenry bootstrap --database-url postgres://citizenry@127.0.0.1/citizenry --tenant acme

What cannot be read back is issued anew: each run gives the administrator a new password. The URLs are
those of the server that runs on the data directory, else of server.public_url, else of server.listen.")]
pub(crate) struct Arguments {
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
}

pub(crate) async fn run(
    arguments: &Arguments,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open_or_create(configuration).await?;
    let issuers = public_url::issuers_beside(configuration);
    let default = TenantName::parse(TenantName::DEFAULT)?;
    let name = TenantName::parse(&arguments.tenant)?;
    let work = async {
        let first = provision::create_missing(&installation, &issuers, &default).await?;
        match first {
            Some(first) if name == default => {
                provision::of_every_door(&installation, &issuers, first).await
            }
            _ => provision::reissue(&installation, &issuers, &name).await,
        }
    };
    let credentials = progress::shown("preparing the installation", Box::pin(work)).await?;
    installation.close().await;
    output::one(format, &credentials)
}
