//! The project's chores, run as `cargo xtask <command>`.
//!
//! Plain Rust with two small dependencies, so that a fresh checkout can start it in seconds. Each
//! command has its own file; `process` runs other programs, `postgres` keeps a throw-away cluster
//! and `workspace` knows where things stand.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod bench;
mod certificate;
mod ci;
mod codegen;
mod e2e;
mod migrate;
mod postgres;
mod process;
mod source;
mod test;
mod tidy;
mod totals;
mod workspace;

use std::process::ExitCode;

/// What a command answers: nothing to say, or why it failed in words for a person.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask <command>

  test [-- ARGUMENTS]       every test, on SQLite and on a PostgreSQL that is started for the run
                            (and installed when missing); ARGUMENTS go to nextest and leave out
                            the doc tests
  e2e [--database sqlite|postgres|both] [--client NAME] [--release|--binary FILE]
                            drives the vendors' own client libraries against the real binary
  bench [NAME...] [--quick] [--database sqlite|postgres|both] [--binary FILE] [--users N]
        [--rounds N] [--debug]
                            what the server does, as ratios to a bare server, to the database's own
                            tools and to other providers; NAMEs leave out what is not named
  bench --write             the results of the last run into docs/performance.md and README.md
  ci                        every check but e2e, as one command
  tidy                      layout, crate arrows, file sizes, links and the like
  codegen [--check]         writes the generated files, or compares them
  migrate new NAME          makes an empty pair of migrations
  migrate run [ARGUMENTS]   runs what is pending (ARGUMENTS as for `citizenry migrate run`)
  migrate revert URL        takes the last migration of that database back
  migrate check             paired names, up-down-up on empty databases, equal to schema.rs
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "test" => test::command(rest),
        "e2e" => e2e::command(rest),
        "bench" => bench::command(rest),
        "ci" => ci::command(rest),
        "tidy" => tidy::command(rest),
        "codegen" => codegen::command(rest),
        "migrate" => migrate::command(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{USAGE}").into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {command}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Refuses arguments where a command takes none.
pub(crate) fn no_arguments(rest: &[String]) -> Outcome {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(format!("unexpected argument `{argument}`\n\n{USAGE}").into()),
    }
}
