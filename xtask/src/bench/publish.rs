//! What the runs have found, written into the documentation between its markers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::{markdown, rounded};
use super::results::named;
use crate::codegen::replace_part;
use crate::{Outcome, process, workspace};

/// A row as it was written.
struct Read<'a> {
    row: &'a Value,
    group: &'a Value,
}

impl Read<'_> {
    fn text(&self, name: &str) -> &str {
        self.row.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.row.get(name).and_then(Value::as_f64)
    }

    fn load(&self, name: &str) -> String {
        let load = self.row.get("load").and_then(|load| load.get(name)).and_then(Value::as_f64);
        load.map(rounded).unwrap_or_default()
    }

    fn aim(&self) -> String {
        let reached = self.row.get("reached").and_then(Value::as_bool);
        let missed = if reached == Some(false) { ", missed" } else { "" };
        match (self.number("at_least"), self.number("at_most")) {
            (Some(aim), _) => format!("≥ {aim}{missed}"),
            (_, Some(aim)) => format!("≤ {aim}{missed}"),
            _ => "–".to_owned(),
        }
    }

    /// What is aimed at, and whether it was reached.
    fn has_aim(&self) -> bool {
        self.number("at_least").or(self.number("at_most")).is_some()
    }

    /// A figure with its unit.
    fn figure(&self, name: &str) -> String {
        let unit = self.text("unit");
        let gap = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
        self.number(name)
            .map(|figure| format!("{}{gap}{unit}", rounded(figure)))
            .unwrap_or_default()
    }

    /// All that is known, for the long table.
    fn cells(&self) -> Vec<String> {
        if !self.text("missing").is_empty() {
            let why = format!("not measured: {}", self.text("missing"));
            return vec![
                self.text("work").to_owned(),
                self.text("database").to_owned(),
                String::new(),
                why,
                String::new(),
                String::new(),
                self.aim(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ];
        }
        let beside = [self.text("than"), self.text("note")];
        let beside = beside.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        vec![
            self.text("work").to_owned(),
            self.text("database").to_owned(),
            self.figure("figure"),
            beside.join("; "),
            self.figure("other"),
            self.number("ratio").map(rounded).unwrap_or_default(),
            self.aim(),
            self.load("p50_ms"),
            self.load("p99_ms"),
            self.load("cpu_us_per_request"),
            self.load("resident_mib"),
        ]
    }
}

/// Writes both tables.
pub(super) fn write(document: &Value) -> Outcome {
    let groups = document.get("groups").and_then(Value::as_array).ok_or("nothing was measured")?;
    let rows: Vec<Read<'_>> = groups
        .iter()
        .flat_map(|group| {
            let rows = group.get("rows").and_then(Value::as_array).into_iter().flatten();
            rows.map(move |row| Read { row, group })
        })
        .collect();
    for read in &rows {
        if read.group.get("optimised") != Some(&Value::Bool(true)) {
            return Err(
                "some of it was built without optimisation: such figures say nothing".into()
            );
        }
    }
    let machine = document.get("machine").map(named).unwrap_or_default();
    replace("docs/performance.md", &format!("{}\n{}", about(&rows, &machine), long(&rows)))?;
    replace("README.md", &format!("{}\n{}", about(&rows, &machine), short(&rows)))
}

fn replace(file: &str, text: &str) -> Outcome {
    let path = workspace::root().join(file);
    let old = std::fs::read_to_string(&path)?;
    let new = replace_part(&old, "benchmark", text)
        .ok_or_else(|| format!("{file} has no part `benchmark`"))?;
    process::progress(&format!("writing {file}"));
    Ok(std::fs::write(path, new)?)
}

/// Where and how it was measured.
fn about(rows: &[Read<'_>], machine: &str) -> String {
    let mut text = format!("Measured on {machine}. ");
    let extents: BTreeMap<String, bool> = rows
        .iter()
        .filter_map(|read| {
            let extent = read.group.get("extent")?;
            let number = |name: &str| extent.get(name).map(Value::to_string).unwrap_or_default();
            let quick = read.group.get("quick") == Some(&Value::Bool(true));
            Some((format!("{} rounds of {} s", number("rounds"), number("seconds")), quick))
        })
        .collect();
    for (extent, quick) in extents {
        let kind = if quick { "Short runs: medians" } else { "Medians" };
        text.extend([kind, " of ", &*extent, ". "]);
    }
    format!("{}\n", text.trim_end())
}

/// Everything.
fn long(rows: &[Read<'_>]) -> String {
    let headings = [
        "work", "database", "here", "beside", "there", "ratio", "aim", "p50 ms", "p99 ms",
        "CPU µs", "MiB",
    ];
    markdown(&headings, rows.iter().map(Read::cells).collect())
}

/// What is aimed at, both databases in a line.
fn short(rows: &[Read<'_>]) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for read in rows.iter().filter(|read| read.has_aim()) {
        let than = read.text("than");
        let work = if than.is_empty() {
            read.text("work").to_owned()
        } else {
            format!("{} ÷ {than}", read.text("work"))
        };
        let figure = match read.number("ratio") {
            Some(ratio) => format!("{} ({})", rounded(ratio), read.aim()),
            None => format!("{} ({})", read.figure("figure"), read.aim()),
        };
        let column = usize::from(read.text("database") == "PostgreSQL");
        let place = lines.iter().position(|(known, _)| *known == work);
        let place = place.unwrap_or_else(|| {
            lines.push((work, vec![String::new(); 2]));
            lines.len() - 1
        });
        if let Some(cell) = lines.get_mut(place).and_then(|(_, cells)| cells.get_mut(column)) {
            *cell = figure;
        }
    }
    let lines = lines.into_iter().map(|(work, cells)| [vec![work], cells].concat()).collect();
    markdown(&["ratio or figure (aim)", "SQLite", "PostgreSQL"], lines)
}
