//! `citizenry doctor`.

use std::os::unix::fs::PermissionsExt as _;

use citizenry_config::{Configuration, Loaded};
use citizenry_persistence::Database;
use serde::Serialize;

use crate::data_directory::DataDirectory;
use crate::failure::{Exit, Failure};
use crate::installation::{self, Installation, migration_failed};
use crate::logging;
use crate::output::{self, Format, Rows};

/// One thing that was looked at.
#[derive(Serialize)]
struct Check {
    #[serde(rename = "check")]
    subject: &'static str,
    result: &'static str,
    detail: String,
}

impl Rows for Check {
    fn columns() -> &'static [&'static str] {
        &["CHECK", "RESULT", "DETAIL"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.subject.into(), self.result.into(), self.detail.clone()]
    }
}

impl Check {
    fn of(subject: &'static str, outcome: Result<String, Failure>) -> Self {
        match outcome {
            Ok(detail) => Self { subject, result: "ok", detail },
            Err(failure) => Self { subject, result: "failed", detail: failure.in_one_line() },
        }
    }
}

/// Looks at everything, and fails when something is wrong.
pub(crate) async fn run(format: Format, loaded: &Loaded) -> Result<(), Failure> {
    let configuration = &loaded.configuration;
    let mut checks = vec![
        Check::of("configuration", logging::filter(loaded).map(|_| "no problems".into())),
        Check::of("data directory", data_directory(configuration)),
    ];
    match installation::open_existing(configuration).await {
        Err(failure) => checks.push(Check::of("database", Err(failure))),
        Ok(database) => {
            checks.push(Check::of("database", Ok("answers".into())));
            checks.push(Check::of("schema", schema(&database).await));
            let opened = Installation::open(configuration).await;
            checks.push(Check::of("master key", master_key(&opened).await));
            checks.push(Check::of("administrator", administrator(&opened).await));
            database.close().await;
        }
    }
    output::list(format, &checks)?;
    match checks.iter().filter(|check| check.result != "ok").count() {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Failed, format!("{count} checks failed"))),
    }
}

fn data_directory(configuration: &Configuration) -> Result<String, Failure> {
    let directory = DataDirectory::at(&configuration.server.data_dir);
    let path = directory.path().display();
    let metadata = std::fs::metadata(directory.path())
        .map_err(|error| Failure::new(Exit::Unavailable, format!("{path}: {error}")))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("{path} has mode {mode:03o}: others can look in");
        return Err(Failure::new(Exit::Refused, message).advise(format!("chmod 700 {path}")));
    }
    Ok(format!("{path}, mode {mode:03o}"))
}

async fn schema(database: &Database) -> Result<String, Failure> {
    let pending = database.pending().await.map_err(|error| migration_failed(&error))?;
    if pending.is_empty() {
        Ok("that of this program".into())
    } else {
        Err(Failure::new(Exit::Unavailable, format!("lacks {}", pending.join(", ")))
            .advise("citizenry migrate run"))
    }
}

async fn master_key(opened: &Result<Installation, Failure>) -> Result<String, Failure> {
    let installation = opened.as_ref().map_err(Clone::clone)?;
    installation.check_master_key().await?;
    Ok("opens what the database holds".into())
}

async fn administrator(opened: &Result<Installation, Failure>) -> Result<String, Failure> {
    let installation = opened.as_ref().map_err(Clone::clone)?;
    let operator = installation.operator().await?;
    let (now, found) =
        (installation.directory.now(), installation.directory.administrators(&operator).await?);
    match found.iter().filter(|view| view.user.can_sign_in(now)).count() {
        0 => Err(Failure::new(Exit::Refused, "nobody can administer the tenant default").advise(
            "citizenry bootstrap issues a new password, citizenry user unlock lifts a lock",
        )),
        count => Ok(format!("{count} can sign in to the tenant default")),
    }
}
