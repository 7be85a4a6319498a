//! Migrations: the same names for both databases, each with both directions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Checkout, Problems};
use crate::Outcome;
use crate::migrate::FOLDERS;

pub(super) fn check(checkout: &Checkout) -> Outcome<Problems> {
    let mut problems = Problems::new();
    let names: BTreeSet<String> =
        FOLDERS.iter().flat_map(|folder| names(checkout, folder)).collect();
    for name in names {
        for folder in FOLDERS {
            for direction in ["up.sql", "down.sql"] {
                let file = place(folder).join(&name).join(direction);
                if !checkout.has(&file) {
                    problems.push(format!("{}: missing", file.display()));
                } else if checkout.read(&file)?.trim().is_empty() {
                    problems.push(format!("{}: empty", file.display()));
                }
            }
        }
    }
    Ok(problems)
}

fn place(folder: &str) -> PathBuf {
    Path::new("migrations").join(folder)
}

fn names(checkout: &Checkout, folder: &str) -> BTreeSet<String> {
    let place = place(folder);
    checkout
        .files()
        .filter_map(|file| file.strip_prefix(&place).ok())
        .filter(|file| file.components().count() > 1)
        .filter_map(|file| Some(file.components().next()?.as_os_str().to_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::checkout;
    use super::*;

    #[test]
    fn a_missing_twin_and_an_empty_direction_are_named() {
        let (_folder, checkout) = checkout(&[
            ("migrations/README.md", ""),
            ("migrations/sqlite/1_a/up.sql", "x"),
            ("migrations/sqlite/1_a/down.sql", ""),
            ("migrations/postgres/1_a/up.sql", "x"),
        ]);
        let problems = check(&checkout).unwrap();
        assert_eq!(
            problems,
            ["migrations/sqlite/1_a/down.sql: empty", "migrations/postgres/1_a/down.sql: missing",]
        );
    }
}
