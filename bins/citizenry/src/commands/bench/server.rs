//! The server that is measured: this binary, started once more.

use std::io::{BufRead as _, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::PUBLIC_URL;
use super::interruption::{Interruption, SharedChild, end};
use crate::arguments::Common;
use crate::failure::{Exit, Failure};

/// What stands in front of the address.
const LISTENING: &str = "listening on http://";
/// The kernel's ticks in a second, the same for programs on every architecture of Linux.
const TICKS: f64 = 100.0;

/// A running server; it ends with the benchmark.
pub(super) struct Server {
    child: SharedChild,
    process: u32,
    /// Kept open: a server whose output nobody takes would notice.
    output: BufReader<ChildStdout>,
    /// `HOST:PORT`.
    pub(super) address: String,
}

impl Server {
    /// Starts it with the same settings and waits until it listens. A signal ends it too.
    pub(super) fn start(common: &Common, interruption: &Interruption) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Unavailable, error);
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--public-url", PUBLIC_URL]);
        command.args(["--log-level", "warn"]);
        if let Some(config) = &common.config {
            command.arg("--config").arg(config);
        }
        for setting in &common.set {
            command.args(["--set", setting]);
        }
        // A URL may hold a password, which arguments would show to everybody.
        command.env_remove("CITIZENRY_DATABASE__URL_FILE");
        command.env("CITIZENRY_DATABASE__URL", common.database_url.as_deref().unwrap_or_default());
        command.args(["--data-dir", common.data_dir.as_deref().unwrap_or_default()]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (process, output) = (child.id(), child.stdout.take());
        let child = Arc::new(Mutex::new(child));
        interruption.will_end(&child);
        let Some(output) = output else {
            end(&child);
            return Err(Failure::new(Exit::Failed, "the server has no output"));
        };
        let (output, address) = (BufReader::new(output), String::new());
        let mut server = Self { child, process, output, address };
        let mut line = String::new();
        while server.output.read_line(&mut line).map_err(failed)? > 0 {
            if let Some((_, address)) = line.split_once(LISTENING) {
                address.trim().clone_into(&mut server.address);
                return Ok(server);
            }
            line.clear();
        }
        Err(Failure::new(Exit::Failed, "the server did not start"))
    }

    /// Seconds of processor time so far, where the kernel tells.
    pub(super) fn processor_time(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process)).ok()?;
        // The program's name stands in parentheses and may hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let (user, system): (u32, u32) =
            (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((f64::from(user) + f64::from(system)) / TICKS)
    }

    /// Resident memory, MiB, where the kernel tells.
    pub(super) fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u32 = line.split_whitespace().next()?.parse().ok()?;
        Some(f64::from(kib) / 1_024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&self.child);
    }
}
