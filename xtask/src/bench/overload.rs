//! A storm of sign-ins: whether those who are signed in already notice it, and what it costs in
//! memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{Connection, FORM};
use super::report::{Aim, Row};
use super::sign_in::{Form, signed_in};
use super::world::{HASH_MEMORY, World, audience, text};
use super::{Bench, as_f64};
use crate::Outcome;

/// So many times the sign-ins that the pool can take.
const TIMES: usize = 10;

/// Callers that refresh, and as many that introspect. Each sends one request every 20 ms, whether
/// the one before was fast or slow, so 200 a second of each kind.
const CALLERS: usize = 4;
const EVERY: Duration = Duration::from_millis(20);

/// How long the storm rages before anything is measured, and the longest that anybody waits who is
/// told to come back later.
const GATHERING: Duration = Duration::from_secs(1);

/// How the sign-ins of the storm ended.
#[derive(Default)]
struct Answers {
    signed_in: u64,
    refused_with_retry_after: u64,
    refused_without: u64,
    other: BTreeMap<u16, u64>,
}

/// p99 of both kinds of requests, milliseconds.
struct Latency {
    refresh: f64,
    introspection: f64,
}

/// Measures quiet and stormy rounds in turn.
pub(super) fn measure(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let extent = &bench.extent;
    let mut callers = Callers::make(world)?;
    let mut all = Answers::default();
    let (mut refresh, mut introspection) = (Vec::new(), Vec::new());
    let before = world.server.memory("VmRSS")?;
    world.server.forget_peak()?;
    for _ in 0..extent.sign_in_rounds {
        let quiet = callers.run(world, extent.overload)?;
        let (storm, answers) = in_a_storm(world, || callers.run(world, extent.overload))?;
        refresh.push((storm.refresh, quiet.refresh));
        introspection.push((storm.introspection, quiet.introspection));
        all.add(answers);
    }
    let (peak, after) = (world.server.memory("VmHWM")?, world.server.memory("VmRSS")?);
    let blocks = HASH_MEMORY * u64::try_from(world.installation.hash_threads)?;
    let mebibytes = |kibibytes: u64| as_f64(kibibytes) / 1024.0;
    let grown = (mebibytes(peak.saturating_sub(before)), mebibytes(blocks));
    let (than, aim) = ("quiet", Aim::AtMost(3.0));
    let answers = all.told();
    Ok(vec![
        Row::ratio("refresh_token p99 in a sign-in storm", than, " ms", &refresh, aim)
            .with_note(answers),
        Row::ratio("introspection p99 in a sign-in storm", than, " ms", &introspection, aim),
        Row::ratio("memory grown in the storm", "hash blocks", " MiB", &[grown], Aim::None)
            .with_note(format!("{:.1} MiB after it", mebibytes(after))),
    ])
}

