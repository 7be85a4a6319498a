//! The migrations of one database, tried: `cargo xtask migrate check` and `revert` run this.
//!
//! `schema check URL` takes an empty database up, down to nothing and up again, and compares what
//! it then holds with the `table!`s of `schema.rs`. `schema revert URL` takes the last migration
//! back.
#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::collections::BTreeMap;

use citizenry_persistence::{Database, Location, open};
use diesel::sql_types::{Bool, Text};
use diesel::{Connection as _, QueryableByName, SqliteConnection};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use secrecy::{ExposeSecret as _, SecretString};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Tables by name, each with its columns by name: whether a column may be null.
type Tables = BTreeMap<String, BTreeMap<String, bool>>;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs");

/// Tables that queries do not name by `schema.rs`: PostgreSQL has a sequence for the first, and the
/// index of tokens is another thing on each database.
const OUTSIDE_SCHEMA: [&str; 2] = ["numbers", "user_search"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, url] = arguments.as_slice() else {
        return Err("use: schema check|revert URL".into());
    };
    let location = Location::from_url(&SecretString::from(url.as_str()))?;
    let database = open(&location).await?;
    match verb.as_str() {
        "check" => check(&database, &location).await,
        "revert" => {
            let reverted = database.revert().await?;
            println!("reverted: {}", reverted.unwrap_or_else(|| "nothing was applied".to_owned()));
            Ok(())
        }
        other => Err(format!("there is no verb {other}").into()),
    }
}

async fn check(database: &Database, location: &Location) -> Outcome {
    if !tables(location).await?.is_empty() {
        return Err("this is for empty databases only".into());
    }
    let applied = database.migrate().await?.len();
    let first = tables(location).await?;
    let mut reverted = 0;
    while database.revert().await?.is_some() {
        reverted += 1;
    }
    let left: Vec<String> = tables(location).await?.into_keys().collect();
    if reverted != applied || !left.is_empty() {
        return Err(format!("{applied} up and {reverted} down left {left:?} behind").into());
    }
    database.migrate().await?;
    let second = tables(location).await?;
    let mut problems = differences(&first, &second, "the first time up", "the second time");
    problems.extend(differences(
        &declared(&std::fs::read_to_string(SCHEMA)?)?,
        &second,
        "schema.rs",
        "the database",
    ));
    if problems.is_empty() {
        println!("{database:?}: {applied} migrations up, down and up; equal to schema.rs");
        return Ok(());
    }
    Err(problems.join("\n").into())
}

/// What one side has and the other has not, in words.
fn differences(left: &Tables, right: &Tables, left_name: &str, right_name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (table, columns) in left {
        let Some(others) = right.get(table) else {
            problems.push(format!("table {table}: in {left_name}, not in {right_name}"));
            continue;
        };
        for (column, nullable) in columns {
            match others.get(column) {
                None => {
                    problems.push(format!("{table}.{column}: in {left_name}, not in {right_name}"));
                }
                Some(other) if other != nullable => problems.push(format!(
                    "{table}.{column}: {} in {left_name}, {} in {right_name}",
                    words(*nullable),
                    words(*other)
                )),
                Some(_) => {}
            }
        }
        for column in others.keys().filter(|column| !columns.contains_key(*column)) {
            problems.push(format!("{table}.{column}: in {right_name}, not in {left_name}"));
        }
    }
    for table in right.keys().filter(|table| !left.contains_key(*table)) {
        if !OUTSIDE_SCHEMA.contains(&table.as_str()) {
            problems.push(format!("table {table}: in {right_name}, not in {left_name}"));
        }
    }
    problems
}

fn words(nullable: bool) -> &'static str {
    if nullable { "nullable" } else { "not null" }
}

/// The tables that the source of `schema.rs` declares.
fn declared(source: &str) -> Outcome<Tables> {
    let code: String =
        source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut tables = Tables::new();
    for declaration in code.split("table!").skip(1) {
        // `{ users (id) { id -> Id, name -> Nullable<Text>, } }`
        let inside = declaration.split_once('{').ok_or("table! without braces")?.1;
        let (head, rest) = inside.split_once('(').ok_or("table! without a key")?;
        let name = head.split_whitespace().next_back().ok_or("table! without a name")?;
        let body = rest.split_once('{').ok_or("table! without columns")?.1;
        let body = body.split_once('}').ok_or("table! without an end")?.0;
        let columns = body.split(',').filter_map(|column| {
            let (name, kind) = column.split_once("->")?;
            let name = name.split_whitespace().next_back()?;
            let name = name.strip_prefix("r#").unwrap_or(name);
            Some((name.to_owned(), kind.trim().starts_with("Nullable")))
        });
        tables.insert(name.to_owned(), columns.collect());
    }
    Ok(tables)
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

async fn tables(location: &Location) -> Outcome<Tables> {
    let columns = match location {
        Location::Sqlite { path } => sqlite_columns(&path.to_string_lossy())?,
        Location::Postgres { url, .. } => postgres_columns(url.expose_secret()).await?,
        Location::Memory => return Err("a database in memory cannot be looked at".into()),
    };
    let mut tables = Tables::new();
    for column in columns.into_iter().filter(|column| !column.table_name.starts_with("__diesel")) {
        tables.entry(column.table_name).or_default().insert(column.name, column.nullable);
    }
    Ok(tables)
}

fn sqlite_columns(path: &str) -> Outcome<Vec<Column>> {
    // A search index keeps tables of its own, named after it. Generated columns, which
    // `pragma_table_info` leaves out, are for indexes and never read.
    let query = "SELECT t.name AS table_name, c.name AS name, \
                 c.\"notnull\" = 0 AND c.pk = 0 AS nullable \
                 FROM pragma_table_list t JOIN pragma_table_info(t.name) c \
                 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let mut connection = SqliteConnection::establish(path)?;
    Ok(diesel::RunQueryDsl::load(diesel::sql_query(query), &mut connection)?)
}

async fn postgres_columns(url: &str) -> Outcome<Vec<Column>> {
    let query = "SELECT table_name::text, column_name::text AS name, is_nullable = 'YES' AS nullable \
                 FROM information_schema.columns \
                 WHERE table_schema = 'public' AND is_generated = 'NEVER'";
    let mut connection = AsyncPgConnection::establish(url).await?;
    Ok(diesel_async::RunQueryDsl::load(diesel::sql_query(query), &mut connection).await?)
}
