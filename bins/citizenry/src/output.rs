//! What commands print on standard output: tables for people, JSON for programs.

use std::io::{ErrorKind, Write as _};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::{Exit, Failure};

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns, for people.
    #[default]
    Table,
    /// One JSON document, for programs.
    Json,
}

/// Something that can be printed in both ways.
pub(crate) trait Rows: Serialize {
    /// The names of the columns.
    fn columns() -> &'static [&'static str];
    /// The cells, one for each column.
    fn cells(&self) -> Vec<String>;
}

/// Prints a list: a JSON array, or a table with a row for each.
pub(crate) fn list<T: Rows>(format: Format, items: &[T]) -> Result<(), Failure> {
    match format {
        Format::Json => json(&items),
        Format::Table => {
            let mut table = plain_table();
            table.set_header(T::columns());
            for item in items {
                table.add_row(item.cells());
            }
            text(&rendered(table))
        }
    }
}

/// Prints one thing: a JSON object, or a table with a row for each column.
pub(crate) fn one<T: Rows>(format: Format, item: &T) -> Result<(), Failure> {
    match format {
        Format::Json => json(item),
        Format::Table => {
            let mut table = plain_table();
            for (column, cell) in T::columns().iter().zip(item.cells()) {
                table.add_row([(*column).to_owned(), cell]);
            }
            text(&rendered(table))
        }
    }
}

/// Prints a JSON document, indented, with a line end.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let rendered =
        serde_json::to_string_pretty(value).map_err(|error| Failure::new(Exit::Failed, error))?;
    text(&format!("{rendered}\n"))
}

/// Writes text to standard output. A reader that has gone (`| head`) is no failure.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The table without frame, its columns two blanks apart.
fn rendered(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    format!("{}\n", table.trim_fmt())
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}
