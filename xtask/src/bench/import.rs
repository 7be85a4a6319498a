//! A bulk import, beside the database's own quickest way to the same rows.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::process::{Child, Stdio};
use std::time::Instant;

use super::database::{Database, Kind};
use super::installation::Installation;
use super::report::{Aim, Row};
use super::users::grouped;
use super::world::World;
use super::{Bench, as_f64, population};
use crate::postgres;
use crate::{Outcome, process};

/// Rows of one transaction of the bare loop.
const BATCH: u64 = 10_000;

/// What an import came to.
struct Imported {
    seconds: f64,
    /// Seconds when each tenth had been handed over.
    tenths: Vec<f64>,
    /// The most memory that it had, MiB.
    peak: f64,
}

/// Makes a world with many people and measures how long that takes.
pub(super) fn make(bench: &Bench, kind: Kind) -> Outcome<(World, Vec<Row>)> {
    let mut world = World::make(bench.installation(kind, "many")?)?;
    let count = bench.extent.many;
    let work = format!("import of {} users, hashes included", grouped(count));
    if !world.installation.knows("import") {
        world.fill(count)?;
        return Ok((world, vec![Row::missing(&work, "this server has no `citizenry import`")]));
    }
    process::progress(&format!("importing {} people", grouped(count)));
    let imported = run(&world.installation, count)?;
    world.was_filled(count)?;
    let rows = rows(bench, kind, &work, count, &imported);
    Ok((world, rows))
}

fn rows(bench: &Bench, kind: Kind, work: &str, count: u64, imported: &Imported) -> Vec<Row> {
    let rate = as_f64(count) / imported.seconds;
    let (than, note) = match kind {
        Kind::Sqlite => (
            "sqlite3 copying users, identities and passwords, 10,000 rows a transaction",
            "without the tokens of the search index in the copy",
        ),
        Kind::Postgres => ("binary COPY of the same rows", "search tokens in both"),
    };
    let beside = if bench.wanted.group(super::Group::Import) {
        let source = Source { bench, kind };
        match source.seconds(count) {
            Ok(seconds) => {
                let pair = [(rate, as_f64(count) / seconds)];
                Row::ratio(work, than, " rows/s", &pair, Aim::AtLeast(0.5)).with_note(note)
            }
            Err(why) => Row::missing(&format!("{work}, beside {than}"), why),
        }
    } else {
        Row::figure(work, " rows/s", rate, Aim::None)
    };
    // The first tenth fills the queue before the import and is taken sooner than it is written.
    let tenth = |number: usize| {
        let end = imported.tenths.get(number);
        end.zip(imported.tenths.get(number - 1)).map_or(f64::NAN, |(end, begin)| end - begin)
    };
    let times = [(tenth(9), tenth(1))];
    vec![
        beside,
        Row::ratio("import, the last tenth", "the second tenth", " s", &times, Aim::AtMost(1.1)),
        Row::figure("import, memory at its most", " MiB", imported.peak, Aim::AtMost(150.0)),
    ]
}

/// Hands people over as fast as they are taken.
fn run(installation: &Installation, count: u64) -> Outcome<Imported> {
    let mut command = installation.command("import");
    command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let log = installation.folder.join("import.log");
    // What it says is read all the time, so that it never waits for us.
    let _lines = crate::e2e::output(&mut child, &log)?;
    let (mut tenths, mut peak) = (Vec::new(), 0.0_f64);
    {
        let pipe = child.stdin.take().ok_or("the import takes no input")?;
        let mut pipe = BufWriter::with_capacity(1 << 16, pipe);
        for number in 0..count {
            writeln!(pipe, "{}", population::line(number))
                .map_err(|error| broken(&log, &error.to_string()))?;
            if (number + 1) % (count / 10).max(1) == 0 {
                tenths.push(begin.elapsed().as_secs_f64());
                peak = peak.max(most_memory(&child));
            }
        }
        pipe.flush()?;
    }
    loop {
        peak = peak.max(most_memory(&child));
        match child.try_wait()? {
            Some(status) if status.success() => break,
            Some(status) => return Err(broken(&log, &status.to_string()).into()),
            None => std::thread::park_timeout(std::time::Duration::from_millis(20)),
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Imported { seconds, tenths, peak })
}

fn broken(log: &std::path::Path, why: &str) -> String {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    format!("the import failed ({why}): {}", said.lines().next_back().unwrap_or_default())
}

/// MiB that a program has had at its most so far; nothing when it has ended.
fn most_memory(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    as_f64(kibibytes.unwrap_or_default()) / 1024.0
}

/// The imported rows, to be written once more into a database that has only the tables.
struct Source<'a> {
    bench: &'a Bench,
    kind: Kind,
}

