//! Load by the program wrk: one thread, connections that are kept, a script that makes the requests.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::programs::Program;
use super::report::median;
use super::scripts::{self, Requests};
use crate::{Outcome, process};

/// Connections at a time, unless a row says otherwise.
pub(super) const CONNECTIONS: usize = 16;

/// What a load came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    /// Answers a second.
    pub(super) rate: f64,
    /// Half of the answers came within so many milliseconds.
    pub(super) p50: f64,
    /// 99 of 100 answers came within so many milliseconds.
    pub(super) p99: f64,
    /// Processor time of the server for each request, microseconds, by the kernel's account.
    pub(super) cpu: Option<f64>,
    /// Resident memory of the server right after the load, MiB.
    pub(super) memory: Option<f64>,
}

impl Load {
    /// The medians of several loads, each figure for itself.
    pub(super) fn median(loads: &[Self]) -> Option<Self> {
        let all = |figure: fn(&Self) -> f64| median(loads.iter().map(figure).collect());
        let some = |figure: fn(&Self) -> Option<f64>| {
            let known: Vec<f64> = loads.iter().filter_map(figure).collect();
            (!known.is_empty()).then(|| median(known))
        };
        (!loads.is_empty()).then(|| Self {
            rate: all(|load| load.rate),
            p50: all(|load| load.p50),
            p99: all(|load| load.p99),
            cpu: some(|load| load.cpu),
            memory: some(|load| load.memory),
        })
    }

    /// The load for programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "rate": self.rate,
            "p50_ms": self.p50,
            "p99_ms": self.p99,
            "cpu_us_per_request": self.cpu,
            "resident_mib": self.memory,
        })
    }
}

/// How a load is run.
#[derive(Clone, Copy)]
pub(super) struct Pressure<'a> {
    /// Callers at a time.
    pub(super) connections: usize,
    /// For how long, whole seconds.
    pub(super) during: Duration,
    /// Where its script goes.
    pub(super) folder: &'a Path,
}

/// Loads `path` of `program`; fails when anything but success is answered.
pub(super) fn run(
    program: &Program,
    path: &str,
    requests: &Requests,
    pressure: Pressure<'_>,
) -> Outcome<Load> {
    let script = pressure.folder.join("load.lua");
    std::fs::write(&script, scripts::lua(&program.address, path, requests))?;
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--timeout", "30s"]);
    wrk.args(["--connections", &pressure.connections.to_string()]);
    wrk.args(["--duration", &format!("{}s", pressure.during.as_secs().max(1)), "--script"]);
    wrk.arg(&script);
    let before = program.processor_time();
    let said = process::read(wrk.arg(format!("http://{}{path}", program.address)))?;
    let after = program.processor_time();
    let (mut load, requests) = load(&said).map_err(|why| format!("{path}: {why}\n{said}"))?;
    if let (Ok(before), Ok(after)) = (before, after) {
        load.cpu = Some((after - before) / requests * 1e6);
    }
    load.memory = program.resident().ok();
    Ok(load)
}

/// Reads the line that the script prints at the end: the load and how many requests it was.
fn load(said: &str) -> Outcome<(Load, f64)> {
    let line = said.lines().find_map(|line| line.strip_prefix("load "));
    let figures: Value = serde_json::from_str(line.ok_or("wrk says nothing")?)?;
    let figure = |name| figures.get(name).and_then(Value::as_f64).ok_or("a figure is missing");
    let (requests, failed) = (figure("requests")?, figure("failed")?);
    if requests < 1.0 || failed > 0.0 {
        return Err(format!("{failed} of {requests} requests failed").into());
    }
    let rate = requests / figure("micros")? * 1e6;
    let (p50, p99) = (figure("p50")? / 1e3, figure("p99")? / 1e3);
    Ok((Load { rate, p50, p99, cpu: None, memory: None }, requests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_with_failures_is_no_figure() {
        let line = |failed| {
            format!(
                "Running\nload {{\"requests\":200,\"micros\":2000000,\"failed\":{failed},\
                 \"p50\":1500,\"p99\":3000}}\n"
            )
        };
        let expected = Load { rate: 100.0, p50: 1.5, p99: 3.0, cpu: None, memory: None };
        assert_eq!(load(&line(0)).unwrap(), (expected, 200.0));
        assert!(load(&line(3)).unwrap_err().to_string().contains("3 of 200"));
        assert!(load("nothing").is_err());
    }

    #[test]
    fn medians_are_taken_of_each_figure_for_itself() {
        let load = |rate, p99, cpu| Load { rate, p50: 1.0, p99, cpu, memory: None };
        let loads = [load(1.0, 9.0, None), load(3.0, 7.0, Some(5.0)), load(2.0, 8.0, None)];
        assert_eq!(Load::median(&loads), Some(load(2.0, 8.0, Some(5.0))));
        assert_eq!(Load::median(&[]), None);
    }
}
