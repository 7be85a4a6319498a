//! `citizenry user`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Users
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry user create --email fioman@qq.com --username fioman --name 李雷 --password-file -
  citizenry user get fioman@qq.com --format json
  citizenry user list --tenant acme --limit 50
  citizenry user lock fioman --until 2030-01-01T00:00:00Z
  citizenry user unlock fioman
  citizenry user delete 'authok|01j9…'

USER is a user_id (authok|…), the identifier inside, a username, an email address or a phone number.")]
pub(crate) enum Command {
    /// Create a user
    Create(Box<Create>),
    /// Show a user
    Get(Named),
    /// List users, newest first
    List {
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
        /// How many at the most, 1 to 100
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// Go on after the position that the list before named as `next`
        #[arg(long, value_name = "POSITION")]
        after: Option<String>,
    },
    /// Lock a user: no sign-in, running sessions end
    Lock {
        #[command(flatten)]
        user: Named,
        /// When the lock ends by itself (RFC 3339) [default: never]
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Lift every lock of a user
    Unlock(Named),
    /// Delete a user for ever
    Delete(Named),
}

/// A user, named.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The user
    user: String,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
}

/// What a new user has.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// The connection
    #[arg(long, default_value = "authok")]
    connection: String,
    /// The username
    #[arg(long)]
    username: Option<String>,
    /// The email address
    #[arg(long)]
    email: Option<String>,
    /// The phone number
    #[arg(long)]
    phone: Option<String>,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// The given name
    #[arg(long)]
    given_name: Option<String>,
    /// The family name
    #[arg(long)]
    family_name: Option<String>,
    /// The nickname
    #[arg(long)]
    nickname: Option<String>,
    /// A file with the password, - for standard input [default: none, the user cannot sign in with
    /// a password]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}
