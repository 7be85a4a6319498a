//! The file that says what came of each row of an import.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use citizenry_directory::import::{RowOutcome, RowResult};
use citizenry_identity::{RowError, RowProblem};
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};

/// What came of one row.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    /// `created`, `updated`, `unchanged`, `failed`; `done` where an import was stopped between its
    /// commit and the writing of this line.
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [RowProblem],
}

/// Enough of a line to find the last one.
#[derive(Deserialize)]
struct Known {
    line: u64,
}

/// The file, open to be written at its end.
pub(crate) struct ImportResults {
    file: BufWriter<File>,
    path: PathBuf,
    last_line: u64,
}

impl ImportResults {
    /// A new file, in the place of an old one.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let mut results = Self::reopen(path)?;
        let cut = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))
        };
        cut(results.file.get_mut()).map_err(|error| results.failed(&error))?;
        results.last_line = 0;
        Ok(results)
    }

    /// The file of an import that was stopped, after its last whole line.
    pub(crate) fn reopen(path: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of_file(path, &error);
        let mut options = OpenOptions::new();
        // Whoever may read the directory need not read who is in it.
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(failed)?;
        let (mut whole, mut last_line, mut text) = (0_u64, 0, Vec::new());
        let mut reader = BufReader::new(&file);
        loop {
            text.clear();
            let length = reader.read_until(b'\n', &mut text).map_err(failed)?;
            if !text.ends_with(b"\n") {
                break;
            }
            whole += length as u64;
            if let Ok(told) = serde_json::from_slice::<Known>(&text) {
                last_line = told.line;
            }
        }
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::Start(whole)).map_err(failed)?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned(), last_line })
    }

    /// The last line of the input that something is said of.
    pub(crate) fn last_line(&self) -> u64 {
        self.last_line
    }

    /// Adds what came of some rows, and has it written.
    pub(crate) fn write(&mut self, results: &[RowResult]) -> Result<(), Failure> {
        for result in results {
            let user_id = result.user.as_ref().map(citizenry_identity::Subject::as_str);
            let (word, errors) = match &result.outcome {
                RowOutcome::Created => ("created", [].as_slice()),
                RowOutcome::Updated => ("updated", [].as_slice()),
                RowOutcome::Unchanged => ("unchanged", [].as_slice()),
                RowOutcome::Refused(problems) => ("failed", problems.as_slice()),
            };
            self.put(&Told { line: result.line, result: word, user_id, errors })?;
        }
        self.file.flush().map_err(|error| self.failed(&error))
    }

    /// Adds lines up to the last of these errors; up to `until` when there are none.
    pub(crate) fn fill(&mut self, errors: &[RowError], until: u64) -> Result<(), Failure> {
        let full = errors.len() >= 1_000;
        for error in errors {
            self.fill_up_to(error.line.saturating_sub(1).min(until))?;
            if error.line <= until {
                let (line, errors) = (error.line, error.errors.as_slice());
                self.put(&Told { line, result: "failed", user_id: None, errors })?;
            }
        }
        if !full {
            self.fill_up_to(until)?;
        }
        self.file.flush().map_err(|error| self.failed(&error))
    }

    fn fill_up_to(&mut self, until: u64) -> Result<(), Failure> {
        while self.last_line < until {
            let line = self.last_line + 1;
            self.put(&Told { line, result: "done", user_id: None, errors: &[] })?;
        }
        Ok(())
    }

    fn put(&mut self, line: &Told<'_>) -> Result<(), Failure> {
        let text = serde_json::to_vec(line).map_err(|error| Failure::new(Exit::Failed, error))?;
        let written = self.file.write_all(&text).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| self.failed(&error))?;
        self.last_line = line.line;
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::of_file(&self.path, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_goes_on_after_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");
        let told =
            "{\"line\":1,\"result\":\"created\",\"user_id\":\"authok|a\"}\n{\"line\":2,\"res";
        std::fs::write(&path, told).unwrap();
        let mut results = ImportResults::reopen(&path).unwrap();
        assert_eq!(results.last_line(), 1);
        let problem = RowProblem {
            code: "INVALID_JSON".to_owned(),
            message: "is no JSON".to_owned(),
            path: String::new(),
        };
        let errors = [RowError { line: 3, entry: None, errors: vec![problem] }];
        results.fill(&errors, 4).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let words: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["result"].clone())
            .collect();
        assert_eq!(words, ["created", "done", "failed", "done"]);
    }
}
