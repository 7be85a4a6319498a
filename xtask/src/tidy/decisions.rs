//! Decision records: numbered without gaps, each with its three parts.

use std::path::Path;

use super::{Checkout, Problems};
use crate::Outcome;

const FOLDER: &str = "docs/adr";
const PARTS: [&str; 3] = ["## Context", "## Decision", "## Consequences"];

pub(super) fn check(checkout: &Checkout) -> Outcome<Problems> {
    let mut problems = Problems::new();
    let mut expected = 1_u32;
    let records = checkout.ending("md").filter(|file| file.starts_with(Path::new(FOLDER)));
    for file in records {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name == "README.md" {
            continue;
        }
        match number(&name) {
            Some(number) if number == expected => {}
            _ => problems.push(format!(
                "{}: the next decision record is called {expected:04}-title.md",
                file.display()
            )),
        }
        expected += 1;
        let text = checkout.read(file)?;
        for part in PARTS.iter().filter(|part| !text.lines().any(|line| line == **part)) {
            problems.push(format!("{}: has no part `{part}`", file.display()));
        }
    }
    Ok(problems)
}

/// The number of a name like `0007-title.md`.
fn number(name: &str) -> Option<u32> {
    let (digits, title) = name.split_once('-')?;
    (digits.len() == 4 && !title.is_empty()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::super::testing::checkout;
    use super::*;

    #[test]
    fn a_gap_and_a_missing_part_are_named() {
        let whole = "# T\n## Context\n## Decision\n## Consequences\n";
        let (_folder, checkout) = checkout(&[
            ("docs/adr/0001-a.md", whole),
            ("docs/adr/0003-c.md", whole),
            ("docs/other.md", ""),
        ]);
        let problems = check(&checkout).unwrap();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.contains("0002-title.md")));
    }
}
