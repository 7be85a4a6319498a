//! The rows of a new user, written by PostgreSQL's own load generator.
//!
//! They are copied from a user that the server has made: every table that has a row of his, with the
//! same values but for what must differ. So the script stays true when tables are added.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Bench;
use super::database::Database;
use super::world::World;
use super::wrk::Load;
use crate::{Outcome, postgres, process};

/// What they are, for the table.
pub(super) const NAME: &str = "pgbench inserting the same rows, 16 connections";

/// As many as the server has for writing.
const CONNECTIONS: usize = 16;

/// The text in every value of the user that is copied which has to be another one in each copy.
const MARK: &str = "000000000";

/// A script for pgbench.
pub(super) struct Inserts {
    url: String,
    script: PathBuf,
    runs: AtomicU64,
}

/// The rows that the script writes.
struct Rows<'a> {
    database: &'a Database,
    user: String,
    /// Identifiers of rows, and what stands for them in the script.
    identifiers: Vec<(String, String)>,
}

impl Inserts {
    /// Writes the script after the user of an identifier.
    pub(super) fn like(bench: &Bench, world: &World, subject: &str) -> Outcome<Self> {
        let database = &world.installation.database;
        let Database::Postgres(url) = database else { return Err("that is no PostgreSQL".into()) };
        let user = database.sql(&format!("SELECT id FROM users WHERE subject = '{subject}'"))?;
        let mut rows = Rows::of(database, user.trim())?;
        let mut script = String::from(
            "\\set i :i + 1\n\\set n (:run * 100 + :client_id) * 100000 + :i\nBEGIN;\n",
        );
        for statement in rows.statements()? {
            script.push_str(&statement);
            script.push_str(";\n");
        }
        script.push_str("COMMIT;\n");
        let file = bench.folder.join("inserts.sql");
        std::fs::write(&file, script)?;
        Ok(Self { url: url.clone(), script: file, runs: AtomicU64::new(1) })
    }

    /// Inserts for a while.
    pub(super) fn run(&self, during: Duration) -> Outcome<Load> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut pgbench = Command::new(postgres::program("pgbench")?);
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=1", "--define=i=0"]);
        pgbench.arg(format!("--define=run={run}")).arg(format!("--client={CONNECTIONS}"));
        pgbench.arg(format!("--time={}", during.as_secs().max(1)));
        pgbench.arg("--file").arg(&self.script).arg(&self.url);
        let said = process::read(&mut pgbench)?;
        rate(&said).ok_or_else(|| format!("pgbench says: {said}").into())
    }
}

/// Reads `tps = 1234.5 (without initial connection time)` and the average latency.
fn rate(said: &str) -> Option<Load> {
    let number = |start: &str| {
        let rest = said.lines().find_map(|line| line.strip_prefix(start))?;
        rest.split_whitespace().next()?.parse::<f64>().ok()
    };
    let latency = number("latency average = ")?;
    Some(Load { rate: number("tps = ")?, p50: latency, p99: latency, cpu: None, memory: None })
}

impl<'a> Rows<'a> {
    fn of(database: &'a Database, user: &str) -> Outcome<Self> {
        if user.is_empty() {
            return Err("the user to copy is not there".into());
        }
        let identifiers = vec![(user.to_owned(), identifier(0))];
        Ok(Self { database, user: user.to_owned(), identifiers })
    }

    /// The statements, in an order that foreign keys allow.
    fn statements(&mut self) -> Outcome<Vec<String>> {
        let user = self.user.clone();
        let events = format!(
            "SELECT event_id FROM event_users WHERE user_id = '{user}' ORDER BY event_id LIMIT 1"
        );
        let event = self.database.sql(&events)?.trim().to_owned();
        self.identifiers.push((event.clone(), identifier(1)));
        let mut statements = vec![
            "SELECT nextval('numbers')".to_owned(),
            self.insert("users", &format!("id = '{user}'"))?,
        ];
        let tables = self.database.sql(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables
             USING (table_schema, table_name) WHERE table_schema = 'public'
             AND table_type = 'BASE TABLE' AND column_name = 'user_id' AND table_name NOT IN
             ('event_users', 'tag_links', 'user_search_state') ORDER BY table_name",
        )?;
        for table in tables.lines() {
            let rows = format!("SELECT count(*) FROM {table} WHERE user_id = '{user}'");
            if self.database.sql(&rows)?.trim() != "0" {
                statements.push(self.insert(table, &format!("user_id = '{user}'"))?);
            }
        }
        statements.push(
            "INSERT INTO user_counters SELECT tenant_id, :n % 16, 1 FROM user_counters LIMIT 1 \
             ON CONFLICT (tenant_id, slot) DO UPDATE SET count = user_counters.count + 1"
                .to_owned(),
        );
        statements.push(self.insert("events", &format!("id = '{event}'"))?);
        let of_event = format!("event_id = '{event}' AND user_id = '{user}'");
        statements.push(self.insert("event_users", &of_event)?);
        Ok(statements)
    }

    /// The statement that writes a row like the one that the condition finds.
    fn insert(&mut self, table: &str, condition: &str) -> Outcome<String> {
        let columns = self.database.sql(&format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND \
             table_name = '{table}' AND is_generated = 'NEVER' AND \
             is_identity = 'NO' ORDER BY ordinal_position"
        ))?;
        let columns: Vec<&str> = columns.lines().collect();
        let texts = columns.iter().map(|column| format!("quote_nullable({column}::text)"));
        let texts = texts.collect::<Vec<_>>().join(" || E'\\x01' || ");
        let row =
            self.database.sql(&format!("SELECT {texts} FROM {table} WHERE {condition} LIMIT 1"))?;
        let values: Vec<String> = columns
            .iter()
            .zip(row.trim_end_matches('\n').split('\u{1}'))
            .map(|(column, value)| self.value(table, column, value))
            .collect();
        Ok(format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", ")))
    }

    /// What the script writes for a value.
    fn value(&mut self, table: &str, column: &str, value: &str) -> String {
        let bare = value.trim_matches('\'');
        if column == "number" {
            // Drawn before, in the same transaction.
            return "currval('numbers')".to_owned();
        }
        if let Some((_, stands)) = self.identifiers.iter().find(|(known, _)| known == bare) {
            return stands.clone();
        }
        if column == "id" {
            let stands = identifier(self.identifiers.len());
            self.identifiers.push((bare.to_owned(), stands.clone()));
            return stands;
        }
        let unique = ["subject", "provider_user_id"].contains(&column) && table != "events";
        if unique || column == "target_id" {
            return "'copy' || :n::bigint".to_owned();
        }
        if value.contains(MARK) {
            // As long as the number that it stands for.
            let digits = "right(:n::bigint::text, 9)";
            return format!("replace({value}, '{MARK}', {digits}){}", cast(value));
        }
        value.to_owned()
    }
}

/// Text that is computed is no longer of an unknown type: JSON has to be made of it.
fn cast(value: &str) -> &'static str {
    if value.starts_with("'{") { "::jsonb" } else { "" }
}

/// The identifier of the kind of this number: ordered by time, as those of the server are.
fn identifier(kind: usize) -> String {
    format!("('{kind:08x}-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_pgbench_says() {
        let said = "pgbench (15.18)\nlatency average = 2.500 ms\ninitial connection time = 9 ms\n\
                    tps = 6400.25 (without initial connection time)\n";
        let load = rate(said).unwrap();
        assert!((load.rate - 6400.25).abs() < 0.001 && (load.p50 - 2.5).abs() < 0.001);
        assert!(rate("nothing").is_none());
    }
}
