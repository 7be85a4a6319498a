//! Writes the coverage table (Markdown) to standard output: one line a row of the vendor's.

use std::io::Write as _;

use citizenry_http_authok::{QUICK_START, Route, TABLE};

/// Resources of the vendor's contents that this door does not serve yet, and their rows.
const NOT_YET: [(&str, usize); 9] = [
    ("Group", 9),
    ("Organization", 23),
    ("Action", 16),
    ("Grant", 3),
    ("CustomDomain", 6),
    ("Key", 4),
    ("MFA", 25),
    ("AttackProtection", 14),
    ("Branding (templates and themes)", 8),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "| resource | method | path | scopes | state |")?;
    writeln!(out, "|---|---|---|---|---|")?;
    for route in std::iter::once(&QUICK_START).chain(TABLE) {
        writeln!(out, "{}", line(route))?;
    }
    for (resource, rows) in NOT_YET {
        writeln!(out, "| {resource} | – | {rows} rows | – | not yet |")?;
    }
    Ok(())
}

fn line(route: &Route) -> String {
    let (prefix, state) = if route == &QUICK_START {
        ("", "served, by `http-oidc`")
    } else {
        ("/api/v1", state(route.name))
    };
    let scopes = match route.scopes {
        [] => "–".to_owned(),
        scopes => format!("`{}`", scopes.join("` `")),
    };
    format!(
        "| {} | {} | `{prefix}{}` | {scopes} | {state} |",
        route.resource, route.method, route.path
    )
}

fn state(name: &str) -> &'static str {
    match name {
        "list_logs" | "list_user_logs" => "served in its three forms, without `q`",
        "link_user" => "served, without `link_with`",
        "list_user_organizations" => "served; empty until organizations are",
        "list_user_grants" => "served; empty until consents are",
        _ => "served",
    }
}
