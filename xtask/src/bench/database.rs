//! The databases of a run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::postgres::{self, Server};
use crate::{Outcome, process};

/// Which of the databases that the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Compiled into the server.
    Sqlite,
    /// A cluster of its own for the run, which keeps what it has answered like any other.
    Postgres,
}

impl Kind {
    /// As people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// As a folder or a database is named.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// One database.
pub(super) enum Database {
    /// A file, made by the server.
    Sqlite(PathBuf),
    /// Its address.
    Postgres(String),
}

impl Database {
    /// An empty one, or the place for one.
    pub(super) fn empty(
        kind: Kind,
        data: &Path,
        cluster: Option<&Server>,
        name: &str,
    ) -> Outcome<Self> {
        match kind {
            Kind::Sqlite => Ok(Self::Sqlite(data.join("citizenry.sqlite"))),
            Kind::Postgres => {
                let cluster = cluster.ok_or("there is no PostgreSQL")?;
                cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
                Ok(Self::Postgres(cluster.create_database(name)?))
            }
        }
    }

    /// Which it is.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// Runs statements and answers what the last ones show: a line a row, `|` between columns.
    pub(super) fn sql(&self, statements: &str) -> Outcome<String> {
        match self {
            Self::Sqlite(file) => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-bail", "-cmd", ".timeout 60000"]);
                process::read(command.arg(file).arg(statements))
            }
            Self::Postgres(url) => postgres::sql(url, statements),
        }
    }

    /// Brings its statistics up to date, as the database does by itself in quieter times.
    pub(super) fn settle(&self) -> Outcome {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.sql("VACUUM (ANALYZE)").map(drop),
        }
    }
}
