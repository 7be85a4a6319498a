//! `citizenry migrate`.

use citizenry_config::Configuration;
use clap::Subcommand;
use serde::Serialize;

use crate::data_directory::DataDirectory;
use crate::failure::Failure;
use crate::installation::{self, migration_failed};
use crate::output::{self, Format, Rows};
use crate::progress;

/// Bring the database to the schema of this program
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry migrate status --database-url postgres://citizenry@127.0.0.1/citizenry
  citizenry migrate run

`citizenry serve` runs what is missing by itself. The previous release keeps working on the new schema.")]
pub(crate) enum Command {
    /// Show which migrations are missing
    Status,
    /// Run what is missing
    Run,
}

#[derive(Serialize)]
struct Migration {
    name: String,
    state: &'static str,
}

impl Rows for Migration {
    fn columns() -> &'static [&'static str] {
        &["MIGRATION", "STATE"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.state.into()]
    }
}

pub(crate) async fn run(
    command: &Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let (names, state) = match command {
        Command::Status => {
            let database = installation::open_existing(configuration).await?;
            (database.pending().await.map_err(|error| migration_failed(&error))?, "pending")
        }
        Command::Run => {
            DataDirectory::open_or_create(&configuration.server.data_dir)?;
            let database = installation::connect(configuration).await?;
            let run = progress::shown("running migrations", database.migrate()).await;
            (run.map_err(|error| migration_failed(&error))?, "run")
        }
    };
    if names.is_empty() && format == Format::Table {
        return output::text("the database has the schema of this program\n");
    }
    let migrations: Vec<_> = names.into_iter().map(|name| Migration { name, state }).collect();
    output::list(format, &migrations)
}
