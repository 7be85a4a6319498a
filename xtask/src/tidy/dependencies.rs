//! Dependencies stand once, in the root manifest, each with the reason it is there.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Checkout, Problems};
use crate::Outcome;
use crate::workspace::Package;

pub(super) fn check(checkout: &Checkout, packages: &[Package]) -> Outcome<Problems> {
    let text = checkout.read(Path::new("Cargo.toml"))?;
    let used: BTreeSet<&str> = packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .collect();
    let mut problems = of_root(&text, &used);
    for package in packages {
        let manifest = package.folder.join("Cargo.toml");
        let own: toml::Table = checkout.read(&manifest)?.parse()?;
        problems.extend(
            own_versions(&own).map(|name| {
                format!("{}: {name} is not taken from the workspace", manifest.display())
            }),
        );
    }
    Ok(problems)
}

/// Each line under `[workspace.dependencies]` has a reason behind it and somebody who uses it.
fn of_root(text: &str, used: &BTreeSet<&str>) -> Problems {
    let section = text
        .lines()
        .skip_while(|line| line.trim() != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let mut problems = Problems::new();
    for line in section {
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim();
        if name.starts_with('#') {
            continue;
        }
        // Our own crates explain themselves.
        let reason = value.rsplit_once('#').map_or("", |(_, reason)| reason.trim());
        if reason.is_empty() && !value.contains("path =") {
            problems.push(format!("Cargo.toml: {name} has no reason behind it (`# why`)"));
        }
        if !used.contains(name) && !value.contains("package =") {
            problems.push(format!("Cargo.toml: no crate uses {name}"));
        }
    }
    problems
}

/// Dependencies of a crate that name a version of their own.
fn own_versions(manifest: &toml::Table) -> impl Iterator<Item = &str> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|section| manifest.get(section)?.as_table())
        .flatten()
        .filter(|(_, value)| value.get("workspace").and_then(toml::Value::as_bool) != Some(true))
        .map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_needs_a_reason_and_a_user() {
        let text = "[workspace.dependencies]\nours = { path = \"crates/ours\" }\n\
                    # A group\ngood = \"1\" # because\nbare = \"1\"\nidle = \"1\" # once\n\n[profile.dev]\nx = 1\n";
        let problems = of_root(text, &BTreeSet::from(["ours", "good", "bare"]));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.contains("bare has no reason")));
        assert!(problems.iter().any(|problem| problem.contains("no crate uses idle")));
    }

    #[test]
    fn a_version_in_a_crate_is_found() {
        let manifest: toml::Table =
            "[dependencies]\na.workspace = true\nb = \"1\"\n[dev-dependencies]\nc = { version = \"2\" }"
                .parse()
                .unwrap();
        assert_eq!(own_versions(&manifest).collect::<Vec<_>>(), ["b", "c"]);
    }
}
