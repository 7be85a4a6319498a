//! Where things stand: the top level, names of crates, no mod.rs.

use std::path::Path;

use super::{Checkout, Problems};
use crate::workspace::Package;

const TOP_LEVEL: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "crates",
    "bins",
    "migrations",
    "xtask",
    "docs",
    "README.md",
    "rust-toolchain.toml",
];

pub(super) fn check(checkout: &Checkout, packages: &[Package]) -> Problems {
    let mut problems = top_level(checkout);
    for file in checkout.files().filter(|file| file.ends_with("mod.rs")) {
        problems.push(format!(
            "{}: name the file after its module and put it beside the folder",
            file.display()
        ));
    }
    problems.extend(packages.iter().filter_map(wrong_name));
    problems
}

fn top_level(checkout: &Checkout) -> Problems {
    let mut seen: Vec<&str> = checkout
        .files()
        .filter_map(|file| file.components().next()?.as_os_str().to_str())
        .filter(|name| !name.starts_with('.') && !name.starts_with("LICENSE"))
        .filter(|name| !TOP_LEVEL.contains(name))
        .collect();
    seen.dedup();
    seen.iter()
        .map(|name| format!("{name}: the top level holds {} and dotfiles", TOP_LEVEL.join(", ")))
        .collect()
}

fn wrong_name(package: &Package) -> Option<String> {
    let folder = package.folder.file_name()?.to_str()?;
    let expected = if package.folder.starts_with(Path::new("crates")) {
        format!("citizenry-{folder}")
    } else {
        folder.to_owned()
    };
    (package.name != expected).then(|| {
        format!(
            "{}: the package is called {}, not {expected}",
            package.folder.display(),
            package.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::checkout;
    use super::*;

    #[test]
    fn strangers_at_the_top_and_mod_rs_are_named() {
        let (_folder, checkout) = checkout(&[
            ("Cargo.toml", ""),
            (".gitignore", ""),
            ("LICENSE-MIT", ""),
            ("scripts/a.sh", ""),
            ("scripts/b.sh", ""),
            ("crates/a/src/b/mod.rs", ""),
        ]);
        let problems = check(&checkout, &[]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.starts_with("scripts:")));
        assert!(problems.iter().any(|problem| problem.contains("mod.rs")));
    }

    #[test]
    fn a_crate_is_named_after_its_folder() {
        let package = |name: &str, folder: &str| Package {
            name: name.to_owned(),
            folder: folder.into(),
            dependencies: Vec::new(),
        };
        assert_eq!(wrong_name(&package("citizenry-authz", "crates/authz")), None);
        assert_eq!(wrong_name(&package("citizenry", "bins/citizenry")), None);
        assert!(wrong_name(&package("authz", "crates/authz")).is_some());
    }
}
