//! No look-up, no lock, no list scans a table: the plan of every query, on both databases.
//!
//! Every method of every port is called once and more (a method that is not fails the test), what
//! the driver sends is recorded, and the database explains it. What a label begins with says what
//! its statements may do:
//!
//! * `find`: rows by key. No index is walked for the tenant alone.
//! * `walk`: a page of a list in the order of an index: nothing is sorted, and a page after a cursor
//!   begins at it.
//! * `list`: a page that is narrowed or ordered by several keys, or a count: no more than the
//!   tenant's part of an index.
//! * `all`: the tenants of the installation, which belong to nobody.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../structure/builders.rs"]
mod builders;
mod drive;
mod drive_bulk;
mod drive_people;
mod drive_sign_in;
mod drive_structure;
mod explain;
#[path = "../directory/support.rs"]
#[expect(dead_code, reason = "not everything that can be built is needed here")]
mod support;

use std::sync::{Mutex, PoisonError};

use citizenry_testkit::{TestDatabase, block_on};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// A statement and what it was sent for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    label: String,
    sql: String,
}

static LABEL: Mutex<String> = Mutex::new(String::new());
static RECORDED: Mutex<Vec<Statement>> = Mutex::new(Vec::new());

/// Names what is sent from now on.
fn label(text: &str) {
    text.clone_into(&mut LABEL.lock().unwrap_or_else(PoisonError::into_inner));
}

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        let label = LABEL.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if label.is_empty() {
            return;
        }
        let text = query.to_string();
        let sql = text.split(" -- binds:").next().unwrap_or_default().to_owned();
        RECORDED.lock().unwrap_or_else(PoisonError::into_inner).push(Statement { label, sql });
    }
}

fn recorded() -> Vec<Statement> {
    label("");
    let mut statements =
        std::mem::take(&mut *RECORDED.lock().unwrap_or_else(PoisonError::into_inner));
    statements.retain(|statement| {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.sql.starts_with(verb))
    });
    statements.sort();
    statements.dedup();
    assert!(statements.len() > 150, "only {} statements were recorded", statements.len());
    statements
}

/// One test, since what is recorded is recorded for the process.
#[test]
fn no_query_scans_a_table() {
    set_default_instrumentation(|| Some(Box::new(Recorder))).expect("the recorder is set");
    block_on(async {
        let database = TestDatabase::sqlite().await;
        drive::every_query(&database).await;
        let on_sqlite = explain::on_sqlite(&database, &recorded());

        let database = TestDatabase::postgres().await;
        drive::every_query(&database).await;
        let on_postgres = explain::on_postgres(&database, &recorded()).await;
        assert!(
            on_sqlite.is_empty() && on_postgres.is_empty(),
            "on SQLite:\n{}\non PostgreSQL:\n{}",
            on_sqlite.join("\n"),
            on_postgres.join("\n")
        );
    });
}

#[test]
fn every_method_of_every_port_is_driven() {
    let driven = concat!(
        include_str!("drive.rs"),
        include_str!("drive_bulk.rs"),
        include_str!("drive_people.rs"),
        include_str!("drive_sign_in.rs"),
        include_str!("drive_structure.rs"),
    );
    let driven: String = driven.split_whitespace().collect();
    let missing: Vec<String> = drive::PORTS
        .iter()
        .flat_map(|(port, source)| {
            source
                .split("async fn ")
                .skip(1)
                .filter_map(|rest| rest.split('(').next())
                .map(move |method| format!("{port}().{method}("))
        })
        .filter(|call| !driven.contains(call))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}
