//! Two servers on one database: whether what is made or changed through one is so at once through the
//! other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::Bench;
use super::database::Kind;
use super::http::{Connection, escaped};
use super::programs::Program;
use super::report::{Aim, Row};
use super::users::grouped;
use super::world::{USERS, text, token};
use crate::Outcome;

/// Callers at a time.
const CALLERS: usize = 32;
/// Every so many users one is changed, too.
const CHANGED: u64 = 3;
/// Where clients reach both servers, they are told; nothing listens there.
const PUBLIC_URL: &str = "http://localhost:8080";

/// Makes users through each server in turn, and reads, finds and changes them through the other.
pub(super) fn measure(bench: &Bench) -> Outcome<Vec<Row>> {
    let installation = bench.installation(Kind::Postgres, "group")?;
    let start = |log: &str| {
        let mut serve = installation.serve();
        serve.args(["--public-url", PUBLIC_URL]);
        Program::start(&mut serve, &installation.folder.join(log))
    };
    let servers = [start("first.log")?, start("second.log")?];
    let token = token(&servers[0].address, &installation.bootstrap()?, &[])?;
    let (count, begin, next) = (bench.extent.group, Instant::now(), AtomicU64::new(0));
    let work = || -> Result<u64, String> {
        let mut caller = Caller::open(&servers, &token).map_err(|error| error.to_string())?;
        let mut misses = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(misses);
            }
            misses += caller.misses_of(number).map_err(|error| error.to_string())?;
        }
    };
    let misses = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(work)).collect();
        callers.into_iter().try_fold(0, |sum, caller| {
            let misses = caller.join().map_err(|_panic| "a caller panicked".to_owned())??;
            Ok::<u64, String>(sum + misses)
        })
    })?;
    let work = format!(
        "misses of {} users made through one of two servers, read and found through the other",
        grouped(count)
    );
    let note = format!(
        "{CALLERS} callers; found by address and by a part of the name; one in {CHANGED} changed and \
         read back; {} s",
        begin.elapsed().as_secs()
    );
    let misses = super::as_f64(misses);
    Ok(vec![Row::figure(&work, "", misses, Aim::AtMost(0.0)).with_note(note)])
}

/// A caller with a connection to each server.
struct Caller {
    connections: [Connection; 2],
    authorization: String,
}

impl Caller {
    fn open(servers: &[Program; 2], token: &str) -> Outcome<Self> {
        let [first, second] = servers;
        let connections = [Connection::open(&first.address)?, Connection::open(&second.address)?];
        Ok(Self { connections, authorization: format!("Bearer {token}") })
    }

    /// Asks the servers in turn: who is `here` for one number is `there` for the next.
    fn ask(&mut self, turn: u64, method: &str, path: &str, body: &str) -> Outcome<(u16, Value)> {
        let [first, second] = &mut self.connections;
        let connection = if turn.is_multiple_of(2) { first } else { second };
        let headers =
            [("Authorization", &*self.authorization), ("Content-Type", "application/json")];
        let answer = connection.send(method, &format!("{USERS}{path}"), &headers, body)?;
        Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
    }

    /// Makes a user through one server and answers what the other does not know of him.
    fn misses_of(&mut self, number: u64) -> Outcome<u64> {
        let (here, there) = (number, number + 1);
        let email = format!("member{number}@example.com");
        let body = json!({
            "connection": "authok", "username": format!("member{number}"), "email": email,
            "name": format!("李雷 up{number:06}on"),
        });
        let (status, made) = self.ask(here, "POST", "", &body.to_string())?;
        if status != 201 {
            return Err(format!("making a user answered {status}: {made}").into());
        }
        let id = text(&made, "user_id")?;
        let path = format!("/{}", escaped(&id));
        let mut misses = u64::from(!self.says(there, &path, "/user_id", &id)?);
        for query in [format!("email:\"{email}\""), format!("name:*p{number:06}o*")] {
            let query = format!("?q={}", escaped(&query));
            misses += u64::from(!self.says(there, &query, "/items/0/user_id", &id)?);
        }
        if number.is_multiple_of(CHANGED) {
            let nickname = format!("changed{number}");
            let change = json!({ "nickname": nickname }).to_string();
            let (status, answer) = self.ask(there, "PATCH", &path, &change)?;
            if status != 200 {
                return Err(format!("changing a user answered {status}: {answer}").into());
            }
            misses += u64::from(!self.says(here, &path, "/nickname", &nickname)?);
        }
        Ok(misses)
    }

    /// Whether what is read there holds the text at a place.
    fn says(&mut self, turn: u64, path: &str, place: &str, expected: &str) -> Outcome<bool> {
        let (status, found) = self.ask(turn, "GET", path, "")?;
        Ok(status == 200 && found.pointer(place).and_then(Value::as_str) == Some(expected))
    }
}
