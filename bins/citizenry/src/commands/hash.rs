//! `citizenry hash`.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use citizenry_authn::{CalibrationLimits, Candidate, calibrate};
use citizenry_config::Configuration;
use clap::Subcommand;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::output::{self, Format, Rows};
use crate::progress;

/// Password hashes
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry hash calibrate                      what this machine can afford, and what to configure
  citizenry hash calibrate --target 100         for hashes of at most 100 ms
  citizenry hash calibrate --memory 512         with at most 512 MiB for all hashing threads")]
pub(crate) enum Command {
    /// Measure what a hash costs here and propose settings
    Calibrate {
        /// How long one hash may take, milliseconds
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        target: u64,
        /// The most memory of all hashing threads together, MiB
        #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(8..=65_536))]
        memory: u64,
    },
}

#[derive(Serialize)]
struct Line {
    proposed: bool,
    hash_memory: u32,
    hash_passes: u32,
    milliseconds: f64,
    hashes_per_second: f64,
    memory_mib: u64,
    fits: bool,
}

impl From<Candidate> for Line {
    fn from(candidate: Candidate) -> Self {
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        Self {
            proposed: candidate.proposed,
            hash_memory: candidate.cost.memory_kib,
            hash_passes: candidate.cost.passes,
            milliseconds: tenth(candidate.time.as_secs_f64() * 1_000.0),
            hashes_per_second: tenth(candidate.hashes_per_second),
            memory_mib: candidate.memory_kib / 1_024,
            fits: candidate.fits,
        }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &[
            "proposed",
            "sign_in.hash_memory",
            "sign_in.hash_passes",
            "ms a hash",
            "hashes/s",
            "MiB of all threads",
            "within the limits",
        ]
    }

    fn cells(&self) -> Vec<String> {
        let word = |yes: bool| if yes { "yes" } else { "" }.to_owned();
        vec![
            word(self.proposed),
            self.hash_memory.to_string(),
            self.hash_passes.to_string(),
            self.milliseconds.to_string(),
            self.hashes_per_second.to_string(),
            self.memory_mib.to_string(),
            word(self.fits),
        ]
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let Command::Calibrate { target, memory } = command;
    let cores = available_parallelism().map_or(1, NonZero::get);
    let threads =
        configuration.sign_in.hash_threads.map_or(cores.saturating_sub(1), |n| n as usize);
    let limits = CalibrationLimits { memory_kib: memory * 1_024, threads: threads.max(1) };
    let measuring =
        tokio::task::spawn_blocking(move || calibrate(Duration::from_millis(target), limits));
    let measured = progress::shown("measuring hashes", measuring).await;
    let measured = measured.map_err(|error| Failure::new(Exit::Failed, error))??;
    let lines: Vec<Line> = measured.into_iter().map(Line::from).collect();
    output::list(format, &lines)
}
