//! Other providers, as registries ship them, with the same clients and users.

mod better_auth;
mod glewlwyd;

use std::path::PathBuf;
use std::process::Command;

use super::Bench;
use super::programs::Program;
use super::report::Aim;
use super::rounds::Side;
use super::scripts::Requests;
use super::users::numbers;
use super::world::World;
use crate::{Outcome, e2e, workspace};

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

/// Another provider that answers one kind of request.
pub(super) struct Peer {
    name: &'static str,
    /// How it is asked; or why it cannot be.
    asked: Result<Asked, String>,
}

/// A running provider and a request to it.
struct Asked {
    program: Program,
    path: &'static str,
    headers: Vec<(String, String)>,
    /// As for [`Requests::Create`].
    body: String,
}

impl Peer {
    fn of(name: &'static str, start: impl FnOnce() -> Outcome<Asked>) -> Self {
        Self { name, asked: start().map_err(|why| why.to_string()) }
    }

    /// What it does, beside the same here.
    pub(super) fn side<'a>(&'a self, bench: &'a Bench, callers: usize) -> Side<'a> {
        Side {
            name: self.name,
            aim: Aim::None,
            measure: Box::new(move || {
                let asked = self.asked.as_ref().map_err(Clone::clone)?;
                let requests = Requests::Create {
                    headers: asked.headers.clone(),
                    body: asked.body.clone(),
                    names: super::population::names(),
                    first: numbers(),
                };
                bench.load_by(callers, &asked.program, asked.path, &requests)
            }),
        }
    }
}

/// Those that keep users, started.
pub(super) fn of_users(bench: &Bench) -> Vec<Peer> {
    vec![
        Peer::of("npm better-auth, users in memory", || better_auth::users(bench)),
        Peer::of("Debian glewlwyd on SQLite", || glewlwyd::users(bench)),
    ]
}

/// One that signs tokens, for the algorithm ES256.
pub(super) fn of_tokens(bench: &Bench) -> Peer {
    Peer::of("Debian glewlwyd on SQLite", || glewlwyd::tokens(bench))
}

/// Where the scripts and manifests of peers are.
fn scripts() -> PathBuf {
    workspace::root().join("xtask/src/bench/peers")
}