/// Runs `work` while ten times as many sign in as the pool can take.
fn in_a_storm<T>(world: &World, work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Answers)> {
    let (over, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
    let count = world.installation.hash_capacity() * TIMES;
    thread::scope(|scope| {
        let people = world.people.iter().cycle().take(count);
        let threads: Vec<_> =
            people.map(|person| scope.spawn(|| insist(world, person, &begun, &over))).collect();
        // Fetching so many pages is no sign-in yet.
        let failed = || threads.iter().any(ScopedJoinHandle::is_finished);
        while begun.load(Ordering::Relaxed) < count && !failed() {
            thread::park_timeout(EVERY);
        }
        thread::park_timeout(GATHERING);
        let outcome = work();
        over.store(true, Ordering::Relaxed);
        let mut answers = Answers::default();
        for thread in threads {
            answers.add(joined(thread)?);
        }
        Ok((outcome?, answers))
    })
}

/// Signs in again and again; who is told to come back later does so at the time named.
fn insist(
    world: &World,
    person: &str,
    begun: &AtomicUsize,
    over: &AtomicBool,
) -> Result<Answers, String> {
    let attempt = || -> Outcome<Answers> {
        let mut answers = Answers::default();
        let mut connection = Connection::open(&world.server.address)?;
        let form = Form::fetch(world, &mut connection)?;
        begun.fetch_add(1, Ordering::Relaxed);
        while !over.load(Ordering::Relaxed) {
            let answer = form.submit(&mut connection, person)?;
            let retry_after = answer.header("retry-after").and_then(|text| text.parse().ok());
            match (answer.status, retry_after) {
                _ if signed_in(&answer) => answers.signed_in += 1,
                (503, Some(_)) => answers.refused_with_retry_after += 1,
                (503, None) => answers.refused_without += 1,
                (status, _) => *answers.other.entry(status).or_default() += 1,
            }
            if let Some(seconds) = retry_after {
                thread::park_timeout(Duration::from_secs(seconds).min(GATHERING));
            }
        }
        Ok(answers)
    };
    attempt().map_err(|error| error.to_string())
}

impl Answers {
    fn add(&mut self, other: Self) {
        self.signed_in += other.signed_in;
        self.refused_with_retry_after += other.refused_with_retry_after;
        self.refused_without += other.refused_without;
        for (status, count) in other.other {
            *self.other.entry(status).or_default() += count;
        }
    }

    /// In a few words, for a person.
    fn told(&self) -> String {
        let Self { signed_in, refused_with_retry_after, refused_without, other } = self;
        let others: u64 = other.values().sum::<u64>() + refused_without;
        format!(
            "{signed_in} signed in, {refused_with_retry_after} told when to come back, \
             {others} otherwise"
        )
    }
}

/// Those who are signed in already.
struct Callers {
    /// One refresh token for each; each answer brings the next.
    refresh_tokens: Vec<String>,
    introspection: String,
}

impl Callers {
    fn make(world: &World) -> Outcome<Self> {
        let audience = audience("ES256");
        let form = world.form(&[("grant_type", "client_credentials"), ("audience", &audience)]);
        let mut connection = Connection::open(&world.server.address)?;
        let answer = connection.send("POST", "/oauth/token", &[FORM], &form)?;
        let token = text(&answer.json("/oauth/token")?, "access_token")?;
        let introspection = world.form(&[("token", &token)]);
        Ok(Self { refresh_tokens: world.refresh_tokens(CALLERS)?, introspection })
    }

    /// Sends both kinds of requests at their pace.
    fn run(&mut self, world: &World, during: Duration) -> Outcome<Latency> {
        let address = &*world.server.address;
        let introspection = &*self.introspection;
        thread::scope(|scope| {
            let refreshing: Vec<_> = self
                .refresh_tokens
                .iter_mut()
                .map(|token| scope.spawn(|| paced(during, refreshing(world, token)?)))
                .collect();
            let introspecting: Vec<_> = (0..CALLERS)
                .map(|_| scope.spawn(|| paced(during, asking(address, introspection)?)))
                .collect();
            Ok(Latency { refresh: p99_of(refreshing)?, introspection: p99_of(introspecting)? })
        })
    }
}

/// Refreshes and keeps the new token.
fn refreshing(world: &World, token: &mut String) -> Result<impl FnMut() -> Outcome, String> {
    let mut connection = connect(&world.server.address)?;
    Ok(move || {
        let form = world.form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        let answer = connection.send("POST", "/oauth/token", &[FORM], &form)?;
        *token = text(&answer.json("/oauth/token")?, "refresh_token")?;
        Ok(())
    })
}

/// Asks what a token is good for.
fn asking(address: &str, form: &str) -> Result<impl FnMut() -> Outcome, String> {
    let mut connection = connect(address)?;
    Ok(move || {
        let answer = connection.send("POST", "/oauth/introspect", &[FORM], form)?;
        match answer.json("/oauth/introspect")?.get("active") {
            Some(Value::Bool(true)) => Ok(()),
            _ => Err("the token is not active".into()),
        }
    })
}

fn connect(address: &str) -> Result<Connection, String> {
    Connection::open(address).map_err(|error| error.to_string())
}

/// How long each request took from the time when it was due, milliseconds.
fn paced(during: Duration, mut request: impl FnMut() -> Outcome) -> Result<Vec<f64>, String> {
    let begin = Instant::now();
    let mut due = Duration::ZERO;
    let mut latencies = Vec::new();
    while due < during {
        // A parked thread may wake up for no reason.
        while let Some(early) = due.checked_sub(begin.elapsed()).filter(|it| !it.is_zero()) {
            thread::park_timeout(early);
        }
        request().map_err(|error| error.to_string())?;
        latencies.push((begin.elapsed().saturating_sub(due)).as_secs_f64() * 1e3);
        due += EVERY;
    }
    Ok(latencies)
}

type Timing<'scope> = ScopedJoinHandle<'scope, Result<Vec<f64>, String>>;

fn p99_of(threads: Vec<Timing<'_>>) -> Outcome<f64> {
    let mut latencies = Vec::new();
    for thread in threads {
        latencies.append(&mut joined(thread)?);
    }
    latencies.sort_by(f64::total_cmp);
    let position = (latencies.len() * 99).div_ceil(100).saturating_sub(1);
    Ok(latencies.get(position).copied().ok_or("nothing was measured")?)
}

fn joined<T>(thread: ScopedJoinHandle<'_, Result<T, String>>) -> Outcome<T> {
    let outcome = thread.join().map_err(|_panic| "a thread of the load generator panicked")?;
    Ok(outcome?)
}
