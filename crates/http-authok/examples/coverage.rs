//! The coverage table of `docs/dialects/authok.md`: the rows of `contract.tsv` against the routes.
#![expect(clippy::print_stdout, reason = "a command-line program speaks on standard output")]

use std::collections::BTreeSet;

use citizenry_http_authok::{QUICK_START, TABLE};

const CONTRACT: &str = include_str!("../contract.tsv");

fn main() {
    let routes: BTreeSet<(String, String)> = TABLE
        .iter()
        .chain([&QUICK_START])
        .map(|route| (route.method.to_owned(), shape(route.path)))
        .collect();
    let rows: Vec<Row<'_>> = CONTRACT.lines().filter_map(Row::read).collect();
    let answered = |row: &&Row<'_>| row.is_answered(&routes);
    println!("{} of {} rows are answered.\n", rows.iter().filter(answered).count(), rows.len());
    println!("| resource | rows | answered | not yet |\n|---|---|---|---|");
    let mut resources: Vec<&str> = Vec::new();
    for row in &rows {
        if !resources.contains(&row.resource) {
            resources.push(row.resource);
        }
    }
    for resource in resources {
        let own = || rows.iter().filter(|row| row.resource == resource);
        let missing: Vec<String> = own()
            .filter(|row| !row.is_answered(&routes))
            .map(|row| format!("{} `{}`", row.method, row.paths.first().unwrap_or(&"")))
            .collect();
        let (all, missing_count) = (own().count(), missing.len());
        let missing = if missing_count == all { "all".to_owned() } else { missing.join(", ") };
        println!("| {resource} | {all} | {} | {missing} |", all - missing_count);
    }
}

/// One row of the contract.
struct Row<'a> {
    resource: &'a str,
    method: &'a str,
    paths: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        let (resource, method, path) = (fields.next()?, fields.next()?, fields.next()?);
        let others = fields.next().unwrap_or_default().split_whitespace();
        Some(Self { resource, method, paths: std::iter::once(path).chain(others).collect() })
    }

    /// Whether one of its paths is a route.
    fn is_answered(&self, routes: &BTreeSet<(String, String)>) -> bool {
        self.paths.iter().any(|path| routes.contains(&(self.method.to_owned(), shape(path))))
    }
}

/// The path without the names of its parameters, which are a door's own.
fn shape(path: &str) -> String {
    let segments = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    segments.collect::<Vec<_>>().join("/")
}
