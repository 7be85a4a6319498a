//! `cargo xtask migrate`: making, running, reverting and checking migrations.

use std::path::Path;
use std::process::Command;

use crate::postgres::Server;
use crate::{Outcome, process, tidy, workspace};

/// The folders of migrations, one a database.
pub(crate) const FOLDERS: [&str; 2] = ["sqlite", "postgres"];

/// Dispatches to the verb.
pub(crate) fn command(rest: &[String]) -> Outcome {
    match rest.split_first() {
        Some((verb, [name])) if verb == "new" => new(name),
        Some((verb, arguments)) if verb == "run" => run(arguments),
        Some((verb, [url])) if verb == "revert" => revert(url),
        Some((verb, [])) if verb == "check" => check(),
        _ => Err("use migrate new NAME, migrate run, migrate revert URL or migrate check".into()),
    }
}

/// Makes the pair of empty migrations; both folders always carry the same names.
fn new(name: &str) -> Outcome {
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    if name.is_empty() || !name.chars().all(|character| plain(character) || character == '_') {
        return Err("a migration's name is made of a-z, 0-9 and _".into());
    }
    let now = process::read(Command::new("date").args(["--utc", "+%Y%m%d%H%M%S"]))?;
    for folder in FOLDERS {
        let migration = workspace::root()
            .join("migrations")
            .join(folder)
            .join(format!("{}_{name}", now.trim()));
        std::fs::create_dir_all(&migration)?;
        for file in ["up.sql", "down.sql"] {
            std::fs::write(migration.join(file), "")?;
            process::progress(&format!("made {}", migration.join(file).display()));
        }
    }
    Ok(())
}

fn run(arguments: &[String]) -> Outcome {
    let citizenry = workspace::build_programs()?.join("citizenry");
    process::run(Command::new(citizenry).args(["migrate", "run"]).args(arguments))
}

/// Taking a migration back loses data, so it is no command of the server, and wants to be told
/// which database is meant.
fn revert(url: &str) -> Outcome {
    process::run(schema(&workspace::build_programs()?, "revert").arg(url))
}

/// Paired names, then up, down and up again on empty databases, then the schema compared.
fn check() -> Outcome {
    let problems = tidy::migrations()?;
    if !problems.is_empty() {
        return Err(problems.join("\n").into());
    }
    let programs = workspace::build_programs()?;
    let server = Server::ready()?;
    let postgres = server.create_database(&format!("migrate_check_{}", std::process::id()))?;
    let folder = std::env::temp_dir().join(format!("citizenry-migrate-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let sqlite = format!("sqlite:{}", folder.join("check.sqlite").display());
    let outcome = process::run(schema(&programs, "check").arg(sqlite))
        .and_then(|()| process::run(schema(&programs, "check").arg(postgres)));
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// The example of `persistence` that tries migrations.
fn schema(programs: &Path, verb: &str) -> Command {
    let mut command = Command::new(programs.join("examples").join("schema"));
    command.arg(verb);
    command
}
