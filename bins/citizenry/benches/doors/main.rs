//! What each door adds to the use cases that it calls: `cargo bench -p citizenry --bench doors`.
//!
//! In one process, on a SQLite file, without sockets, taken in turn: a request through routing,
//! authentication, handler and serialisation; the same use cases called as the door calls them; and a
//! request to a handler behind the same boundary that answers the same bytes. What the first
//! takes more than the two others together is the door's. Without a socket the request is as short as
//! it can be, so the door's share is as large as it can be.
//!
//! What is compared is time on a processor, of all threads, as the kernel accounts it (`/proc`): what
//! else the machine does hardly moves it.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

mod world;

use std::future::Future;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use citizenry_directory::{UserQuery, UserRef};
use citizenry_identity::{ManagementDoor, Origin};
use secrecy::SecretString;

use world::World;

/// Rounds of each side, interleaved.
const ROUNDS: usize = 21;
/// How long a side of a round takes, about.
const ROUND: Duration = Duration::from_millis(150);
/// The largest part of a request that a door may take.
const AIM: f64 = 0.10;

/// The doors that are measured.
#[derive(Debug, Clone, Copy)]
enum Door {
    Authok,
    Other(ManagementDoor),
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Work {
    GetById,
    ListOf50,
}

/// Medians of a door and a work, in microseconds.
struct Figures {
    request: f64,
    use_cases: f64,
    bare: f64,
    /// The median of the rounds' shares: what the door takes of the request.
    share: f64,
}

#[actix_web::main]
async fn main() {
    let world = World::new().await;
    println!("| door | work | request | use cases | bare handler | door's part |");
    println!("|---|---|--:|--:|--:|--:|");
    for (name, door) in [
        ("Authok", Door::Authok),
        ("Audience Manager", Door::Other(ManagementDoor::AudienceManager)),
        ("AngusGM", Door::Other(ManagementDoor::Angus)),
    ] {
        for (title, work) in [("user by id", Work::GetById), ("list of 50", Work::ListOf50)] {
            let Figures { request, use_cases, bare, share } = measure(&world, door, work).await;
            let remark = if share < AIM { "" } else { " (aim: 10 %)" };
            let share = share * 100.0;
            println!(
                "| {name} | {title} | {request:.0} µs | {use_cases:.0} µs | {bare:.0} µs | \
                 {share:.1} %{remark} |"
            );
        }
    }
}

/// All three in turn.
async fn measure(world: &World, door: Door, work: Work) -> Figures {
    let (mut requests, mut use_cases, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    let mut shares = Vec::new();
    // Warms up: caches, connections, prepared statements.
    timed(async || drop(ask(world, door, work).await)).await;
    timed(async || call(world, door, work).await).await;
    world.answer_barely(ask(world, door, work).await);
    for _ in 0..ROUNDS {
        let request = timed(async || drop(ask(world, door, work).await)).await;
        let use_case = timed(async || call(world, door, work).await).await;
        let bare = timed(async || world.ask_barely(door).await).await;
        requests.push(request);
        use_cases.push(use_case);
        bares.push(bare);
        shares.push((request - use_case - bare) / request);
    }
    let (request, use_cases, bare) = (median(requests), median(use_cases), median(bares));
    Figures { request, use_cases, bare, share: median(shares) }
}

/// Microseconds on a processor of one of many turns.
async fn timed<F: Future<Output = ()>>(work: impl Fn() -> F) -> f64 {
    let (start, before) = (Instant::now(), processor_time());
    let mut turns = 0_u32;
    while start.elapsed() < ROUND {
        work().await;
        turns += 1;
    }
    processor_time().saturating_sub(before).as_secs_f64() * 1e6 / f64::from(turns)
}

/// How long the threads of this process have been on a processor.
fn processor_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let of_task = |task: std::io::Result<std::fs::DirEntry>| {
        let accounted = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        accounted.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(tasks.filter_map(of_task).sum())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The request; the body of its answer.
async fn ask(world: &World, door: Door, work: Work) -> Bytes {
    let (subject, number) = world.next_user();
    let target = match (door, work) {
        (Door::Authok, Work::GetById) => {
            format!("/api/v1/users/{}", subject.as_str().replace('|', "%7C"))
        }
        (Door::Authok, Work::ListOf50) => "/api/v1/users?page=0&per_page=50".to_owned(),
        (Door::Other(ManagementDoor::AudienceManager), Work::GetById) => {
            format!("/aam/v1/users/{number}")
        }
        (Door::Other(ManagementDoor::AudienceManager), Work::ListOf50) => {
            "/aam/v1/users/?page=0&pageSize=50".to_owned()
        }
        (Door::Other(ManagementDoor::Angus), Work::GetById) => {
            format!("/angus/api/v1/user/{number}")
        }
        (Door::Other(ManagementDoor::Angus), Work::ListOf50) => {
            "/angus/api/v1/user?pageNo=1&pageSize=50".to_owned()
        }
    };
    let answer = world.client.get(&target).bearer(world.token(door)).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

/// The use cases as the door calls them, with what they answer thrown away.
async fn call(world: &World, door: Door, work: Work) {
    let (subject, number) = world.next_user();
    let (bearer, origin) = (SecretString::from(world.token(door)), Origin::default());
    let directory = &world.directory;
    let caller = match door {
        Door::Authok => world.oauth.authenticate(&bearer, &origin).await,
        Door::Other(door) => world.oauth.authenticate_for(door, &bearer, &origin).await,
    };
    let caller = caller.unwrap();
    let listing = world::first_50();
    let query = UserQuery::default();
    match (door, work) {
        (Door::Authok, Work::GetById) => {
            drop(directory.user(&caller, &UserRef::Subject(subject)).await.unwrap());
        }
        (Door::Authok, Work::ListOf50) => {
            let page = directory.users(&caller, query, listing).await.unwrap();
            assert_eq!(page.items.len(), 50);
        }
        (Door::Other(_), Work::GetById) => {
            drop(directory.user_detail(&caller, &UserRef::Number(number)).await.unwrap());
        }
        (Door::Other(_), Work::ListOf50) => {
            let page = directory.user_rows(&caller, query, listing).await.unwrap();
            assert_eq!(page.items.len(), 50);
        }
    }
}
