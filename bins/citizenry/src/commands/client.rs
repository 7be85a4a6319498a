//! `citizenry client`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Clients: applications that ask for tokens
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry client create --name 'Nightly import' --scope read:users --scope create:users
  citizenry client create --name 'Moved here' --client-id old-id --secret-file secret.txt --all-scopes
  citizenry client rotate-secret old-id         the old secret is refused from the next request on")]
pub(crate) enum Command {
    /// Create a client and print its secret
    Create(Create),
    /// Give a client a new secret and print it
    RotateSecret {
        /// The client's `client_id`
        client_id: String,
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
    /// A scope of the management API that it may ask for by itself; may be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Every scope of the management API
    #[arg(long, conflicts_with = "scope")]
    all_scopes: bool,
}
