//! `cargo xtask bench`: what the server does in a second, as ratios to what the same machine does in
//! the same run with less to do.
//!
//! Figures of a machine alone say little: here each stands beside the raw rate of password hashes, a
//! bare HTTP server that answers the same bytes, another provider, or the same work in quiet times.
//! They are taken in turn, several rounds of each, and a ratio is the median of the rounds' ratios.

mod http;
mod overload;
mod programs;
mod report;
mod sign_in;
mod tokens;
mod world;
mod wrk;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::json;

use programs::{Binaries, Program};
use report::Ratio;
use tokens::Servers;
use world::World;

use crate::{Outcome, e2e, process, workspace};

/// How long and how often things are measured.
struct Extent {
    rounds: usize,
    /// A round of sign-ins.
    sign_in: Duration,
    /// A round of tokens on one server.
    tokens: Duration,
    /// A round of quiet or stormy times.
    overload: Duration,
}

impl Extent {
    /// Under three minutes.
    const FULL: Self = Self {
        rounds: 3,
        sign_in: Duration::from_secs(3),
        tokens: Duration::from_secs(2),
        overload: Duration::from_secs(3),
    };
    /// To see that everything works.
    const QUICK: Self = Self {
        rounds: 1,
        sign_in: Duration::from_secs(1),
        tokens: Duration::from_secs(1),
        overload: Duration::from_secs(1),
    };
}

/// What the arguments ask for.
struct Wanted {
    extent: Extent,
    /// Builds without optimisation.
    debug: bool,
    binary: Option<PathBuf>,
}

impl Wanted {
    fn from(rest: &[String]) -> Outcome<Self> {
        let mut wanted = Self { extent: Extent::FULL, debug: false, binary: None };
        let mut arguments = rest.iter().map(String::as_str);
        match arguments.next() {
            Some("sign-in") => {}
            Some(other) => return Err(format!("there is no benchmark `{other}`").into()),
            None => return Err("which benchmark? There is: sign-in".into()),
        }
        while let Some(argument) = arguments.next() {
            match argument {
                "--quick" => wanted.extent = Extent::QUICK,
                "--debug" => wanted.debug = true,
                "--binary" => {
                    wanted.binary = Some(arguments.next().ok_or("--binary needs a file")?.into());
                }
                other => return Err(format!("unexpected argument `{other}`").into()),
            }
        }
        Ok(wanted)
    }
}

/// Measures, prints the table and writes it as JSON.
pub(crate) fn command(rest: &[String]) -> Outcome {
    let wanted = Wanted::from(rest)?;
    programs::install_wrk()?;
    e2e::install_node()?;
    let binaries = Binaries::build(wanted.binary.as_deref(), wanted.debug)?;
    let folder = workspace::target()?.join("bench");
    std::fs::create_dir_all(&folder)?;
    let world = World::make(&binaries, &folder)?;
    let bare = Program::start(&mut Command::new(&binaries.bare), &folder.join("bare.log"))?;
    let peer = start_peer(&world, &folder)?;
    let extent = &wanted.extent;

    process::progress("password sign-ins");
    let mut ratios = sign_in::measure(&world, &binaries, extent)?;
    process::progress("tokens");
    let servers = Servers { world: &world, bare: &bare, peer: &peer };
    ratios.extend(tokens::measure(&servers, extent, &folder)?);
    process::progress("a storm of sign-ins");
    // By now the hashing threads have given back the memory of the sign-ins before.
    let (storm, details) = overload::measure(&world, extent)?;
    ratios.extend(storm);

    let report = folder.join("sign-in.json");
    let cores = thread::available_parallelism()?.get();
    let document = json!({
        "cores": cores,
        "optimised": !wanted.debug,
        "rounds": extent.rounds,
        "hash_threads": world.hash_threads,
        "hash_memory_kib": world::HASH_MEMORY,
        "hash_passes": world::HASH_PASSES,
        "connections": wrk::CONNECTIONS,
        "ratios": ratios.iter().map(Ratio::json).collect::<Vec<_>>(),
        "storm": details,
    });
    std::fs::write(&report, serde_json::to_vec_pretty(&document)?)?;
    println!("\n{}", report::table(&ratios));
    println!("storm: {details}");
    println!(
        "{cores} cores, SQLite, medians of {} interleaved rounds; also in {}",
        extent.rounds,
        report.display()
    );
    if wanted.debug {
        println!("built without optimisation: the figures say nothing");
    }
    Ok(())
}

/// Another provider, with the client of ours.
fn start_peer(world: &World, folder: &Path) -> Outcome<Program> {
    let script = "bins/citizenry/tests/e2e/clients/oidc/measured_peer.mjs";
    let mut command = Command::new("node");
    command.arg(workspace::root().join(script)).env("NODE_ENV", "production");
    command.env("CITIZENRY_E2E_NODE", e2e::installed("node"));
    // Not as arguments: those are printed.
    command.env("CLIENT_ID", &world.client_id).env("CLIENT_SECRET", &world.client_secret);
    Program::start(&mut command, &folder.join("peer.log"))
}

/// A count among figures; none here is so large that it would lose a digit.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
