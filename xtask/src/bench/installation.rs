//! An installation of the server: its folder, its database, its settings.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::Value;

use super::database::{Database, Kind};
use super::programs::Program;
use super::world::{HASH_MEMORY, HASH_PASSES};
use crate::postgres::{self, Server};
use crate::{Outcome, process};

/// Passwords that may wait for each hashing thread, as by default.
const QUEUE_PER_THREAD: usize = 16;

/// What an installation is made of.
pub(super) struct Installation {
    binary: PathBuf,
    /// Where its data, its logs and the scripts of loads on it are.
    pub(super) folder: PathBuf,
    /// Its database.
    pub(super) database: Database,
    /// The threads that hash.
    pub(super) hash_threads: usize,
}

impl Installation {
    /// A new one: what was in the folder and in the database before is gone.
    pub(super) fn new(
        binary: &Path,
        below: &Path,
        kind: Kind,
        cluster: Option<&Server>,
        name: &str,
    ) -> Outcome<Self> {
        let folder = below.join(format!("{}-{name}", kind.slug()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let data = folder.join("data");
        std::fs::create_dir_all(&folder)?;
        let database = Database::empty(kind, &data, cluster, &format!("citizenry_bench_{name}"))?;
        let cores = thread::available_parallelism()?.get();
        let hash_threads = cores.saturating_sub(1).max(1);
        Ok(Self { binary: binary.to_path_buf(), folder, database, hash_threads })
    }

    /// The binary with what every verb needs to find this installation.
    pub(super) fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(verb).arg("--data-dir").arg(self.folder.join("data"));
        if let Database::Postgres(url) = &self.database {
            command.args(["--database-url", url]);
        }
        // The server takes every such variable for a setting.
        command.env_remove(postgres::TEST_URL);
        command
    }

    /// The server, not yet started.
    pub(super) fn serve(&self) -> Command {
        let mut command = self.command("serve");
        command.args(["--listen", "127.0.0.1:0"]);
        for (key, value) in [
            ("hash_threads", self.hash_threads.to_string()),
            ("hash_queue", self.hash_queue().to_string()),
            ("hash_memory", HASH_MEMORY.to_string()),
            ("hash_passes", HASH_PASSES.to_string()),
        ] {
            command.arg("--set").arg(format!("sign_in.{key}={value}"));
        }
        command
    }

    /// Starts the server.
    pub(super) fn start(&self) -> Outcome<Program> {
        Program::start(&mut self.serve(), &self.folder.join("citizenry.log"))
    }

    /// Credentials for every door.
    pub(super) fn bootstrap(&self) -> Outcome<Value> {
        let said = process::read(self.command("bootstrap").args(["--format", "json"]))?;
        Ok(serde_json::from_str(&said)?)
    }

    /// Whether the binary knows a verb.
    pub(super) fn knows(&self, verb: &str) -> bool {
        process::read(Command::new(&self.binary).args([verb, "--help"])).is_ok()
    }

    /// Sign-ins that the pool takes: those that are hashed and those that wait.
    pub(super) fn hash_capacity(&self) -> usize {
        self.hash_threads + self.hash_queue()
    }

    fn hash_queue(&self) -> usize {
        self.hash_threads * QUEUE_PER_THREAD
    }
}
