//! Imports that are killed, files that are broken, and exports.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Installation, on_both_databases};

/// How many users the file of the kill test has.
const USERS: usize = 6_000;
/// How often its import is killed.
const KILLS: u32 = 10;
/// After how long at the latest, milliseconds.
const LATEST: u64 = 900;

on_both_databases! {
    fn an_import_that_is_killed_again_and_again_ends_with_exactly_the_users_of_its_file(installation) {
        installation.json(&["bootstrap"]);
        let file = installation.write("users.ndjson", &rows(USERS));
        let (file, results) = (file.to_str().unwrap(), installation.data_dir().join("results"));
        let results = results.to_str().unwrap();
        let arguments = ["import", file, "--create-missing", "--results", results];
        for kill in 0..KILLS {
            kill_after(installation, &arguments, random_delay(kill));
        }
        let summary = installation.json(&arguments);
        assert_eq!(summary["failed"], 0, "{summary}");
        assert_eq!(summary["total"], USERS, "{summary}");
        let (created, unchanged) = (summary["created"].as_u64(), summary["unchanged"].as_u64());
        assert_eq!(created.unwrap() + unchanged.unwrap(), USERS as u64, "{summary}");

        let (names, rows) = exported(installation);
        assert_eq!(rows, USERS, "somebody is there twice");
        let expected: BTreeSet<String> = (0..USERS).map(|n| format!("user{n}")).collect();
        assert_eq!(names, expected);
        assert_eq!(told_lines(Path::new(results)), (1..=USERS as u64).collect::<Vec<_>>());

        let again = installation.json(&arguments);
        assert_eq!(again["unchanged"], USERS, "{again}");
        assert_eq!(exported(installation).1, USERS);
    }

    fn an_export_is_imported_elsewhere_and_exported_with_the_same_bytes(installation) {
        installation.json(&["bootstrap"]);
        let file = installation.write("users.ndjson", &rows(300));
        let arguments = ["import", file.to_str().unwrap(), "--create-missing"];
        assert_eq!(installation.json(&arguments)["created"], 300);
        let first = without_administrator(&installation.run(&["export"]).stdout);
        assert_eq!(first.lines().count(), 300);

        let other = Installation::sqlite();
        other.json(&["bootstrap"]);
        let file = other.write("users.ndjson", &first);
        let arguments = ["import", file.to_str().unwrap(), "--create-missing"];
        assert_eq!(other.json(&arguments)["created"], 300);
        let second = without_administrator(&other.run(&["export"]).stdout);
        assert!(first == second, "the bytes differ");
    }
}

#[test]
fn refused_rows_are_told_by_line_and_end_with_their_own_exit_code() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    let text = format!("{}not json\n{{\"username\":\"user0\"}}\n{{\"usernam", rows(2));
    let file = installation.write("users.ndjson", &text);
    let results = installation.data_dir().join("results");
    let file = file.to_str().unwrap();
    let output = installation.run(&["import", file, "--create-missing", "--dry-run"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("line 3: the row is no JSON"), "{errors}");
    let arguments = ["import", file, "--create-missing", "--results", results.to_str().unwrap()];
    assert_eq!(installation.run(&arguments).status.code(), Some(5));
    let told: Vec<String> = std::fs::read_to_string(&results)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["result"].to_string())
        .collect();
    assert_eq!(told, ["\"created\"", "\"created\"", "\"failed\"", "\"unchanged\"", "\"failed\""]);
    let missing = installation.run(&["import", "nowhere.ndjson"]);
    assert_eq!(missing.status.code(), Some(6), "{missing:?}");
}

fn rows(many: usize) -> String {
    let row = |n: usize| {
        format!(
            "{{\"username\":\"user{n}\",\"email\":\"user{n}@example.com\",\"name\":\"用户{n}\",\
             \"password_hash\":\"{{SSHA}}s3JNdGqquOyj6Tgf11UUA8od0gkDwFir\",\
             \"roles\":[\"reader\"],\"groups\":[\"all\"],\"foreign_ids\":{{\"old\":\"{n}\"}}}}\n"
        )
    };
    (0..many).map(row).collect()
}

/// Some milliseconds, others in every run.
fn random_delay(kill: u32) -> Duration {
    Duration::from_millis(RandomState::new().hash_one(kill) % LATEST)
}

/// Runs a command and kills it after some time, unless it has ended.
fn kill_after(installation: &Installation, arguments: &[&str], delay: Duration) {
    let mut command = installation.command(arguments);
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while begun.elapsed() < delay && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // It may have ended just now.
    let _ended = child.kill();
    child.wait().unwrap();
}

/// The usernames of everybody but the first administrator, and how many rows there are of them.
fn exported(installation: &Installation) -> (BTreeSet<String>, usize) {
    let text = without_administrator(&installation.run(&["export"]).stdout);
    let name = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["username"].as_str().unwrap().to_owned()
    };
    (text.lines().map(name).collect(), text.lines().count())
}

fn without_administrator(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap();
    let rows = text.lines().filter(|line| !line.contains("\"username\":\"admin\""));
    rows.flat_map(|line| [line, "\n"]).collect()
}

/// The lines of the input that a file of results speaks of, in its order.
fn told_lines(results: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(results).unwrap();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["line"].as_u64().unwrap();
    text.lines().map(line).collect()
}
