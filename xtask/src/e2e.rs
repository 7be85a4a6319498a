//! `cargo xtask e2e`: the vendors' own client libraries and other people's relying parties against
//! the real binary.
//!
//! The scripts stand in `bins/citizenry/tests/e2e/clients`, one a client, beside the lock
//! files that pin the libraries. Each reads where the server is from the file that
//! `CITIZENRY_E2E` names, prints `ok …` or `FAIL …` for each check and ends with 0 or 1.

mod clients;
mod people;
mod server;
mod system_packages;

use std::path::{Path, PathBuf};

use clients::Client;
pub(crate) use clients::{install_node, installed};
use server::{Installation, Running};
pub(crate) use server::{address, output};

use crate::certificate::Certificate;
use crate::postgres::Server;
use crate::totals::Totals;
use crate::{Outcome, process, workspace};

/// What the arguments ask for.
struct Wanted {
    sqlite: bool,
    postgres: bool,
    client: Option<String>,
    release: bool,
    binary: Option<PathBuf>,
}

/// Runs the clients, on each database.
pub(crate) fn command(rest: &[String]) -> Outcome {
    let wanted = Wanted::from(rest)?;
    let clients = clients::chosen(wanted.client.as_deref())?;
    clients::install(&clients)?;
    let citizenry = wanted.citizenry()?;
    let mut totals = Totals::default();
    let mut failures = Vec::new();
    if wanted.sqlite {
        one_database(&citizenry, "sqlite", None, &clients, &mut totals, &mut failures)?;
    }
    if wanted.postgres {
        let cluster = Server::ready()?;
        let name = format!("citizenry_e2e_{}", std::process::id());
        let url = cluster.create_database(&name)?;
        one_database(&citizenry, "postgres", Some(&url), &clients, &mut totals, &mut failures)?;
    }
    println!("{totals}");
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

impl Wanted {
    /// The binary that is asked for, built unless it is given.
    fn citizenry(&self) -> Outcome<PathBuf> {
        if let Some(binary) = &self.binary {
            return Ok(binary.canonicalize()?);
        }
        if self.release {
            process::run(&mut process::cargo(["build", "--release", "--package", "citizenry"]))?;
            return Ok(workspace::target()?.join("release").join("citizenry"));
        }
        Ok(workspace::build_programs()?.join("citizenry"))
    }

    fn from(rest: &[String]) -> Outcome<Self> {
        let mut wanted =
            Self { sqlite: true, postgres: true, client: None, release: false, binary: None };
        let mut arguments = rest.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            match argument {
                "--release" => wanted.release = true,
                "--binary" => {
                    wanted.binary = Some(arguments.next().ok_or("--binary needs a file")?.into());
                }
                "--client" => {
                    wanted.client = Some(arguments.next().ok_or("--client needs a name")?.into());
                }
                "--database" => match arguments.next() {
                    Some("sqlite") => wanted.postgres = false,
                    Some("postgres") => wanted.sqlite = false,
                    Some("both") => {}
                    _ => return Err("--database is one of sqlite, postgres, both".into()),
                },
                other => return Err(format!("unexpected argument `{other}`").into()),
            }
        }
        Ok(wanted)
    }
}

/// A fresh installation on one database, and every client against it.
fn one_database(
    citizenry: &Path,
    database: &str,
    url: Option<&str>,
    clients: &[Client],
    totals: &mut Totals,
    failures: &mut Vec<String>,
) -> Outcome {
    process::progress(&format!("starting citizenry on {database}"));
    let folder = workspace::target()?.join("e2e").join(database);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let certificate = Certificate::make(&folder)?;
    let running =
        Running::start(Installation { citizenry, folder: &folder, database: url }, &certificate)?;
    let settings = running.write_settings(&certificate)?;
    for client in clients {
        let mut counted = Totals::default();
        let mut command = client.command(&settings);
        let status = process::stream(&mut command, |line| match line.split(' ').next() {
            Some("ok") => counted.passed += 1,
            Some("FAIL") => counted.failed += 1,
            _ => {}
        })?;
        process::progress(&format!("{} on {database}: {counted}", client.name()));
        if counted.passed == 0 {
            failures.push(format!("{} on {database} checked nothing", client.name()));
        } else if !status.success() || counted.failed > 0 {
            failures.push(format!("{} on {database} ended with {status}", client.name()));
        }
        totals.add(counted);
    }
    if let Err(error) = running.stop() {
        failures.push(format!("on {database}: {error}"));
    }
    Ok(())
}
