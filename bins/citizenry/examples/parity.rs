//! Writes what each door shows of a user (Markdown) to standard output, from the table that the
//! parity test holds the doors to.
#![expect(clippy::expect_used, dead_code, reason = "the table is the test's")]

#[path = "../tests/e2e/parity/table.rs"]
mod table;

use std::io::Write as _;

use table::{Door, FIELDS, Form, STATES, Shown};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let titles = Door::ALL.map(Door::title).join(" | ");
    writeln!(out, "# What each door shows of a user\n")?;
    writeln!(
        out,
        "One user, one state, several vocabularies. This page is printed from the table"
    )?;
    writeln!(out, "that a test holds the doors to: users are made, changed, locked and deleted")?;
    writeln!(out, "through each door, and read through all of them, field by field. A field that")?;
    writeln!(out, "a door does not show is kept when that door writes.\n")?;
    writeln!(out, "## Fields\n\n| field | {titles} |\n|---|---|---|---|")?;
    for row in &FIELDS {
        let cells = Door::ALL.map(|door| match row.shown(door) {
            Shown::Never => "–".to_owned(),
            Shown::As(name, form) => format!("`{name}`{}", words(form)),
        });
        writeln!(out, "| {} | {} |", row.field, cells.join(" | "))?;
    }
    writeln!(out, "\nAn empty `name` is shown as given and family name. `isAdmin` of Audience")?;
    writeln!(out, "Manager is told once, in the answer to the creation.")?;
    writeln!(out, "\n## States\n\n| state | `blocked` | `status` | `enabled` | `locked` |")?;
    writeln!(out, "|---|---|---|---|---|")?;
    for state in &STATES {
        writeln!(
            out,
            "| {} | {} | `{}` | {} | {} |",
            state.words, state.blocked, state.status, state.enabled, state.locked
        )?;
    }
    Ok(())
}

/// What is said of a form.
fn words(form: Form) -> &'static str {
    match form {
        Form::Same => "",
        Form::National => ", without the country's code",
        Form::CountryCode => ", the country's code",
        Form::GenderNumber => ": 0, 1, 2",
        Form::GenderWord => ": `UNKNOWN`, `MALE`, `FEMALE`",
        Form::NumberAsText => ", as text",
    }
}
