//! Searches: parts of names, Chinese names of two characters, metadata, addresses.

use std::path::PathBuf;

use serde_json::Value;

use super::Bench;
use super::http::escaped;
use super::population::{self, TEAMS};
use super::report::{Aim, Row};
use super::rounds::{Side, compare, compare_latency, teach};
use super::scripts::Requests;
use super::users::{PAGE, grouped};
use super::world::{USERS, World};
use crate::Outcome;

/// One kind of search and the queries of it, any of which is sent.
struct Search {
    work: &'static str,
    name: &'static str,
    queries: fn(u64) -> Vec<String>,
}

const SEARCHES: [Search; 4] = [
    Search {
        work: "substring of a name",
        name: "substring",
        queries: |_| population::substrings().map(|part| format!("name:*{part}*")).collect(),
    },
    Search {
        work: "Chinese name of two characters",
        name: "chinese",
        queries: |_| population::chinese_pairs().map(|pair| format!("name:*{pair}*")).collect(),
    },
    Search {
        work: "metadata key",
        name: "metadata",
        queries: |_| {
            let teams = (0..TEAMS).map(population::team);
            teams.map(|team| format!("user_metadata.team:\"{team}\"")).collect()
        },
    },
    Search {
        work: "exact email",
        name: "email",
        queries: |users| {
            let people = (0..users).step_by(usize::try_from(users / 1_000 + 1).unwrap_or(1));
            let people = people.map(population::person);
            people.filter_map(|it| Some(format!("email:{}", it.get("email")?))).collect()
        },
    },
];

impl Search {
    /// Where the pages of this search are; a query follows.
    fn path() -> String {
        format!("{USERS}?per_page={PAGE}&q=")
    }

    /// Writes the queries as they stand in paths.
    fn write(&self, world: &World) -> Outcome<PathBuf> {
        let file = world.installation.folder.join(format!("search-{}.txt", self.name));
        let queries = (self.queries)(world.filled());
        let lines: Vec<String> = queries.iter().map(|query| escaped(query)).collect();
        std::fs::write(&file, lines.join("\n"))?;
        Ok(file)
    }

    /// Asks once; answers the page, or why there is none.
    fn ask(&self, world: &World) -> Outcome<String> {
        let query = (self.queries)(world.filled()).into_iter().next().ok_or("no query")?;
        let answer = world.get(&format!("{}{}", Self::path(), escaped(&query)))?;
        let page: Value = serde_json::from_str(&answer)?;
        match page.pointer("/items/0") {
            Some(_) => Ok(answer),
            None => Err(format!("{query} finds nobody").into()),
        }
    }

    fn requests(&self, world: &World) -> Outcome<Requests> {
        Ok(Requests::Each { token: world.token.clone(), lines: self.write(world)? })
    }
}

/// Each kind beside a bare page.
pub(super) fn measure(bench: &Bench, world: &World) -> Vec<Row> {
    let one = |search: &Search| -> Outcome<Vec<Row>> {
        let name = format!("search-{}", search.name);
        teach(&bench.bare, &name, "?as=users", &search.ask(world)?)?;
        let requests = search.requests(world)?;
        let bare = format!("/{name}");
        Ok(compare(
            &format!("{}, {} users", search.work, grouped(world.filled())),
            bench.extent.rounds,
            Box::new(|| bench.load(&world.server, &Search::path(), &requests)),
            vec![Side {
                name: "bare, serialising such a page",
                aim: Aim::AtLeast(0.18),
                measure: Box::new(|| {
                    let again = Requests::Get(world.token.clone());
                    bench.load(&bench.bare, &bare, &again)
                }),
            }],
        ))
    };
    let rows = |search| one(search).unwrap_or_else(|why| vec![Row::missing(search.work, why)]);
    SEARCHES.iter().flat_map(rows).collect()
}

/// p99 of each kind among many users, and beside the same among few.
pub(super) fn of_many(bench: &Bench, few: &World, many: &World) -> Vec<Row> {
    let of = format!("{} users", grouped(many.filled()));
    let one = |search: &Search| -> Outcome<Vec<Row>> {
        search.ask(many)?;
        search.ask(few)?;
        let (ours, other) = (search.requests(many)?, search.requests(few)?);
        let row = compare_latency(
            &format!("p99 of {}, {of}", search.work),
            &format!("{} users", grouped(few.filled())),
            bench.extent.rounds,
            Aim::AtMost(2.0),
            |load| load.p99,
            (
                Box::new(|| bench.load(&many.server, &Search::path(), &ours)),
                Box::new(|| bench.load(&few.server, &Search::path(), &other)),
            ),
        );
        let mut rows = Vec::new();
        if let Some(p99) = row.value() {
            let work = format!("p99 of {}, {of}, by itself", search.work);
            rows.push(Row::figure(&work, " ms", p99, Aim::AtMost(50.0)));
        }
        rows.push(row);
        Ok(rows)
    };
    let rows = |search: &Search| {
        let work = format!("p99 of {}, {of}", search.work);
        one(search).unwrap_or_else(|why| vec![Row::missing(&work, why)])
    };
    SEARCHES.iter().flat_map(rows).collect()
}
