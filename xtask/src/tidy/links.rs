//! Relative links in the documentation lead somewhere.

use std::path::{Component, Path, PathBuf};

use super::{Checkout, Problems};
use crate::Outcome;

pub(super) fn check(checkout: &Checkout) -> Outcome<Problems> {
    let mut problems = Problems::new();
    for file in checkout.ending("md") {
        let text = checkout.read(file)?;
        for target in targets(&text) {
            if let Some(why) = broken(checkout, file, &text, &target)? {
                problems.push(format!("{}: the link `{target}` {why}", file.display()));
            }
        }
    }
    Ok(problems)
}

fn broken(checkout: &Checkout, file: &Path, text: &str, target: &str) -> Outcome<Option<String>> {
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    if path.is_empty() {
        return Ok(missing_heading(text, fragment));
    }
    let Some(place) = resolve(file.parent().unwrap_or(Path::new("")), path) else {
        return Ok(Some("leaves the checkout".to_owned()));
    };
    if !checkout.has(&place) {
        return Ok(Some("leads nowhere".to_owned()));
    }
    if fragment.is_empty() || place.extension().is_none_or(|extension| extension != "md") {
        return Ok(None);
    }
    Ok(missing_heading(&checkout.read(&place)?, fragment))
}

/// The relative targets of `[text](target)` outside code.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second piece stands between backquotes.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in prose.split("](").skip(1) {
            let Some((target, _)) = rest.split_once(')') else { continue };
            let target = target.split_whitespace().next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// The path from the root of the checkout, without `..`; `None` when it leaves the checkout.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn missing_heading(text: &str, fragment: &str) -> Option<String> {
    let found = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line.trim_start_matches('#')) == fragment);
    (!found).then(|| "names a heading that is not there".to_owned())
}

/// A heading's anchor: lower case, blanks to hyphens, punctuation dropped.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|character| character.is_alphanumeric() || [' ', '-', '_'].contains(character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::checkout;
    use super::*;

    #[test]
    fn only_links_that_lead_nowhere_are_named() {
        let text = "[a](docs/a.md) [b](docs/a.md#the-second-part) [c](https://example.com) \
                    [folder](docs) `[code](nowhere)` [d](#here)\n\n# Here\n\n\
                    [e](docs/b.md) [f](docs/a.md#third) [g](../out.md)\n```\n[h](no)\n```\n";
        let (_folder, checkout) =
            checkout(&[("README.md", text), ("docs/a.md", "# A\n\n## The second part\n")]);
        let problems = check(&checkout).unwrap();
        assert_eq!(problems.len(), 3, "{problems:?}");
        for link in ["docs/b.md", "docs/a.md#third", "../out.md"] {
            assert!(problems.iter().any(|problem| problem.contains(link)), "{link}");
        }
    }
}
