//! What runs have found out: kept group by group, so that one group can be measured again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use super::database::Kind;
use super::extent::Extent;
use super::report::Row;
use super::wanted::Group;
use crate::{Outcome, process};

/// How a run measures.
pub(super) struct About {
    /// Whether the programs were built with optimisation.
    pub(super) optimised: bool,
    /// Whether it is a short run.
    pub(super) quick: bool,
    /// How much and how long.
    pub(super) extent: Extent,
}

/// The results of this run, and of the runs before for what this one leaves out.
pub(super) struct Results {
    file: PathBuf,
    about: About,
    /// What this run has found.
    rows: Vec<Row>,
    /// Of which groups; a group may come in parts.
    added: Vec<(Group, Option<Kind>)>,
    document: Value,
}

impl Results {
    /// Begins a run. One that measures everything forgets what was known.
    pub(super) fn begin(file: &Path, about: About, everything: bool) -> Outcome<Self> {
        let known = if everything { None } else { Self::read(file).ok() };
        let mut document = known.unwrap_or_else(|| json!({ "groups": [] }));
        if let Some(members) = document.as_object_mut() {
            members.insert("machine".to_owned(), machine()?);
        }
        Ok(Self { file: file.to_path_buf(), about, rows: Vec::new(), added: Vec::new(), document })
    }

    /// What the runs so far have written.
    pub(super) fn read(file: &Path) -> Outcome<Value> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}; measure first", file.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Keeps what was found, in place of what was known of the group before, and writes all of it:
    /// a run that is broken off has not been for nothing.
    pub(super) fn add(&mut self, group: Group, kind: Option<Kind>, rows: Vec<Row>) -> Outcome {
        let database = kind.map(Kind::name);
        let rows = rows.into_iter().map(|row| Row { database, ..row });
        let rows: Vec<Row> = rows.collect();
        let found = json!({
            "name": group.name(),
            "database": database,
            "optimised": self.about.optimised,
            "quick": self.about.quick,
            "extent": self.about.extent.json(),
            "rows": rows.iter().map(Row::json).collect::<Vec<_>>(),
        });
        let same = |known: &Value| {
            known.get("name") == found.get("name") && known.get("database") == found.get("database")
        };
        let groups = self.document.get_mut("groups").and_then(Value::as_array_mut);
        let groups = groups.ok_or("the results of an earlier run cannot be read")?;
        let again = self.added.contains(&(group, kind));
        match groups.iter_mut().find(|known| same(known)) {
            Some(known) if again => append(known, &found),
            Some(known) => *known = found,
            None => groups.push(found),
        }
        self.added.push((group, kind));
        self.rows.extend(rows);
        Ok(std::fs::write(&self.file, serde_json::to_vec_pretty(&self.document)?)?)
    }

    /// What this run has found.
    pub(super) fn rows(&self) -> Vec<Row> {
        self.rows.clone()
    }

    /// In a line: where and how.
    pub(super) fn told(&self) -> String {
        let machine = self.document.get("machine").map(named).unwrap_or_default();
        let extent = &self.about.extent;
        format!(
            "{machine}; medians of {} interleaved rounds of {} s",
            extent.rounds,
            extent.load.as_secs()
        )
    }
}

/// Puts the rows of a group behind those that are known.
fn append(known: &mut Value, found: &Value) {
    let rows = found.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(known) = known.get_mut("rows").and_then(Value::as_array_mut) {
        known.extend(rows);
    }
}

/// What was measured on.
fn machine() -> Outcome<Value> {
    let line = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once([':', '='])
            .map_or("", |(_, value)| value.trim_matches(['"', ' ', '\t']))
            .to_owned()
    };
    let memory = line("/proc/meminfo", "MemTotal").trim_end_matches("kB").trim().parse::<u64>();
    let kernel = process::read(Command::new("uname").arg("-r")).unwrap_or_default();
    let compiler = process::read(Command::new("rustc").arg("--version")).unwrap_or_default();
    Ok(json!({
        "cores": thread::available_parallelism()?.get(),
        "processor": line("/proc/cpuinfo", "model name"),
        "memory_gib": memory.map(|kib| kib.div_ceil(1 << 20)).ok(),
        "system": line("/etc/os-release", "PRETTY_NAME"),
        "kernel": kernel.trim(),
        "compiler": compiler.split(' ').nth(1).unwrap_or_default(),
    }))
}

/// The machine in a line.
pub(super) fn named(machine: &Value) -> String {
    let text = |name: &str| {
        machine.get(name).map_or_else(String::new, |value| {
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    format!(
        "{} cores ({}), {} GiB, {}, Linux {}, Rust {}",
        text("cores"),
        text("processor"),
        text("memory_gib"),
        text("system"),
        text("kernel"),
        text("compiler")
    )
}
