//! Jobs: imports and exports of many users, how far they have come, and mails.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, ConnectionId, JobId, TenantId, Timestamp};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Makes and changes users from rows.
    UsersImport,
    /// Writes users as rows.
    UsersExport,
    /// Mails a user how to show that an address is his.
    VerificationEmail,
}

impl JobKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::UsersImport, Self::UsersExport, Self::VerificationEmail];

    /// The kind as it is stored: `users_import`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UsersImport => "users_import",
            Self::UsersExport => "users_export",
            Self::VerificationEmail => "verification_email",
        }
    }

    /// The kind that [`JobKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Nobody has begun it.
    Pending,
    /// Somebody works on it, or did until he was stopped.
    Processing,
    /// It came to its end; single rows may have failed.
    Completed,
    /// It was given up as a whole.
    Failed,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed];

    /// The state as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The state that [`JobState::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether there is still something to do.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Processing)
    }
}

/// A member of exported rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobField {
    /// The member's name.
    pub name: String,
    /// What it is called in the export; its name when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_as: Option<String>,
}

/// What was asked for when a job was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobOptions {
    /// Imports: whether rows change users who are there already.
    pub upsert: bool,
    /// Imports: whether who handed it in stands as high as the tenant's administrators, so that rows
    /// may change them.
    pub administers: bool,
    /// What the caller calls the job; told back to him.
    pub reference: Option<String>,
    /// Imports: whether to tell by mail that it is done.
    pub send_completion_email: bool,
    /// Imports that were handed in whole: how many rows there are.
    pub rows: Option<u64>,
    /// Exports: `json` or `csv`.
    pub format: Option<String>,
    /// Exports: how many users at the most.
    pub limit: Option<u64>,
    /// Exports: which members; the usual ones when there are none.
    pub fields: Vec<JobField>,
    /// Verification mails: the subject of the user.
    pub user: Option<String>,
    /// Verification mails: the `client_id` for which it was asked.
    pub client: Option<String>,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    /// How many bytes of the input are done with.
    pub bytes: u64,
    /// How many lines of the input are done with; for exports, how many users are written.
    pub lines: u64,
    /// How many users were made.
    pub inserted: u64,
    /// How many users were changed.
    pub updated: u64,
    /// How many rows said what was stored already.
    pub unchanged: u64,
    /// How many rows were refused.
    pub failed: u64,
}

impl JobProgress {
    /// How many rows were looked at.
    pub const fn total(&self) -> u64 {
        self.inserted + self.updated + self.unchanged + self.failed
    }
}

/// An import, an export or a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The identifier.
    pub id: JobId,
    /// The tenant.
    pub tenant: TenantId,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// A hash of the input and of what is done with it, by which the job is found again when the
    /// same input comes a second time; none where the input is kept with the job.
    pub source: Option<[u8; 32]>,
    /// The connection of the users; that of each row, or all of them, without one.
    pub connection: Option<ConnectionId>,
    /// What was asked for.
    pub options: JobOptions,
    /// Who asked for it.
    pub actor: Actor,
    /// How many bytes the input has, where that is known.
    pub input_bytes: Option<u64>,
    /// How far it has come.
    pub progress: JobProgress,
    /// Why it failed as a whole.
    pub problem: Option<String>,
    /// When a server may take it up: who works on it moves this ahead. None for a job that no
    /// server takes up.
    pub due_at: Option<Timestamp>,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// When it is forgotten, with all that belongs to it.
    pub expires_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Job {
    /// Ends the job at `now`, for good or with a problem.
    pub fn finish(&mut self, problem: Option<String>, now: Timestamp) {
        self.state = if problem.is_some() { JobState::Failed } else { JobState::Completed };
        self.problem = problem;
        self.due_at = None;
        self.finished_at = Some(now);
        self.updated_at = now;
    }
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// A word for programs: `INVALID_FORMAT`, `DUPLICATED_USER`, ….
    pub code: String,
    /// A sentence for people; it never repeats a password's hash.
    pub message: String,
    /// The member that is meant; empty for the row as a whole.
    pub path: String,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowError {
    /// The row's line, from 1.
    pub line: u64,
    /// The row as it came, hashes masked, where it could be read and is not too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Value>,
    /// What is wrong with it.
    pub errors: Vec<RowProblem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_again() {
        assert!(JobKind::ALL.into_iter().all(|kind| JobKind::parse(kind.as_str()) == Some(kind)));
        assert!(
            JobState::ALL.into_iter().all(|state| JobState::parse(state.as_str()) == Some(state))
        );
    }
}
