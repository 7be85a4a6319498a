//! `cargo xtask bench`: what the server does in a second, as ratios to what the same machine does in
//! the same run with less to do.
//!
//! Figures of a machine alone say little: here each stands beside a bare HTTP server that answers the
//! same bytes, the raw rate of password hashes, the database's own load generator, another provider,
//! or the same work with less in the database. They are taken in turn, several rounds of each, and a
//! ratio is the median of the rounds' ratios. What cannot be measured is named with the reason.

mod crowds;
mod database;
mod decisions;
mod documents;
mod endurance;
mod extent;
mod http;
mod import;
mod inserts;
mod installation;
mod overload;
mod peers;
mod population;
mod programs;
mod publish;
mod report;
mod results;
mod rounds;
mod scripts;
mod search;
mod servers;
mod sign_in;
mod starts;
mod tokens;
mod users;
mod wanted;
mod world;
mod wrk;

use std::path::PathBuf;
use std::process::Command;

use database::Kind;
use extent::Extent;
use installation::Installation;
use programs::{Binaries, Program};
use report::Row;
use results::Results;
use scripts::Requests;
use wanted::{Group, Wanted};
use world::World;
use wrk::{CONNECTIONS, Load, Pressure};

use crate::postgres::Server;
use crate::{Outcome, process, workspace};

/// What every measurement needs.
struct Bench {
    wanted: Wanted,
    extent: Extent,
    binaries: Binaries,
    folder: PathBuf,
    /// Answers and does nothing else.
    bare: Program,
    /// PostgreSQL, when it is measured.
    cluster: Option<Server>,
}

/// Measures, prints the table and writes it as JSON.
pub(crate) fn command(rest: &[String]) -> Outcome {
    let wanted = Wanted::from(rest)?;
    let folder = workspace::target()?.join("bench");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("results.json");
    if wanted.write {
        return publish::write(&Results::read(&file)?);
    }
    let bench = Bench::prepare(wanted, folder)?;
    let mut results = bench.results(&file)?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if bench.wanted.database(kind) {
            bench.one_database(kind, &mut results)?;
        }
    }
    bench.group(Group::Decisions, None, &mut results, || decisions::measure(bench.wanted.debug))?;
    println!("\n{}", report::table(&results.rows()));
    println!("{}; also in {}", results.told(), file.display());
    if bench.wanted.debug {
        println!("built without optimisation: the figures say nothing");
    }
    Ok(())
}

impl Bench {
    fn prepare(wanted: Wanted, folder: PathBuf) -> Outcome<Self> {
        programs::install()?;
        let binaries =
            Binaries::build(wanted.binary.as_deref(), wanted.built.as_deref(), wanted.debug)?;
        let bare = Program::start(&mut Command::new(&binaries.bare), &folder.join("bare.log"))?;
        let cluster = wanted.database(Kind::Postgres).then(Server::durable).transpose()?;
        let extent = wanted.extent();
        Ok(Self { wanted, extent, binaries, folder, bare, cluster })
    }

    fn results(&self, file: &std::path::Path) -> Outcome<Results> {
        let about = results::About {
            optimised: !self.wanted.debug,
            quick: self.wanted.quick,
            extent: self.extent,
        };
        Results::begin(file, about, self.wanted.everything())
    }

    /// A new installation in an empty database.
    fn installation(&self, kind: Kind, name: &str) -> Outcome<Installation> {
        let binary = &self.binaries.citizenry;
        Installation::new(binary, &self.folder, kind, self.cluster.as_ref(), name)
    }

    /// Loads a server by as many callers as usual.
    fn load(&self, program: &Program, path: &str, requests: &Requests) -> Outcome<Load> {
        self.load_by(CONNECTIONS, program, path, requests)
    }

    fn load_by(
        &self,
        connections: usize,
        program: &Program,
        path: &str,
        requests: &Requests,
    ) -> Outcome<Load> {
        let pressure = Pressure { connections, during: self.extent.load, folder: &self.folder };
        wrk::run(program, path, requests, pressure)
    }

