//! Writes the coverage table (Markdown) to standard output: one line a row of the vendor's.

use std::io::Write as _;

use citizenry_http_angus::{PREFIX, Route, TABLE};

/// Resources of the vendor's contents that this door does not serve yet, and their rows.
const NOT_YET: [(&str, usize); 5] = [
    ("policy", 8),
    ("policy-func", 5),
    ("policy-user", 10),
    ("policy-dept", 9),
    ("policy-group", 9),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| resource | name | method | path | who | state |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for route in TABLE {
        writeln!(out, "{}", line(route))?;
    }
    for (resource, rows) in NOT_YET {
        writeln!(out, "| {resource} | – | – | {rows} rows | – | not yet |")?;
    }
    Ok(())
}

fn line(route: &Route) -> String {
    let Route { resource, name, method, path, .. } = route;
    format!(
        "| {resource} | {name} | {method} | `{PREFIX}{path}` | {} | {} |",
        who(route),
        state(name)
    )
}

/// Who may call: the use cases decide, this tells.
fn who(route: &Route) -> &'static str {
    let own = ["current-user", "user-token", "auth"];
    match (route.resource, route.method) {
        _ if route.is_public => "anybody",
        (resource, _) if own.contains(&resource) => "the user himself",
        ("tenant", _) => "operators",
        ("system-token", _) => "administrators",
        _ if route.name == "setTenantRealName" => "operators",
        _ if route.name.contains("OwnPassword") => "the user himself",
        _ if route.name == "checkUserPassword" => "administrators",
        (_, "GET") => "everybody in the tenant",
        _ => "administrators",
    }
}

fn state(name: &str) -> &'static str {
    match name {
        "signInGet" => "405: it puts the password into the address",
        "listUserApps" | "listUserAppFuncs" | "treeUserAppFuncs" => {
            "served; empty: there are no applications of users"
        }
        "deleteAuthUsers" => "served: disables the users",
        "signUp" => "served, without making a tenant",
        _ => "served",
    }
}
