//! The passwords that people choose most often.
//!
//! The list beside this file holds the twenty thousand most frequent of the thirty thousand that
//! the crate `zxcvbn` 3.1.1 carries (`frequency_lists.rs`; MIT, copyright 2016 Joshua Holmer, after
//! Dropbox's `zxcvbn`, MIT, copyright 2012–2016 Dan Wheeler and Dropbox, Inc.), in lower case and
//! sorted by their bytes, one a line; the licence lies beside it.

const LIST: &str = include_str!("common_passwords.txt");

/// Whether a password, in lower case, is on the list.
pub(super) fn contains(password: &str) -> bool {
    find(LIST.trim_end(), password).is_some()
}

/// Halves the list until the line is found; both ends are always at the beginning of a line.
fn find(mut list: &str, line: &str) -> Option<()> {
    while !list.is_empty() {
        let middle = list.floor_char_boundary(list.len() / 2);
        let before = list.get(..middle)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = list.get(start..)?;
        let candidate = rest.split('\n').next()?;
        match candidate.cmp(line) {
            std::cmp::Ordering::Equal => return Some(()),
            std::cmp::Ordering::Less => list = rest.get(candidate.len() + 1..)?,
            std::cmp::Ordering::Greater => list = list.get(..start)?.trim_end_matches('\n'),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert_eq!(lines.len(), 20_000);
        assert!(lines.is_sorted_by(|a, b| a < b), "sorted, each once");
        for line in &lines {
            assert!(contains(line), "{line}");
            assert_eq!(**line, line.to_lowercase());
        }
        for absent in ["", "\n", "xcan@123", "0", "zzzzzzzzzzzzz", "123456\n", "李雷"] {
            assert!(!contains(absent), "{absent}");
        }
    }

    #[test]
    fn the_best_known_ones_are_among_them() {
        for word in ["123456", "password", "qwerty", "letmein", "iloveyou", "p@ssw0rd"] {
            assert!(contains(word), "{word}");
        }
    }
}
