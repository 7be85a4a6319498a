//! Writes the coverage table (Markdown) to standard output: one line a row of the vendor's.

use std::io::Write as _;

use citizenry_http_audience_manager::{PREFIX, Route, TABLE};

/// What is served beside the vendor's rows.
const BESIDE: [&str; 1] = ["getGroup"];

/// How many rows the vendor's documents have.
const ROWS: usize = 23;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let (beside, rows): (Vec<&Route>, Vec<&Route>) =
        TABLE.iter().partition(|route| BESIDE.contains(&route.name));
    writeln!(out, "{} of {ROWS} rows, all below `{PREFIX}`.", rows.len())?;
    writeln!(out)?;
    writeln!(out, "| resource | operation | method | path | other forms of the path | state |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for route in rows {
        writeln!(out, "{}", line(route, "served"))?;
    }
    for route in beside {
        writeln!(out, "{}", line(route, "served; not among the vendor's rows"))?;
    }
    Ok(())
}

fn line(route: &Route, state: &str) -> String {
    let Route { resource, name, path, .. } = route;
    let methods = route.methods().collect::<Vec<_>>().join(", ");
    let others = without_final_slashes(route);
    format!("| {resource} | {name} | {methods} | `{path}` | {others} | {state} |")
}

/// The other forms, with and without a final slash counted once.
fn without_final_slashes(route: &Route) -> String {
    let bare = |path: &'static str| path.strip_suffix('/').unwrap_or(path);
    let mut others: Vec<_> = route.aliases.iter().map(|path| bare(path)).collect();
    others.retain(|path| *path != bare(route.path));
    others.dedup();
    let mut shown = Vec::new();
    for other in others {
        if !shown.contains(&other) {
            shown.push(other);
        }
    }
    match shown.as_slice() {
        [] => "–".to_owned(),
        shown => format!("`{}`", shown.join("` `")),
    }
}
