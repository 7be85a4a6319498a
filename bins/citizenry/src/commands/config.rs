//! `citizenry config`.

use citizenry_config::{Entry, Loaded};
use clap::Subcommand;
use serde::Serialize;

use crate::failure::Failure;
use crate::logging;
use crate::output::{self, Format, Rows};

/// Look at the configuration
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry config check --config citizenry.toml
  citizenry config show                         effective values, secrets masked
  citizenry config reference > configuration.md")]
pub(crate) enum Command {
    /// Report every problem of the configuration at once
    Check,
    /// Print the effective values and where each came from; secrets are masked
    Show,
    /// Print what can be configured, as Markdown
    Reference,
}

#[derive(Serialize)]
struct Line {
    key: &'static str,
    value: String,
    source: String,
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        Self { key: entry.key, value: entry.value, source: entry.source.to_string() }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["KEY", "VALUE", "SOURCE"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.key.into(), self.value.clone(), self.source.clone()]
    }
}

pub(crate) fn run(
    command: &Command,
    format: Format,
    load: impl FnOnce() -> Result<Loaded, Failure>,
) -> Result<(), Failure> {
    match command {
        Command::Reference => output::text(&citizenry_config::reference()),
        Command::Show => {
            let lines: Vec<Line> = load()?.entries().into_iter().map(Line::from).collect();
            output::list(format, &lines)
        }
        Command::Check => {
            logging::filter(&load()?)?;
            match format {
                Format::Json => output::json(&serde_json::json!({ "problems": [] })),
                Format::Table => output::text("the configuration has no problems\n"),
            }
        }
    }
}
