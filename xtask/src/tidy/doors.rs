//! Every door has the same places, so that who knows one knows all.

use std::path::Path;

use super::{Checkout, Problems};
use crate::workspace::Package;

/// Doors that speak a standard and not a vendor's management dialect: no ids and pages of others.
const STANDARDS: [&str; 1] = ["citizenry-http-oidc"];

const PLACES: [&str; 8] = [
    "lib.rs",
    "routes.rs",
    "handlers",
    "wire",
    "wire/ids.rs",
    "wire/paging.rs",
    "wire/auth.rs",
    "wire/error.rs",
];

pub(super) fn check(checkout: &Checkout, packages: &[Package]) -> Problems {
    packages
        .iter()
        .filter(|package| is_door(&package.name))
        .flat_map(|package| missing(checkout, package))
        .collect()
}

fn is_door(name: &str) -> bool {
    name.starts_with("citizenry-http-")
        && name != "citizenry-http-kit"
        && !STANDARDS.contains(&name)
}

fn missing(checkout: &Checkout, package: &Package) -> Problems {
    let source = package.folder.join("src");
    PLACES
        .iter()
        .map(|place| source.join(Path::new(place)))
        .filter(|place| !checkout.has(place))
        .map(|place| {
            format!("{}: every door has this place (docs/architecture.md)", place.display())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::checkout;
    use super::*;

    #[test]
    fn a_missing_place_is_named() {
        let (_folder, checkout) = checkout(&[
            ("crates/http-x/src/lib.rs", ""),
            ("crates/http-x/src/routes.rs", ""),
            ("crates/http-x/src/handlers/users.rs", ""),
            ("crates/http-x/src/wire/ids.rs", ""),
            ("crates/http-x/src/wire/auth.rs", ""),
            ("crates/http-x/src/wire/error.rs", ""),
        ]);
        let package = Package {
            name: "citizenry-http-x".to_owned(),
            folder: "crates/http-x".into(),
            dependencies: Vec::new(),
        };
        let problems = check(&checkout, &[package]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.contains("wire/paging.rs")));
    }
}
