//! Which crate may import which, as drawn in docs/architecture.md.

use super::Problems;
use crate::workspace::Package;

/// The use cases, which do not know each other.
const USE_CASES: [&str; 3] = ["directory", "authn", "oauth"];

/// What only one crate may know, and who that is.
const RESERVED: [(&str, &str); 10] = [
    ("diesel", "persistence"),
    ("diesel-async", "persistence"),
    ("diesel_migrations", "persistence"),
    ("libsqlite3-sys", "persistence"),
    ("deadpool", "persistence"),
    ("tokio-postgres", "persistence"),
    ("tokio-postgres-rustls", "persistence"),
    ("argon2", "authn"),
    ("jsonwebtoken", "oauth"),
    ("clap", "citizenry"),
];

pub(super) fn check(packages: &[Package]) -> Problems {
    packages.iter().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Problems {
    let name = short(&package.name);
    let mut problems = Problems::new();
    for dependency in package.dependencies.iter().filter(|dependency| !dependency.development) {
        if let Some(target) = dependency.name.strip_prefix("citizenry-") {
            if !may_import(name, target) {
                problems.push(format!(
                    "{name} imports {target}: docs/architecture.md draws no such arrow \
                     (a new arrow needs a decision record)"
                ));
            }
        } else if let Some(reason) = reserved(name, &dependency.name) {
            problems.push(reason);
        }
    }
    problems
}

/// The crate's folder name: `identity` for `citizenry-identity`.
fn short(name: &str) -> &str {
    name.strip_prefix("citizenry-").unwrap_or(name)
}

fn is_door(name: &str) -> bool {
    name.starts_with("http-") && name != "http-kit"
}

/// The arrows. Development dependencies are freer: tests of a door use a database.
fn may_import(from: &str, to: &str) -> bool {
    let model = ["identity", "authz"].contains(&to);
    match from {
        // Binaries wire everything; testkit is a guest of tests only.
        "citizenry" => to != "testkit",
        "testkit" => !to.starts_with("http-"),
        "authz" | "storage" => to == "identity",
        "persistence" => ["identity", "storage"].contains(&to),
        "directory" | "authn" | "oauth" => model || to == "storage",
        "http-kit" => model,
        door if is_door(door) => model || USE_CASES.contains(&to) || to == "http-kit",
        // identity, config and xtask stand on their own.
        _ => false,
    }
}

fn reserved(name: &str, dependency: &str) -> Option<String> {
    if dependency.starts_with("actix") && !name.starts_with("http-") && name != "citizenry" {
        return Some(format!("{name} imports {dependency}: HTTP is known to http-* and bins only"));
    }
    if name == "testkit" {
        return None;
    }
    let (_, owner) = RESERVED.iter().find(|(reserved, _)| *reserved == dependency)?;
    (*owner != name).then(|| format!("{name} imports {dependency}: only {owner} knows it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn problems(name: &str, dependencies: &[(&str, bool)]) -> Problems {
        let dependencies = dependencies
            .iter()
            .map(|(name, development)| Dependency {
                name: (*name).to_owned(),
                development: *development,
            })
            .collect();
        of_package(&Package { name: name.to_owned(), folder: "crates".into(), dependencies })
    }

    #[test]
    fn a_door_may_not_import_storage_or_another_door() {
        let found = problems(
            "citizenry-http-authok",
            &[
                ("citizenry-http-kit", false),
                ("citizenry-directory", false),
                ("citizenry-storage", false),
                ("citizenry-http-oidc", false),
            ],
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|problem| problem.contains("http-authok imports storage")));
        assert!(found.iter().any(|problem| problem.contains("http-authok imports http-oidc")));
    }

    #[test]
    fn tests_may_import_more() {
        assert!(problems("citizenry-http-authok", &[("citizenry-persistence", true)]).is_empty());
    }

    #[test]
    fn use_cases_do_not_know_each_other_and_the_model_knows_nobody() {
        assert_eq!(problems("citizenry-oauth", &[("citizenry-authn", false)]).len(), 1);
        assert_eq!(problems("citizenry-identity", &[("citizenry-authz", false)]).len(), 1);
    }

    #[test]
    fn only_persistence_knows_diesel_and_only_doors_know_actix() {
        assert_eq!(problems("citizenry-directory", &[("diesel", false)]).len(), 1);
        assert!(problems("citizenry-persistence", &[("diesel", false)]).is_empty());
        assert_eq!(problems("citizenry-oauth", &[("actix-web", false)]).len(), 1);
        assert!(problems("citizenry-http-kit", &[("actix-web", false)]).is_empty());
    }
}
