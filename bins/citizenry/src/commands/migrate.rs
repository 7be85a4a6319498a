//! `citizenry migrate`.

use clap::Subcommand;

/// Bring the database to the schema of this program
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry migrate status --database-url postgres://citizenry@127.0.0.1/citizenry
  citizenry migrate run

`citizenry serve` runs what is missing by itself. The previous release keeps working on the new schema.")]
pub(crate) enum Command {
    /// Show which migrations were run and which are missing
    Status,
    /// Run what is missing
    Run,
}
