//! Other providers, as registries ship them, with the same clients and users.

use std::path::PathBuf;
use std::process::Command;

use super::Bench;
use super::programs::Program;
use super::report::Aim;
use super::rounds::Side;
use super::scripts::Requests;
use super::users::{MAKERS, numbers};
use super::world::World;
use crate::{Outcome, e2e, process, workspace};

/// npm `oidc-provider`, with the client of ours.
pub(super) fn oidc_provider(bench: &Bench, world: &World) -> Outcome<Program> {
    e2e::install_node()?;
    let script = "bins/citizenry/tests/e2e/clients/oidc/measured_peer.mjs";
    let mut command = Command::new("node");
    command.arg(workspace::root().join(script)).env("NODE_ENV", "production");
    command.env("CITIZENRY_E2E_NODE", e2e::installed("node"));
    // Not as arguments: those are printed.
    command.env("CLIENT_ID", &world.client_id).env("CLIENT_SECRET", &world.client_secret);
    Program::start(&mut command, &bench.folder.join("peer.log"))
}

/// A provider that keeps users.
pub(super) struct Peer {
    name: &'static str,
    /// Where and how users are made there; or why they cannot be.
    running: Result<Running, String>,
}

struct Running {
    program: Program,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Peer {
    /// Making users there, beside making them here.
    pub(super) fn creating<'a>(&'a self, bench: &'a Bench) -> Side<'a> {
        Side {
            name: self.name,
            aim: Aim::None,
            measure: Box::new(move || {
                let running = self.running.as_ref().map_err(Clone::clone)?;
                let requests = Requests::Create {
                    headers: running.headers.clone(),
                    body: running.body.clone(),
                    names: super::population::names(),
                    first: numbers(),
                };
                bench.load_by(MAKERS, &running.program, &running.path, &requests)
            }),
        }
    }
}

/// Those that keep users, started.
pub(super) fn of_users(bench: &Bench) -> Vec<Peer> {
    let peer = |name, start: fn(&Bench) -> Outcome<Running>| {
        let running = start(bench).map_err(|why| why.to_string());
        Peer { name, running }
    };
    vec![
        peer("npm better-auth, users in memory", better_auth),
        peer("Debian glewlwyd, SQLite", glewlwyd),
    ]
}

/// Where the scripts and manifests of peers are.
fn scripts() -> PathBuf {
    workspace::root().join("xtask/src/bench/peers")
}

/// npm `better-auth` with its own store in memory; the script prints how users are made.
fn better_auth(bench: &Bench) -> Outcome<Running> {
    let folder = bench.folder.join("better-auth");
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", "better_auth.mjs"] {
        std::fs::copy(scripts().join(file), folder.join(file))?;
    }
    if !folder.join("node_modules").exists() {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        process::run(&mut npm)?;
    }
    let mut node = Command::new("node");
    node.arg(folder.join("better_auth.mjs")).env("NODE_ENV", "production");
    let log = folder.join("log");
    let program = Program::start(&mut node, &log)?;
    let said = std::fs::read_to_string(&log)?;
    let cookie = said.lines().find_map(|line| line.strip_prefix("cookie "));
    let cookie = cookie.ok_or("it says no cookie")?.to_owned();
    let origin = format!("http://{}", program.address);
    Ok(Running {
        program,
        path: "/api/auth/admin/create-user".to_owned(),
        headers: vec![("Cookie".to_owned(), cookie), ("Origin".to_owned(), origin)],
        body: r#"{"email":"made%09d@mail.example.com","name":"@NAME@","role":"user"}"#.to_owned(),
    })
}

/// Debian's `glewlwyd`.
fn glewlwyd(_bench: &Bench) -> Outcome<Running> {
    Err("not set up yet".into())
}
