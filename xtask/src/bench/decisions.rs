//! Decisions in process, beside the engines that others use: a program of its own, which needs them.

use serde_json::Value;

use super::report::{Aim, Row};
use crate::{Outcome, process, workspace};

/// A workspace of its own: the other engines are large.
const MANIFEST: &str = "crates/authz/benches/decide/Cargo.toml";

/// Runs the benchmark of `authz` and reads what it prints: a line of JSON for each figure.
pub(super) fn measure(debug: bool) -> Outcome<Vec<Row>> {
    let target = workspace::target()?.join("decide");
    let mut command = process::cargo(["run", "--quiet", "--manifest-path", MANIFEST]);
    command.arg("--target-dir").arg(target);
    if !debug {
        command.arg("--release");
    }
    let said = process::read(&mut command)?;
    let figures = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let rows: Vec<Row> = figures.filter_map(|figure| row(&figure)).collect();
    if rows.is_empty() { Err("the benchmark printed no figure".into()) } else { Ok(rows) }
}

/// A figure is nanoseconds, beside those of another engine that decided the same.
fn row(figure: &Value) -> Option<Row> {
    let work = figure.get("work")?.as_str()?;
    let micros = figure.get("nanoseconds")?.as_f64()? / 1e3;
    let at_least = figure.get("at_least").and_then(Value::as_f64);
    Some(match figure.get("than").and_then(Value::as_str) {
        None => {
            let at_most = figure.get("at_most").and_then(Value::as_f64);
            let aim = at_most.map_or(Aim::None, |most| Aim::AtMost(most / 1e3));
            Row::figure(work, " µs", micros, aim)
        }
        Some(than) => {
            let other = figure.get("other_nanoseconds")?.as_f64()?;
            // Rates, so that more is better, as everywhere else.
            let rounds = [(1e3 / micros, other.recip() * 1e6)];
            let aim = at_least.map_or(Aim::None, Aim::AtLeast);
            Row::ratio(work, than, "/ms", &rounds, aim)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_rates_so_that_more_is_better() {
        let figure = serde_json::json!({
            "work": "decide", "nanoseconds": 500.0, "than": "another",
            "other_nanoseconds": 2000.0, "at_least": 1.5,
        });
        let json = row(&figure).unwrap().json();
        assert_eq!(json.get("ratio"), Some(&4.0.into()));
        assert_eq!(json.get("reached"), Some(&true.into()));
    }
}
