//! What everybody may read: keys and discovery.

use super::Bench;
use super::http::Connection;
use super::report::{Aim, Row};
use super::rounds::{Side, compare, teach};
use super::scripts::Requests;
use super::world::World;
use crate::Outcome;

const DOCUMENTS: [(&str, &str, &str); 2] = [
    ("JWKS", "/.well-known/jwks.json", "jwks"),
    ("discovery", "/.well-known/openid-configuration", "discovery"),
];

/// Both documents beside the same bytes.
pub(super) fn measure(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (work, path, name) in DOCUMENTS {
        let mut connection = Connection::open(&world.server.address)?;
        let answer = connection.send("GET", path, &[], "")?;
        answer.json(path)?;
        teach(&bench.bare, name, "", &answer.body)?;
        let note = validated(&mut connection, path, answer.header("etag"))?;
        let bare = format!("/{name}");
        let compared = compare(
            work,
            bench.extent.rounds,
            Box::new(|| bench.load(&world.server, path, &Requests::Plain)),
            vec![Side {
                name: "bare, same bytes",
                aim: Aim::AtLeast(0.9),
                measure: Box::new(|| bench.load(&bench.bare, &bare, &Requests::Plain)),
            }],
        );
        rows.extend(compared.into_iter().map(|row| row.with_note(note)));
    }
    Ok(rows)
}

/// What the server says to somebody who has the document already.
fn validated(connection: &mut Connection, path: &str, etag: Option<&str>) -> Outcome<&'static str> {
    let Some(etag) = etag else { return Ok("no ETag") };
    let answer = connection.send("GET", path, &[("If-None-Match", etag)], "")?;
    Ok(if answer.status == 304 { "ETag, 304" } else { "ETag, but no 304" })
}
