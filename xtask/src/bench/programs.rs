//! The programs of a run: built, started on free ports, ended with the run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::e2e::{address, output};
use crate::{Outcome, postgres, process, workspace};

/// How long a start may take; a debug build on a busy machine is slow.
const START: Duration = Duration::from_mins(2);

/// Where the binaries are.
pub(super) struct Binaries {
    /// The server.
    pub(super) citizenry: PathBuf,
    /// Hashes and does nothing else.
    pub(super) raw_rate: PathBuf,
    /// Answers and does nothing else.
    pub(super) bare: PathBuf,
}

impl Binaries {
    /// Builds them; the server only unless a binary is given.
    pub(super) fn build(given: Option<&Path>, debug: bool) -> Outcome<Self> {
        let mut arguments = vec!["build"];
        if !debug {
            arguments.push("--release");
        }
        arguments.extend(["--package", "citizenry-authn", "--example", "raw_rate"]);
        arguments.extend(["--package", "citizenry-http-kit", "--example", "bare"]);
        if given.is_none() {
            arguments.extend(["--package", "citizenry", "--bin", "citizenry"]);
        }
        process::run(&mut process::cargo(arguments))?;
        let folder = workspace::target()?.join(if debug { "debug" } else { "release" });
        let examples = folder.join("examples");
        Ok(Self {
            citizenry: match given {
                Some(binary) => binary.canonicalize()?,
                None => folder.join("citizenry"),
            },
            raw_rate: examples.join("raw_rate"),
            bare: examples.join("bare"),
        })
    }
}

/// A program that listens.
pub(super) struct Program {
    child: Child,
    /// Where it listens: `HOST:PORT`.
    pub(super) address: String,
}

impl Program {
    /// Starts it and waits until it says where it listens. What it says goes to a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Outcome<Self> {
        process::progress(&process::shown(command));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let lines = output(&mut child, log)?;
        let mut program = Self { child, address: String::new() };
        while let Ok(line) = lines.recv_timeout(START) {
            if let Some(found) = address(&line, "http") {
                found.trim_start_matches("http://").clone_into(&mut program.address);
                return Ok(program);
            }
        }
        Err(format!("it did not start, see {}", log.display()).into())
    }

    /// A line of the kernel's account of its memory, KiB: `VmRSS` now, `VmHWM` at its most.
    pub(super) fn memory(&self, what: &str) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or_else(|| format!("the kernel does not tell {what}"))?.parse()?)
    }

    /// Forgets how much memory it had at its most.
    pub(super) fn forget_peak(&self) -> Outcome {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Its data are thrown away with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Installs the load generator when it is missing.
pub(super) fn install_wrk() -> Outcome {
    if process::find("wrk").is_none() {
        postgres::install("wrk", "wrk")?;
    }
    Ok(())
}
