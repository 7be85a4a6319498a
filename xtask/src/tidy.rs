//! `cargo xtask tidy`: the rules of the house that the compiler does not know.
//!
//! Each check answers a list of problems in words for the person who has to mend them.

mod arrows;
mod decisions;
mod dependencies;
mod doors;
mod layout;
mod links;
mod migration_pairs;
mod sources;

use std::path::{Path, PathBuf};

use crate::{Outcome, no_arguments, process, workspace};

/// One problem, in words.
type Problems = Vec<String>;

/// What the checks look at: the files of the checkout, read on demand.
pub(crate) struct Checkout {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Checkout {
    /// The checkout that we stand in.
    fn here() -> Outcome<Self> {
        Ok(Self { root: workspace::root().to_path_buf(), files: workspace::files()? })
    }

    /// Every file, relative to the root.
    fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// The files whose names end so.
    fn ending(&self, extension: &str) -> impl Iterator<Item = &Path> {
        self.files().filter(move |file| file.extension().is_some_and(|found| found == extension))
    }

    /// Whether a file or folder stands there.
    fn has(&self, path: &Path) -> bool {
        self.files().any(|file| file.starts_with(path))
    }

    /// The text of a file.
    fn read(&self, file: &Path) -> Outcome<String> {
        std::fs::read_to_string(self.root.join(file))
            .map_err(|error| format!("{}: {error}", file.display()).into())
    }
}

/// Runs every check and lists every problem.
pub(crate) fn command(rest: &[String]) -> Outcome {
    no_arguments(rest)?;
    process::progress("tidy");
    let checkout = Checkout::here()?;
    let packages = workspace::packages()?;
    let mut problems = Vec::new();
    problems.extend(layout::check(&checkout, &packages));
    problems.extend(arrows::check(&packages));
    problems.extend(dependencies::check(&checkout, &packages)?);
    problems.extend(doors::check(&checkout, &packages));
    problems.extend(sources::check(&checkout)?);
    problems.extend(decisions::check(&checkout)?);
    problems.extend(links::check(&checkout)?);
    problems.extend(migration_pairs::check(&checkout)?);
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        println!("{problem}");
    }
    Err(format!("{} problems", problems.len()).into())
}

/// The problems of the migrations' names alone.
pub(crate) fn migrations() -> Outcome<Problems> {
    migration_pairs::check(&Checkout::here()?)
}

#[cfg(test)]
mod testing {
    use super::Checkout;
    use std::path::PathBuf;

    /// A checkout with these files.
    pub(super) fn checkout(files: &[(&str, &str)]) -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let files = files.iter().map(|(name, _)| PathBuf::from(name)).collect();
        let checkout = Checkout { root: folder.path().to_path_buf(), files };
        (folder, checkout)
    }
}
