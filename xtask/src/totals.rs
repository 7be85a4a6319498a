//! Counting what passed and failed, from what the test runners print.

use std::fmt;

/// How many tests or checks passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Those that did what they should.
    pub(crate) passed: u64,
    /// Those that did not, time-outs and crashes included.
    pub(crate) failed: u64,
}

impl Totals {
    /// Takes in one line of nextest's or libtest's output; other lines count nothing.
    pub(crate) fn take(&mut self, line: &str) {
        let line = line.trim();
        let Some(counts) = nextest_counts(line).or_else(|| libtest_counts(line)) else { return };
        for part in counts.split([',', ';']) {
            self.take_part(part);
        }
    }

    /// Adds the counts of another run.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Takes in `12 passed (1 slow)` or `2 timed out`.
    fn take_part(&mut self, part: &str) {
        let mut words = part.split_whitespace();
        let Some(count) = words.next().and_then(|word| word.parse::<u64>().ok()) else { return };
        let rest: Vec<&str> = words.collect();
        match rest.as_slice() {
            ["passed", ..] => self.passed += count,
            ["failed" | "aborted", ..] | ["timed", "out", ..] | ["exec", "failed", ..] => {
                self.failed += count;
            }
            _ => {}
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// `Summary [   1.2s] 10 tests run: 8 passed (1 slow), 2 failed, 1 timed out, 0 skipped`
fn nextest_counts(line: &str) -> Option<&str> {
    let (before, counts) = line.split_once(" run: ")?;
    let is_summary = before.starts_with("Summary [");
    (is_summary && before.contains("test")).then_some(counts)
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s`
fn libtest_counts(line: &str) -> Option<&str> {
    let result = line.strip_prefix("test result: ")?;
    Some(result.split_once(". ")?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(lines: &[&str]) -> Totals {
        let mut totals = Totals::default();
        for line in lines {
            totals.take(line);
        }
        totals
    }

    #[test]
    fn counts_a_summary_of_nextest_with_every_kind_of_failure() {
        let line = "     Summary [   1.2s] 12/14 tests run: 8 passed (1 slow), 2 failed, \
                    1 exec failed, 1 timed out, 3 skipped";
        assert_eq!(totals(&[line]), Totals { passed: 8, failed: 4 });
        let one = "     Summary [   0.012s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(totals(&[one]), Totals { passed: 1, failed: 0 });
    }

    #[test]
    fn adds_the_results_of_several_test_programs() {
        let lines = [
            "running 5 tests",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(totals(&lines), Totals { passed: 7, failed: 3 });
    }
}
