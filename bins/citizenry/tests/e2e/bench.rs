//! `citizenry bench`: figures of this machine, and nothing left behind.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use crate::harness::{Installation, on_both_databases};

/// What it measures.
const WORK: [&str; 7] = [
    "import users",
    "user by id",
    "page of 50 users",
    "search for a part of a name",
    "token by client_credentials",
    "sign-in with a password",
    "create user",
];

on_both_databases! {
    fn every_kind_of_request_has_a_rate_and_nothing_is_left_behind(installation) {
        let below = installation.write("marker", "").parent().unwrap().join("below");
        std::fs::create_dir(&below).unwrap();
        let below_text = below.to_str().unwrap();
        let mut arguments =
            vec!["bench", "--users", "200", "--seconds", "1", "--data-dir", below_text];
        if let Some(url) = installation.database_url() {
            arguments.extend(["--database-url", url]);
        }
        let lines = installation.json(&arguments);
        let lines = lines.as_array().unwrap();
        let work: Vec<_> = lines.iter().map(|line| line["work"].as_str().unwrap()).collect();
        assert_eq!(work, WORK);
        for line in lines {
            assert!(line["per_second"].as_f64().unwrap() > 0.0, "{line}");
            if line["work"] != "import users" {
                let (p50, p99) = (line["p50_ms"].as_f64(), line["p99_ms"].as_f64());
                assert!(p50.unwrap() > 0.0 && p99 >= p50, "{line}");
                assert!(line["cpu_us"].as_f64().unwrap() > 0.0, "{line}");
                assert!(line["memory_mib"].as_f64().unwrap() > 1.0, "{line}");
            }
        }
        assert_eq!(std::fs::read_dir(&below).unwrap().count(), 0);
        assert!(!installation.data_dir().exists());
        if installation.database_url().is_some() {
            let again = installation.run(&arguments);
            let errors = String::from_utf8(again.stderr).unwrap();
            assert_eq!(again.status.code(), Some(5), "{errors}");
            assert!(errors.contains("the database is not empty"), "{errors}");
        }
    }
}

#[test]
fn a_signal_ends_its_import_and_takes_its_directory_away() {
    given_up("10000000", "importing users", 1, |bench| bench.signal("TERM", ""), "SIGTERM", 143);
}

#[test]
fn a_signal_ends_its_server_and_takes_its_directory_away() {
    given_up("100", "measuring: user by id", 2, |bench| bench.signal("TERM", ""), "SIGTERM", 143);
}

/// A terminal tells the whole group, the server too.
#[test]
fn ctrl_c_ends_it_and_takes_its_directory_away() {
    given_up("100", "measuring: user by id", 2, |bench| bench.signal("INT", "-"), "SIGINT", 130);
}

/// Interrupts a benchmark when it says that it has come to `stage` and consists of so many processes.
fn given_up(
    users: &str,
    stage: &str,
    processes: usize,
    interrupt: impl FnOnce(&Running),
    name: &str,
    code: i32,
) {
    let installation = Installation::sqlite();
    let below = installation.write("marker", "").parent().unwrap().join("below");
    std::fs::create_dir(&below).unwrap();
    let arguments = ["bench", "--users", users, "--seconds", "3600", "--data-dir"];
    let mut bench = Running::start(
        installation.command(&[&arguments[..], &[below.to_str().unwrap()]].concat()),
    );
    bench.wait_until_it_says(stage);
    assert_eq!(std::fs::read_dir(&below).unwrap().count(), 1);
    assert_eq!(processes_with(&below), processes);
    interrupt(&bench);
    let (status, errors) = bench.end();
    assert_eq!(status.code(), Some(code), "{status}: {errors}");
    assert_eq!(errors.lines().last(), Some(&*format!("error: given up at {name}")), "{errors}");
    let left: Vec<_> = std::fs::read_dir(&below).unwrap().map(|it| it.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(processes_with(&below), 0, "a server goes on");
}

/// A benchmark under way, in a process group of its own.
struct Running {
    child: Child,
    errors: BufReader<ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let command = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self { child, errors }
    }

    fn wait_until_it_says(&mut self, text: &str) {
        let mut said = String::new();
        while !said.contains(text) {
            assert_ne!(self.errors.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
    }

    /// Sends a signal to it, or with `-` to its group.
    fn signal(&self, signal: &str, group: &str) {
        let target = format!("{group}{}", self.child.id());
        let sent = Command::new("kill").args(["-s", signal, "--", &target]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended, and what else it said.
    fn end(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let mut errors = String::new();
        self.errors.read_to_string(&mut errors).unwrap();
        (status, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its server would go on where the test has failed.
        if std::thread::panicking() {
            self.signal("KILL", "-");
        }
    }
}

/// How many processes have a path among their arguments.
fn processes_with(path: &Path) -> usize {
    let path = path.to_str().unwrap();
    let arguments = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        // It may have ended meanwhile.
        std::fs::read(entry.unwrap().path().join("cmdline")).ok()
    });
    arguments.filter(|text| String::from_utf8_lossy(text).contains(path)).count()
}
