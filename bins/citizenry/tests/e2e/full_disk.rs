//! Imports for which there is no room on the disk: files may not grow beyond a limit of the process,
//! which takes no privilege, and writing fails as on a disk that is full.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::harness::{Installation, after};

/// How many users the file has: several chunks.
const USERS: usize = 3_000;
/// How much more room each further attempt has, KiB.
const STEP: u64 = 1_536;

/// The room grows from attempt to attempt, as when somebody tidies up. Whatever an attempt could not
/// do, half of a row is never there, and who is there is told of.
#[test]
fn an_import_on_a_full_disk_keeps_whole_rows_and_goes_on_when_there_is_room() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    let file = installation.write("users.ndjson", &(0..USERS).map(row).collect::<String>());
    let results = installation.data_dir().join("results");
    let arguments = [
        "import",
        file.to_str().unwrap(),
        "--create-missing",
        "--results",
        results.to_str().unwrap(),
        "--format",
        "json",
    ];
    let database = installation.data_dir().join("citizenry.sqlite");
    let mut room = std::fs::metadata(database).unwrap().len() / 1_024;
    let mut stopped_at = Vec::new();
    let summary = loop {
        room += STEP;
        let output = run_with_room(&installation, room, &arguments);
        if output.status.success() {
            break serde_json::from_slice::<Value>(&output.stdout).unwrap();
        }
        let done = done_with(&output, "error: disk I/O error\n  look whether the database's disk");
        assert_eq!(told_lines(&results), (1..=done as u64).collect::<Vec<_>>());
        check_users(&installation, done);
        stopped_at.push(done);
    };
    assert!(stopped_at.is_sorted(), "{stopped_at:?}");
    let in_the_middle = stopped_at.iter().filter(|done| (1..USERS).contains(done)).count();
    assert!(in_the_middle > 0, "it was never stopped between chunks: {stopped_at:?}");

    assert_eq!(summary["resumed"], true, "{summary}");
    assert_eq!((&summary["created"], &summary["total"]), (&USERS.into(), &USERS.into()));
    assert_eq!(told_lines(&results), (1..=USERS as u64).collect::<Vec<_>>());
    let told = std::fs::read_to_string(&results).unwrap();
    assert_eq!(told.matches("\"result\":\"created\"").count(), USERS, "all were told at once");
    check_users(&installation, USERS);
    assert_eq!(installation.json(&arguments[..5])["unchanged"], USERS);
}

/// The database is on another machine; there is no room for the file of results.
#[test]
fn results_that_find_no_room_are_told_when_there_is_some() {
    let installation = Installation::postgres();
    installation.json(&["bootstrap"]);
    let file = installation.write("users.ndjson", &(0..USERS).map(row).collect::<String>());
    let results = installation.write("results", "");
    let (file, path) = (file.to_str().unwrap(), results.to_str().unwrap());
    let arguments = ["import", file, "--create-missing", "--results", path];
    let output = run_with_room(&installation, 20, &arguments);
    let expected = format!("error: {path}: File too large (os error 27)\n  raise the limit");
    let done = done_with(&output, &expected);
    let told = std::fs::read_to_string(&results).unwrap();
    let told = told.matches('\n').count();
    assert!((1..done).contains(&told), "{told} lines of {done}");
    check_users(&installation, done);

    let summary = installation.json(&arguments);
    assert_eq!((&summary["created"], &summary["resumed"]), (&USERS.into(), &true.into()));
    assert_eq!(told_lines(&results), (1..=USERS as u64).collect::<Vec<_>>());
    let text = std::fs::read_to_string(&results).unwrap();
    assert_eq!(text.matches("\"result\":\"done\"").count(), done - told, "{text}");
    check_users(&installation, USERS);
}

fn row(number: usize) -> String {
    format!(
        "{{\"username\":\"user{number}\",\"email\":\"user{number}@example.com\",\
         \"password_hash\":\"$digest$h=sha1,pw=utf8,suf=A8BYqw$s3JNdGqquOyj6Tgf11UUA8od0gk\",\
         \"roles\":[\"reader\"],\"groups\":[\"all\"],\"foreign_ids\":{{\"old\":\"{number}\"}}}}\n"
    )
}

/// Runs a command whose files may not grow beyond so many KiB. What goes beyond is refused, as the
/// signal that would end the program is ignored.
fn run_with_room(installation: &Installation, kib: u64, arguments: &[&str]) -> Output {
    let command = installation.command(arguments);
    let mut limited = Command::new("/bin/sh");
    // In blocks of 512 bytes.
    limited.args(["-c", "trap '' XFSZ; ulimit -f \"$0\" && exec \"$@\"", &(2 * kib).to_string()]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.stdin(Stdio::null()).output().unwrap()
}

/// How many lines an import is done with that has failed for lack of room and says so.
fn done_with(output: &Output, expected: &str) -> usize {
    let errors = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{errors}");
    assert!(errors.starts_with(expected), "{errors}");
    assert!(
        errors.ends_with("lines are done with, the same command goes on after them\n"),
        "{errors}"
    );
    let rest = after(errors, "; the first ").unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

/// The users of the first lines are there, each once and with all that his row says, and nobody
/// else; and the installation is sound.
fn check_users(installation: &Installation, many: usize) {
    let checks = installation.json(&["doctor"]);
    assert!(checks.as_array().unwrap().iter().all(|it| it["result"] == "ok"), "{checks}");
    let export = installation.run(&["export"]);
    let text = std::str::from_utf8(&export.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let users: Vec<Value> = rows.filter(|it| it["username"] != "admin").collect();
    assert_eq!(users.len(), many);
    let mut seen = vec![false; many];
    for user in users {
        let number: usize = user["foreign_ids"]["old"].as_str().unwrap().parse().unwrap();
        let expected: Value = serde_json::from_str(&row(number)).unwrap();
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(&user[member], value, "{member} of {user}");
        }
        assert!(!std::mem::replace(&mut seen[number], true), "twice: {user}");
    }
}

/// The lines of the input that a file of results speaks of, in its order.
fn told_lines(results: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(results).unwrap();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["line"].as_u64().unwrap();
    text.lines().map(line).collect()
}
