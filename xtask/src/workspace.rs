//! Where things stand in the checkout, and what cargo says about it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::{Outcome, process};

/// Folders that tools make and git ignores.
const MADE_BY_TOOLS: [&str; 5] = ["target", ".git", ".e2e", "citizenry-data", "node_modules"];

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // The variable of this run wins: the checkout may have moved since xtask was built.
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        own.parent().map_or(own.clone(), Path::to_path_buf)
    })
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name in Cargo.toml.
    pub(crate) name: String,
    /// Its folder, relative to the root of the checkout.
    pub(crate) folder: PathBuf,
    /// What it depends on.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The package depended on.
    pub(crate) name: String,
    /// Whether only tests, examples and benches see it.
    pub(crate) development: bool,
}

/// The packages of the workspace as `cargo metadata` tells them.
pub(crate) fn packages() -> Outcome<Vec<Package>> {
    let metadata = metadata()?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .ok_or("cargo metadata lists no packages")?;
    packages.iter().map(package).collect()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> Outcome<PathBuf> {
    let metadata = metadata()?;
    let folder = metadata
        .get("target_directory")
        .and_then(Value::as_str)
        .ok_or("cargo metadata has no target")?;
    Ok(PathBuf::from(folder))
}

/// Builds every binary and example of the workspace and answers their folder.
///
/// Always the same selection of packages and targets, for cargo unites the features of what it
/// builds together: another selection would compile most dependencies once more. This one unites
/// the same features as the tests.
pub(crate) fn build_programs() -> Outcome<PathBuf> {
    process::run(&mut process::cargo(["build", "--workspace", "--bins", "--examples"]))?;
    Ok(target()?.join("debug"))
}

/// Every file of the checkout that git would keep, relative to the root, in order.
pub(crate) fn files() -> Outcome<Vec<PathBuf>> {
    let mut files = match listed_by_git() {
        Some(files) => files,
        None => walk(root())?,
    };
    files.sort();
    files.dedup();
    Ok(files)
}

fn metadata() -> Outcome<Value> {
    let text = process::read(&mut process::cargo([
        "metadata",
        "--no-deps",
        "--format-version=1",
        "--offline",
    ]))?;
    Ok(serde_json::from_str(&text)?)
}

fn package(value: &Value) -> Outcome<Package> {
    let name =
        value.get("name").and_then(Value::as_str).ok_or("a package without a name")?.to_owned();
    let manifest = Path::new(
        value.get("manifest_path").and_then(Value::as_str).ok_or("a package without a path")?,
    );
    let folder = manifest.parent().ok_or("a manifest without a folder")?;
    let dependencies = value
        .get("dependencies")
        .and_then(Value::as_array)
        .ok_or("a package without dependencies")?;
    Ok(Package {
        name,
        folder: folder.strip_prefix(root()).unwrap_or(folder).to_path_buf(),
        dependencies: dependencies.iter().filter_map(dependency).collect(),
    })
}

fn dependency(value: &Value) -> Option<Dependency> {
    Some(Dependency {
        name: value.get("name").and_then(Value::as_str)?.to_owned(),
        development: value.get("kind").and_then(Value::as_str) == Some("dev"),
    })
}

fn listed_by_git() -> Option<Vec<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let text = process::read(&mut git).ok()?;
    let files = text.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    // A file removed but not yet committed as removed is still in git's list.
    Some(files.filter(|file| root().join(file).exists()).collect())
}

/// Every file below a folder, for a checkout without git.
fn walk(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                if !MADE_BY_TOOLS.iter().any(|made| name == *made) {
                    folders.push(entry.path());
                }
            } else if let Ok(file) = entry.path().strip_prefix(folder) {
                files.push(file.to_path_buf());
            }
        }
    }
    Ok(files)
}
