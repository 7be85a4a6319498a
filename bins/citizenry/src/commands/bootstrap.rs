//! `citizenry bootstrap`.

/// Prepare an installation and print the credentials of every door
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  citizenry bootstrap --data-dir ./citizenry-data --format json
  citizenry bootstrap --database-url postgres://citizenry@127.0.0.1/citizenry --tenant acme

What cannot be read back is issued anew: each run gives the administrator a new password.")]
pub(crate) struct Arguments {
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
}