impl Source<'_> {
    /// How long the database takes for the same rows by itself.
    fn seconds(&self, count: u64) -> Outcome<f64> {
        let source = self.bench.folder.join(format!("{}-many", self.kind.slug()));
        let copy = self.bench.installation(self.kind, "copy")?;
        process::read(copy.command("migrate").arg("run"))?;
        let seconds = match (&copy.database, &self.bench.cluster) {
            (Database::Sqlite(_), _) => {
                let file = source.join("data").join("citizenry.sqlite");
                let file = Database::Sqlite(file);
                by_sqlite(&file, &copy.database, count)?
            }
            (Database::Postgres(url), Some(cluster)) => {
                let from = cluster.url_of("citizenry_bench_many");
                self.by_copy(&from, url)?
            }
            (Database::Postgres(_), None) => return Err("there is no PostgreSQL".into()),
        };
        // It is as large as the original.
        std::fs::remove_dir_all(&copy.folder)?;
        Ok(seconds)
    }

    fn by_copy(&self, from: &str, to: &str) -> Outcome<f64> {
        let parents = ["tenants", "connections"].map(str::to_owned);
        let children = postgres::sql(
            from,
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables
             USING (table_schema, table_name) WHERE table_schema = 'public'
             AND table_type = 'BASE TABLE' AND column_name = 'user_id'
             AND table_name IN ('identities', 'passwords', 'user_search')
             ORDER BY table_name",
        )?;
        postgres::sql(to, "TRUNCATE tenants CASCADE")?;
        let mut seconds = 0.0;
        let users = ["users".to_owned()];
        let children = children.lines().map(str::to_owned);
        for table in parents.into_iter().chain(users).chain(children) {
            let file = self.bench.folder.join("copy.bin");
            let columns = postgres::sql(
                from,
                &format!(
                    "SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) \
                     FROM information_schema.columns WHERE table_schema = 'public' AND \
                     table_name = '{table}' AND is_generated = 'NEVER'"
                ),
            )?;
            let columns = columns.trim();
            let (file, of) = (file.display(), format!("{table} ({columns})"));
            postgres::sql(from, &format!("\\copy {of} to '{file}' with (format binary)"))?;
            let begin = Instant::now();
            postgres::sql(to, &format!("\\copy {of} from '{file}' with (format binary)"))?;
            if table != "tenants" && table != "connections" {
                seconds += begin.elapsed().as_secs_f64();
            }
            std::fs::remove_file(self.bench.folder.join("copy.bin"))?;
        }
        Ok(seconds)
    }
}

/// How long SQLite takes for the same rows in large transactions.
fn by_sqlite(from: &Database, to: &Database, count: u64) -> Outcome<f64> {
    let (Database::Sqlite(file), Database::Sqlite(copy)) = (from, to) else {
        return Err("that is no SQLite".into());
    };
    let mut statements = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;\n\
         PRAGMA cache_size=-65536; ATTACH '{}' AS source;\n",
        file.display()
    );
    let mut tables = Vec::new();
    for table in ["users", "identities", "passwords", "user_search"] {
        let names = from.sql(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
        // Older servers have no search index.
        if !names.is_empty() {
            tables.push((table, names.lines().collect::<Vec<_>>().join(", ")));
        }
    }
    // Those who sign in and the administrator came before.
    let last = count + BATCH;
    for first in (0..last).step_by(usize::try_from(BATCH)?) {
        statements.push_str("BEGIN IMMEDIATE;\n");
        for (table, columns) in &tables {
            writeln!(statements, "{};", copying(table, columns, first))?;
        }
        statements.push_str("COMMIT;\n");
    }
    // They are too long to be an argument.
    let script = copy.with_extension("sql");
    std::fs::write(&script, statements)?;
    let begin = Instant::now();
    to.sql(&format!(".read '{}'", script.display()))?;
    let seconds = begin.elapsed().as_secs_f64();
    let copied = to.sql("SELECT count(*) FROM users")?;
    if copied.trim().parse::<u64>()? < count {
        return Err(format!("only {} rows were copied", copied.trim()).into());
    }
    Ok(seconds)
}

/// The statement that copies the rows of a batch of users.
fn copying(table: &str, columns: &str, first: u64) -> String {
    let batch = format!("rowid > {first} AND rowid <= {}", first + BATCH);
    let chosen = if table == "users" {
        batch
    } else {
        format!("(tenant_id, user_id) IN (SELECT tenant_id, id FROM source.users WHERE {batch})")
    };
    format!(
        "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM source.{table} WHERE {chosen}"
    )
}