    /// Measures one group, unless others are asked for. What fails as a whole is a row, too.
    fn group(
        &self,
        group: Group,
        kind: Option<Kind>,
        results: &mut Results,
        measure: impl FnOnce() -> Outcome<Vec<Row>>,
    ) -> Outcome {
        if !self.wanted.group(group) {
            return Ok(());
        }
        let on = kind.map_or_else(String::new, |kind| format!(", {}", kind.name()));
        process::progress(&format!("measuring: {}{on}", group.name()));
        let rows = measure().unwrap_or_else(|why| vec![Row::missing(group.name(), why)]);
        results.add(group, kind, rows)
    }

    fn one_database(&self, kind: Kind, results: &mut Results) -> Outcome {
        self.group(Group::Start, Some(kind), results, || starts::measure(self, kind))?;
        if Group::WITH_PEOPLE.into_iter().any(|group| self.wanted.group(group)) {
            self.with_people(kind, results)?;
        }
        if kind == Kind::Postgres {
            // A file has one server.
            self.group(Group::Servers, Some(kind), results, || servers::measure(self))?;
        }
        self.group(Group::Crowds, Some(kind), results, || crowds::measure(self, kind))
    }

    /// What is measured in one world that grows, beside another that is large.
    fn with_people(&self, kind: Kind, results: &mut Results) -> Outcome {
        let mut world = World::make(self.installation(kind, "main")?)?;
        let on = Some(kind);
        self.group(Group::Documents, on, results, || documents::measure(self, &world))?;
        self.group(Group::Tokens, on, results, || {
            // Others have their own stores: once is enough.
            let beside = kind == Kind::Sqlite;
            let peer = beside.then(|| peers::oidc_provider(self, &world)).transpose();
            let (peer, missing) = match peer {
                Ok(peer) => (peer, None),
                Err(why) => (None, Some(Row::missing("tokens, beside npm oidc-provider", why))),
            };
            let mut rows = tokens::measure(self, &world, peer.as_ref());
            rows.extend(missing);
            Ok(rows)
        })?;
        self.group(Group::SignIn, on, results, || {
            let mut rows = sign_in::measure(self, &world)?;
            // By now the hashing threads have given back the memory of the sign-ins before.
            rows.extend(overload::measure(self, &world)?);
            Ok(rows)
        })?;
        if Group::WITH_MANY.into_iter().any(|group| self.wanted.group(group)) {
            self.with_many(kind, &mut world, results)?;
        }
        if self.wanted.group(Group::User) || self.wanted.group(Group::Search) {
            world.fill(self.extent.users)?;
            world.rest()?;
        }
        self.group(Group::User, on, results, || users::by_id(self, &world))?;
        self.group(Group::Search, on, results, || Ok(search::measure(self, &world)))?;
        self.group(Group::Create, on, results, || users::create(self, &world))
    }

    /// What is compared between few users and many.
    fn with_many(&self, kind: Kind, few: &mut World, results: &mut Results) -> Outcome {
        let on = Some(kind);
        let (many, imported) = match import::make(self, kind) {
            Ok(made) => made,
            Err(why) => {
                let why = why.to_string();
                for group in Group::WITH_MANY {
                    self.group(group, on, results, || Err(why.clone().into()))?;
                }
                return Ok(());
            }
        };
        self.group(Group::Import, on, results, || Ok(imported))?;
        few.fill(self.extent.few)?;
        many.rest()?;
        few.rest()?;
        self.group(Group::Pages, on, results, || {
            let mut rows = users::pages(self, few)?;
            rows.extend(users::pages(self, &many)?);
            rows.push(users::pages_of_many(self, few, &many));
            Ok(rows)
        })?;
        self.group(Group::Search, on, results, || Ok(search::of_many(self, few, &many)))?;
        self.group(Group::Memory, on, results, || endurance::measure(self, &many))
    }
}

/// A count among figures; none here is so large that it would lose a digit.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
