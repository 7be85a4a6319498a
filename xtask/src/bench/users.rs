//! Users: one by his identifier, many in pages, and new ones.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::database::Kind;
use super::inserts::{self, Inserts};
use super::population;
use super::programs::Program;
use super::report::{Aim, Row};
use super::rounds::{Side, compare, compare_latency, teach};
use super::scripts::Requests;
use super::world::{USERS, World};
use super::{Bench, peers};
use crate::Outcome;

/// Callers who make users at a time.
const MAKERS: usize = 64;
/// Users on a page.
pub(super) const PAGE: u64 = 50;
/// The page that is called deep.
const DEEP: u64 = 2_000;

/// A user by his identifier, any of all.
pub(super) fn by_id(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let listed = std::fs::read_to_string(world.users_file())?;
    let first = listed.lines().next().ok_or("nobody is there")?;
    teach(&bench.bare, "user", "", &world.get(&format!("{USERS}/{first}"))?)?;
    let requests = Requests::Each { token: world.token.clone(), lines: world.users_file() };
    let aim = match world.installation.database.kind() {
        Kind::Sqlite => 0.6,
        Kind::Postgres => 0.35,
    };
    let load = |program: &Program, path: &str| bench.load(program, path, &requests);
    Ok(compare(
        &format!("user by id, any of {}", grouped(world.filled())),
        bench.extent.rounds,
        Box::new(|| load(&world.server, &format!("{USERS}/"))),
        vec![Side {
            name: "bare, same bytes",
            aim: Aim::AtLeast(aim),
            measure: Box::new(|| load(&bench.bare, "/user/")),
        }],
    ))
}

/// The first page of all users, and one deep in the list.
pub(super) fn pages(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let of = format!("of {} users", grouped(world.filled()));
    let first = format!("{USERS}?page=0&per_page={PAGE}");
    teach(&bench.bare, "page", "?as=users", &world.get(&first)?)?;
    let requests = Requests::Get(world.token.clone());
    let load = |program: &Program, path: &str| bench.load(program, path, &requests);
    let bare = |aim| {
        vec![Side {
            name: "bare, serialising 50 users",
            aim,
            measure: Box::new(|| load(&bench.bare, "/page")),
        }]
    };
    let rounds = bench.extent.rounds;
    let ours = || load(&world.server, &first);
    let aim = Aim::AtLeast(0.5);
    let mut rows = compare(&format!("first page of 50 {of}"), rounds, Box::new(ours), bare(aim));

    let deep = (world.filled() / PAGE).min(DEEP);
    let jump = format!("{USERS}?page={}&per_page={PAGE}", deep - 1);
    rows.extend(compare(
        &format!("jump to page {} {of}", grouped(deep)),
        rounds,
        Box::new(|| load(&world.server, &jump)),
        bare(Aim::None),
    ));

    let (walked, begin) = (walk(world, deep - 1)?, format!("{USERS}?take={PAGE}"));
    rows.push(compare_latency(
        &format!("p50 of page {} {of}, by cursor", grouped(deep)),
        "first page by cursor",
        rounds,
        Aim::AtMost(1.2),
        |load| load.p50,
        (Box::new(|| load(&world.server, &walked)), Box::new(|| load(&world.server, &begin))),
    ));
    Ok(rows)
}

/// A first page among many users beside the same among few.
pub(super) fn pages_of_many(bench: &Bench, few: &World, many: &World) -> Row {
    let load = |world: &World| {
        let requests = Requests::Get(world.token.clone());
        bench.load(&world.server, &format!("{USERS}?page=0&per_page={PAGE}"), &requests)
    };
    compare_latency(
        &format!("p50 of the first page of {} users", grouped(many.filled())),
        &format!("of {}", grouped(few.filled())),
        bench.extent.rounds,
        Aim::None,
        |load| load.p50,
        (Box::new(|| load(many)), Box::new(|| load(few))),
    )
}

/// Walks over so many pages and answers where the next one is.
fn walk(world: &World, pages: u64) -> Outcome<String> {
    const STRIDE: u64 = 100;
    let mut left = pages * PAGE;
    let mut from = String::new();
    while left > 0 {
        let take = left.min(STRIDE);
        let page = world.get(&format!("{USERS}?take={take}&from={from}&fields=user_id"))?;
        let page: Value = serde_json::from_str(&page)?;
        let next = page.get("next").and_then(Value::as_str);
        next.ok_or("the list ends too early")?.clone_into(&mut from);
        left -= take;
    }
    Ok(format!("{USERS}?take={PAGE}&from={from}"))
}

/// New users without a password.
pub(super) fn create(bench: &Bench, world: &World) -> Outcome<Vec<Row>> {
    let requests = |first| creation(world, "made", first);
    let one = teach_creation(bench, world)?;
    let load =
        |program: &Program, path: &str| bench.load_by(MAKERS, program, path, &requests(numbers()));
    let kind = world.installation.database.kind();
    let inserts = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(Inserts::like(bench, world, &one)?),
    };
    let peers = if kind == Kind::Sqlite { peers::of_users(bench) } else { Vec::new() };
    let mut sides = vec![Side {
        name: "bare POST",
        aim: if kind == Kind::Sqlite { Aim::AtLeast(0.15) } else { Aim::None },
        measure: Box::new(|| load(&bench.bare, "/made")),
    }];
    if let Some(inserts) = &inserts {
        sides.push(Side {
            name: inserts::NAME,
            aim: Aim::AtLeast(0.5),
            measure: Box::new(|| inserts.run(bench.extent.load)),
        });
    }
    for peer in &peers {
        sides.push(peer.side(bench, MAKERS));
    }
    let work = "create user, 64 callers, durable when answered";
    let ours = || load(&world.server, USERS);
    let rows = compare(work, bench.extent.rounds, Box::new(ours), sides);
    let note = match kind {
        Kind::Sqlite => "writes that wait together share one commit",
        Kind::Postgres => "a commit each, 16 connections",
    };
    Ok(rows.into_iter().map(|row| row.with_note(note)).collect())
}

/// The numbers of users that are made under load; each load has a range of its own.
static FIRST: AtomicU64 = AtomicU64::new(1_000_000);
/// More than any load makes.
const STEP: u64 = 1_000_000;

/// Requests that make users whose names begin with `kind`, from a number on.
pub(super) fn creation(world: &World, kind: &str, first: u64) -> Requests {
    Requests::Create {
        headers: vec![("Authorization".to_owned(), format!("Bearer {}", world.token))],
        body: population::template(kind).to_string(),
        names: population::names(),
        first,
    }
}

/// A range of numbers for one load.
pub(super) fn numbers() -> u64 {
    FIRST.fetch_add(STEP, Ordering::Relaxed)
}

/// Makes one user and lets the bare server answer the same; answers his identifier.
fn teach_creation(bench: &Bench, world: &World) -> Outcome<String> {
    let body = population::template("pattern").to_string().replace("%09d", "000000000");
    let answer = world.post(USERS, &body.replace("@NAME@", "王小伟"))?;
    teach(&bench.bare, "made", "", &answer)?;
    let made: Value = serde_json::from_str(&answer)?;
    super::world::text(&made, "user_id")
}

/// A number as people read it.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let grouped: Vec<String> = [7, 999, 1_000, 1_234_567].map(grouped).into();
        assert_eq!(grouped, ["7", "999", "1,000", "1,234,567"]);
    }
}
