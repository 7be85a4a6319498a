//! Starts, and what the server takes while it does nothing.

use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

use super::database::Kind;
use super::http::Connection;
use super::installation::Installation;
use super::programs::Program;
use super::report::{Aim, Row, median};
use super::{Bench, as_f64};
use crate::Outcome;
use crate::e2e::{address, output};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// When a server that does nothing has come to rest.
const IDLE: Duration = Duration::from_secs(3);

/// Starts the server several times on nothing and on what is there.
pub(super) fn measure(bench: &Bench, kind: Kind) -> Outcome<Vec<Row>> {
    let mut first = Vec::new();
    let mut installation = bench.installation(kind, "start")?;
    for round in 0..bench.extent.starts {
        if round > 0 {
            installation = bench.installation(kind, "start")?;
        }
        let (program, time) = start(&installation)?;
        first.push(time);
        program.stop()?;
    }
    let (mut existing, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..bench.extent.starts {
        let (program, time) = start(&installation)?;
        existing.push(time);
        thread::park_timeout(IDLE);
        resident.push(program.resident()?);
        program.stop()?;
    }
    let (start, aim) = ("start to first answer", Aim::AtMost);
    let mut rows = vec![
        Row::figure(&format!("{start}, existing data"), " ms", median(existing), aim(60.0)),
        Row::figure(&format!("{start}, empty database"), " ms", median(first), aim(300.0)),
        Row::figure("memory idle", " MiB", median(resident), aim(15.0)),
    ];
    if kind == Kind::Sqlite {
        rows.push(size(bench)?);
    }
    Ok(rows)
}

/// The binary as it is shipped.
fn size(bench: &Bench) -> Outcome<Row> {
    let bytes = std::fs::metadata(&bench.binaries.citizenry)?.len();
    let megabytes = as_f64(bytes) / 1e6;
    Ok(Row::figure("size of the binary", " MB", megabytes, Aim::AtMost(25.0)))
}

/// Starts the server and answers how many milliseconds passed until it had answered a request.
fn start(installation: &Installation) -> Outcome<(Program, f64)> {
    let log = installation.folder.join("citizenry.log");
    let mut command: Command = installation.serve();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let lines = output(&mut child, &log)?;
    let mut program = Program::running(child, String::new(), &log);
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                // The management API's address is told before anybody listens.
                let Some(found) =
                    line.strip_prefix("listening on ").and_then(|it| address(it, "http"))
                else {
                    continue;
                };
                found.trim_start_matches("http://").clone_into(&mut program.address);
                break;
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(format!("it did not start: {}", program.last_words()).into());
            }
        }
    }
    let path = "/.well-known/openid-configuration";
    Connection::open(&program.address)?.send("GET", path, &[], "")?.json(path)?;
    let passed = begin.elapsed().as_secs_f64() * 1e3;
    Ok((program, passed))
}
