//! Memory: what a server has taken after a while of everything at once.

use std::time::Duration;

use super::database::Kind;
use super::report::{Aim, Row};
use super::scripts::Requests;
use super::users::{grouped, numbers};
use super::world::{USERS, World, audience};
use super::wrk::{self, CONNECTIONS, Pressure};
use super::{Bench, population};
use crate::Outcome;

/// Reads, lists, asks for tokens and makes users, and looks at the memory afterwards.
pub(super) fn measure(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let fields = [("grant_type", "client_credentials"), ("audience", &*audience("ES256"))];
    let requests = Requests::Mixed {
        token: world.token.clone(),
        lines: world.users_file(),
        form: world.form(&fields),
        body: population::template("mixed").to_string().replace("@NAME@", "王小伟"),
        first: numbers(),
    };
    let during = match world.installation.database.kind() {
        Kind::Sqlite => bench.extent.endurance,
        // The server keeps no pages of the database here: it comes to rest sooner.
        Kind::Postgres => bench.extent.endurance.min(Duration::from_mins(1)),
    };
    let pressure = Pressure { connections: CONNECTIONS, during, folder: &bench.folder };
    let load = wrk::run(&world.server, USERS, &requests, pressure)?;
    let memory = load.memory.ok_or("the kernel does not tell its memory")?;
    let seconds = during.as_secs();
    let time = if seconds.is_multiple_of(60) {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    };
    let work = format!("memory after {time} of mixed load, {} users", grouped(world.filled()));
    let note =
        "70 of 100 requests read a user, 10 a page of 50, 10 ask for a token, 10 make a user";
    Ok(vec![
        Row::figure(&work, " MiB", memory, Aim::AtMost(100.0)).with_loads(&[load]).with_note(note),
    ])
}
