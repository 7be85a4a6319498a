//! Asking a database how it would carry a statement out.

use citizenry_testkit::TestDatabase;
use diesel::{
    Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_types::Text,
};

use crate::Statement;

/// Unique indexes of few rows a tenant: the tenant alone finds the one row.
const BY_TENANT_ALONE: [&str; 3] =
    ["roles_administrator_key", "resource_servers_system_key", "user_counters"];

/// How SQLite writes that an index is entered at a cursor.
const BEGINNINGS: [&str; 8] =
    [")>(", ")<(", "id>?", "id<?", "name>?", "name<?", "number>?", "number<?"];

/// How PostgreSQL does.
const STARTS: [&str; 9] = [
    "ROW(",
    "id < ",
    "id > ",
    "name <= ",
    "name >= ",
    "number < ",
    "number > ",
    "number <= ",
    "number >= ",
];

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

pub(crate) fn on_sqlite(database: &TestDatabase, statements: &[Statement]) -> Vec<String> {
    let path = database.file().expect("a file").to_str().expect("a path");
    let mut connection = SqliteConnection::establish(path).expect("the database opens");
    let mut problems = Vec::new();
    for statement in statements {
        let explained = diesel::sql_query(format!("EXPLAIN QUERY PLAN {}", statement.sql));
        let steps: Vec<Step> = explained
            .load(&mut connection)
            .unwrap_or_else(|error| panic!("{statement:?}: {error}"));
        for Step { detail } in &steps {
            if let Some(problem) = sqlite_problem(statement, detail) {
                problems.push(format!(
                    "{}: {problem}: {detail}\n    {}",
                    statement.label, statement.sql
                ));
            }
        }
        let page = statement.label.starts_with("walk") && statement.sql.contains("LIMIT");
        if page && statement.label.ends_with("after") {
            let begins = |step: &Step| BEGINNINGS.iter().any(|range| step.detail.contains(range));
            if !steps.iter().any(begins) {
                let plan: Vec<_> = steps.iter().map(|step| step.detail.as_str()).collect();
                problems.push(format!("{}: begins at the front: {plan:?}", statement.label));
            }
        }
    }
    problems
}

fn sqlite_problem(statement: &Statement, detail: &str) -> Option<&'static str> {
    let kind = statement.label.split(' ').next().unwrap_or_default();
    // A list of values, a parameter or the rows of a subquery are no table, and what a full-text
    // index finds by words (`M`) is no scan of it.
    let by_words = detail.split_once("VIRTUAL TABLE INDEX 0:").is_some_and(|it| it.1.contains('M'));
    let others = ["SCAN (subquery", "SCAN json_each"];
    let no_table = detail.contains("CONSTANT ROW")
        || others.iter().any(|it| detail.starts_with(it))
        || by_words;
    if detail.starts_with("SCAN") && !no_table && kind != "all" {
        return Some("scans");
    }
    let sorts = detail.contains("TEMP B-TREE FOR ORDER BY");
    if kind == "walk" && sorts && statement.sql.contains("LIMIT") {
        return Some("sorts");
    }
    let by_tenant = detail.starts_with("SEARCH") && detail.ends_with("(tenant_id=?)");
    let few = BY_TENANT_ALONE.iter().any(|index| detail.contains(index));
    if kind == "find" && by_tenant && !few {
        return Some("walks the tenant");
    }
    None
}

pub(crate) async fn on_postgres(database: &TestDatabase, statements: &[Statement]) -> Vec<String> {
    let crowded = database.sql(include_str!("crowd.sql")).await;
    assert!(crowded[0].parse::<u32>().expect("a count") > 20_000);
    let mut problems = Vec::new();
    for statement in statements {
        let parameters = parameters(&statement.sql);
        let values = vec!["NULL"; parameters].join(", ");
        let values = if parameters == 0 { String::new() } else { format!("({values})") };
        // The plan that serves whatever the values are. A page of unknown length is taken for a
        // tenth of the table, for which a scan may be cheaper: that is not asked here.
        // An index of the elements of arrays answers by bitmaps alone.
        let bitmaps = if statement.sql.contains("tokens @>") { "on" } else { "off" };
        let script = format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = {bitmaps}; \
             SET plan_cache_mode = force_generic_plan; \
             PREPARE explained AS {}; EXPLAIN EXECUTE explained{values}",
            statement.sql
        );
        let plan = database.sql(&script).await;
        for problem in postgres_problems(statement, &plan) {
            let text = plan.join("\n    ");
            problems
                .push(format!("{}: {problem}\n    {}\n    {text}", statement.label, statement.sql));
        }
    }
    problems
}

/// How many parameters a statement has: `$1` to `$n`.
fn parameters(sql: &str) -> usize {
    sql.split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .max()
        .unwrap_or(0)
}

fn postgres_problems(statement: &Statement, plan: &[String]) -> Vec<&'static str> {
    let kind = statement.label.split(' ').next().unwrap_or_default();
    let mut problems = Vec::new();
    for (number, line) in plan.iter().enumerate() {
        let node = line.trim_start().trim_start_matches("->").trim_start();
        if node.starts_with("Seq Scan") && kind != "all" {
            problems.push("scans");
        }
        if node.starts_with("Sort  (") && kind == "walk" && statement.sql.contains("LIMIT") {
            problems.push("sorts");
        }
        let by_index = ["Index Scan", "Index Only Scan", "Bitmap Index Scan"]
            .iter()
            .any(|scan| node.starts_with(scan));
        if !by_index {
            continue;
        }
        let details =
            plan.iter().skip(number + 1).take_while(|line| !line.trim_start().starts_with("->"));
        let condition = details.clone().find_map(|line| line.split("Index Cond: ").nth(1));
        let few = BY_TENANT_ALONE.iter().any(|index| node.contains(index));
        match condition {
            None if kind != "all" => problems.push("walks a whole index"),
            Some(condition)
                if kind == "find"
                    && !few
                    && !condition.contains(" AND ")
                    && condition.contains("tenant_id") =>
            {
                problems.push("walks the tenant");
            }
            Some(condition)
                if statement.label.ends_with("after")
                    && kind == "walk"
                    && statement.sql.contains("LIMIT")
                    && number < 3
                    && !STARTS.iter().any(|range| condition.contains(range)) =>
            {
                problems.push("begins at the front");
            }
            _ => {}
        }
    }
    problems
}

#[test]
fn parameters_are_counted() {
    assert_eq!(parameters("SELECT 1"), 0);
    assert_eq!(parameters("a = $1 AND b = $12 AND c = $2"), 12);
}
