//! Password sign-ins, compared with hashes that are computed for nothing.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::http::{Answer, Connection, FORM, encoded, input};
use super::programs::Binaries;
use super::report::{Aim, Row};
use super::world::{CALLBACK, HASH_MEMORY, HASH_PASSES, PASSWORD, World};
use super::{Bench, as_f64};
use crate::{Outcome, process};

/// The aim of the project.
const AIM: Aim = Aim::AtLeast(0.9);

/// Sign-ins at a time for each hashing thread: enough that it never waits for one.
const AT_A_TIME: usize = 4;

/// Measures pages, password grant and raw hashing in turn.
pub(super) fn measure(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let (mut pages, mut grants) = (Vec::new(), Vec::new());
    let during = bench.extent.sign_in;
    for _ in 0..bench.extent.sign_in_rounds {
        let raw = raw_rate(world, &bench.binaries, during)?;
        pages.push((rate(world, during, by_pages)?, raw));
        grants.push((rate(world, during, by_grant)?, raw));
    }
    let than = match world.installation.hash_threads {
        1 => "raw hashes, 1 thread".to_owned(),
        threads => format!("raw hashes, {threads} threads"),
    };
    Ok(vec![
        Row::ratio("password sign-in by the pages", &than, "/s", &pages, AIM),
        Row::ratio("password grant", &than, "/s", &grants, AIM),
    ])
}

fn raw_rate(world: &World, binaries: &Binaries, during: Duration) -> Outcome<f64> {
    let mut command = Command::new(&binaries.raw_rate);
    command.arg(HASH_MEMORY.to_string()).arg(HASH_PASSES.to_string());
    command.arg(world.installation.hash_threads.to_string()).arg(during.as_millis().to_string());
    Ok(process::read(&mut command)?.trim().parse()?)
}

/// Sign-ins a second, several at a time.
fn rate(
    world: &World,
    during: Duration,
    sign_in: fn(&World, &str, &mut Connection) -> Outcome,
) -> Outcome<f64> {
    let done = AtomicU64::new(0);
    let begin = Instant::now();
    let work = |person: &str| -> Result<(), String> {
        let mut connection =
            Connection::open(&world.server.address).map_err(|error| error.to_string())?;
        while begin.elapsed() < during {
            sign_in(world, person, &mut connection).map_err(|error| error.to_string())?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let people = world.people.iter().cycle().take(world.installation.hash_threads * AT_A_TIME);
        let threads: Vec<_> = people.map(|person| scope.spawn(|| work(person))).collect();
        threads.into_iter().try_for_each(|it| {
            it.join().map_err(|_panic| "a thread of the load generator panicked".to_owned())?
        })
    })?;
    Ok(as_f64(done.into_inner()) / begin.elapsed().as_secs_f64())
}

/// By the password grant.
fn by_grant(world: &World, person: &str, connection: &mut Connection) -> Outcome {
    let fields = [
        ("grant_type", "password"),
        ("username", person),
        ("password", PASSWORD),
        ("scope", "openid"),
    ];
    let form = world.form(&fields);
    connection.send("POST", "/oauth/token", &[FORM], &form)?.json("/oauth/token")?;
    Ok(())
}

/// By the pages, from the application's request to its code, in a browser without cookies.
fn by_pages(world: &World, person: &str, connection: &mut Connection) -> Outcome {
    let form = Form::fetch(world, connection)?;
    let answer = form.submit(connection, person)?;
    if signed_in(&answer) {
        return Ok(());
    }
    Err(format!("the sign-in of {person} was answered with {}", answer.status).into())
}

/// Whether the answer brings the application its code.
pub(super) fn signed_in(answer: &Answer) -> bool {
    let location = answer.header("location").unwrap_or_default();
    answer.status == 303 && location.starts_with(CALLBACK) && location.contains("code=")
}

/// The sign-in page as a browser has it before it.
pub(super) struct Form {
    cookies: String,
    request: String,
    csrf: String,
}

impl Form {
    /// Asks for authorization and follows to the page.
    pub(super) fn fetch(world: &World, connection: &mut Connection) -> Outcome<Self> {
        let asked = [
            ("client_id", &*world.client_id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "state"),
            ("nonce", "nonce"),
        ];
        let path = format!("/authorize?{}", encoded(&asked));
        let answer = connection.send("GET", &path, &[], "")?;
        let cookies = answer.cookies();
        let page = answer.header("location").ok_or("the authorization endpoint shows no page")?;
        let page = connection.send("GET", page, &[("Cookie", &cookies)], "")?;
        let hidden = |name| {
            let found = input(&page.body, name);
            found.map(str::to_owned).ok_or_else(|| format!("the page has no input `{name}`"))
        };
        Ok(Self { cookies, request: hidden("request")?, csrf: hidden("csrf")? })
    }

    /// Sends name and password.
    pub(super) fn submit(&self, connection: &mut Connection, person: &str) -> Outcome<Answer> {
        let fields = [
            ("request", &*self.request),
            ("csrf", &self.csrf),
            ("username", person),
            ("password", PASSWORD),
            ("action", "continue"),
        ];
        let headers = [FORM, ("Cookie", &*self.cookies)];
        connection.send("POST", "/u/login", &headers, &encoded(&fields))
    }
}
