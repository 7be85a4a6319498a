//! `citizenry tenant`.

use clap::Subcommand;

/// Tenants: the hard walls of the directory
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry tenant create acme --display-name 'Acme Ltd.'
  citizenry tenant list --format json
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
