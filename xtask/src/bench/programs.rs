//! The programs of a run: built, started on free ports, ended with the run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
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
    /// Signs and does nothing else.
    pub(super) raw_signatures: PathBuf,
    /// Answers and does nothing else.
    pub(super) bare: PathBuf,
}

impl Binaries {
    /// Builds them, or takes what stands in a folder; a server that is given is not built.
    pub(super) fn build(given: Option<&Path>, built: Option<&Path>, debug: bool) -> Outcome<Self> {
        let folder = if let Some(folder) = built {
            folder.canonicalize()?
        } else {
            process::run(&mut process::cargo(Self::selection(given.is_some(), debug)))?;
            workspace::target()?.join(if debug { "debug" } else { "release" })
        };
        let examples = folder.join("examples");
        Ok(Self {
            citizenry: match given {
                Some(binary) => binary.canonicalize()?,
                None => folder.join("citizenry"),
            },
            raw_rate: examples.join("raw_rate"),
            raw_signatures: examples.join("raw_signatures"),
            bare: examples.join("bare"),
        })
    }

    /// What cargo is asked to build.
    fn selection(given: bool, debug: bool) -> Vec<&'static str> {
        let mut arguments = vec!["build"];
        if !debug {
            arguments.push("--release");
        }
        arguments.extend(["--package", "citizenry-authn", "--example", "raw_rate"]);
        arguments.extend(["--package", "citizenry-oauth", "--example", "raw_signatures"]);
        arguments.extend(["--package", "citizenry-http-kit", "--example", "bare"]);
        if !given {
            arguments.extend(["--package", "citizenry", "--bin", "citizenry"]);
        }
        arguments
    }
}

/// A program that listens.
pub(super) struct Program {
    child: Child,
    /// Where it listens: `HOST:PORT`.
    pub(super) address: String,
    /// Where what it says goes.
    log: PathBuf,
}

impl Program {
    /// Starts it and waits until it says where it listens. What it says goes to a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Outcome<Self> {
        process::progress(&process::shown(command));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let lines = output(&mut child, log)?;
        let mut program = Self { child, address: String::new(), log: log.to_path_buf() };
        while let Ok(line) = lines.recv_timeout(START) {
            if let Some(found) = address(&line, "http") {
                found.trim_start_matches("http://").clone_into(&mut program.address);
                return Ok(program);
            }
        }
        Err(format!("it did not start, see {}", log.display()).into())
    }

    /// Takes a program that was started and listens there.
    pub(super) fn running(child: Child, address: String, log: &Path) -> Self {
        Self { child, address, log: log.to_path_buf() }
    }

    /// What it has said last, for a person who wonders why it failed.
    pub(super) fn last_words(&self) -> String {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        said.lines().next_back().unwrap_or_default().to_owned()
    }

    /// Seconds of processor time that the kernel has counted for it and its threads.
    pub(super) fn processor_time(&self) -> Outcome<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        ticks(&stat)
            .map(|ticks| super::as_f64(ticks) / super::as_f64(ticks_per_second()))
            .ok_or_else(|| "the kernel does not tell processor time".into())
    }

    /// Resident memory, MiB.
    pub(super) fn resident(&self) -> Outcome<f64> {
        Ok(super::as_f64(self.memory("VmRSS")?) / 1024.0)
    }

    /// Asks it to end by itself, and waits.
    pub(super) fn stop(mut self) -> Outcome {
        process::read(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let status = self.child.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("it ended with {status}: {}", self.last_words()).into())
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

/// Installs what makes load and what fills databases when it is missing.
pub(super) fn install() -> Outcome {
    for program in ["wrk", "sqlite3"] {
        if process::find(program).is_none() {
            postgres::install(program, program)?;
        }
    }
    Ok(())
}

/// User and system time of a line of `/proc/PID/stat`. The second field is the program's name in
/// parentheses and may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn ticks_per_second() -> u64 {
    static TICKS: OnceLock<u64> = OnceLock::new();
    *TICKS.get_or_init(|| {
        let said = process::read(Command::new("getconf").arg("CLK_TCK")).ok();
        // What Linux tells programs on every architecture.
        said.and_then(|text| text.trim().parse().ok()).unwrap_or(100)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "31584 (a) b) S 1 31568 16670 0 -1 4194304 11393 0 1 0 47 4 0 0 20 0 9";
        assert_eq!(ticks(stat), Some(51));
        assert_eq!(ticks("31584 (a"), None);
    }
}
