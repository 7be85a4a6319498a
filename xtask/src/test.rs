//! `cargo xtask test`: everything but the vendors' clients, on both databases.

use crate::postgres::{Server, TEST_URL};
use crate::totals::Totals;
use crate::{Outcome, process};

/// Runs the tests; arguments after `--` go to the runner and leave out the doc tests.
pub(crate) fn command(rest: &[String]) -> Outcome {
    let arguments = match rest.split_first() {
        Some((separator, arguments)) if separator == "--" => arguments,
        _ => rest,
    };
    let server = Server::ready()?;
    let mut totals = Totals::default();
    let mut failures = Vec::new();
    for mut runner in runners(arguments) {
        let mut counted = Totals::default();
        runner.env(TEST_URL, server.url());
        let status = process::stream(&mut runner, |line| counted.take(line))?;
        totals.add(counted);
        // The other runner still runs: one look at everything that is wrong.
        if let Err(error) = process::succeeded(&runner, status) {
            failures.push(error.to_string());
        }
    }
    drop(server);
    println!("{totals}");
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

fn runners(arguments: &[String]) -> Vec<std::process::Command> {
    let mut tests = if process::find("cargo-nextest").is_some() {
        process::cargo(["nextest", "run"])
    } else {
        process::progress("cargo-nextest is not installed: using cargo test");
        process::cargo(["test", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"])
    };
    let chosen = |argument: &String| argument.starts_with("-p") || argument.starts_with("--pac");
    if !arguments.iter().any(chosen) {
        tests.arg("--workspace");
    }
    tests.args(arguments);
    if arguments.is_empty() {
        vec![tests, process::cargo(["test", "--workspace", "--doc"])]
    } else {
        process::progress("doc tests are left out, since arguments were given");
        vec![tests]
    }
}
