//! What a session remembers of its failed statements.

/// Why a unit is worth another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It lost a race that the database noticed: a serialisation failure or a deadlock.
    Race,
    /// Its connection broke, or leads to a server that may not write any more.
    Lost,
}

/// The marks of one session: one for each open level, the unit itself and its nested ones.
#[derive(Debug)]
pub(crate) struct Marks {
    failed: Vec<bool>,
    cause: Option<Cause>,
}

/// What a unit did that forbids to commit it.
pub(crate) const WENT_ON: &str = "a unit of work went on after a failed statement";
/// A nested unit was begun and its future dropped.
pub(crate) const LEFT_OPEN: &str = "a unit of work left a nested unit unfinished";
/// The future of a unit on SQLite was not ready at once.
pub(crate) const AWAITED: &str = "a unit of work awaited something other than its transaction";

impl Marks {
    pub(crate) fn new() -> Self {
        Self { failed: vec![false], cause: None }
    }

    /// Notes that a statement failed at the current level.
    pub(crate) fn fail(&mut self) {
        if let Some(failed) = self.failed.last_mut() {
            *failed = true;
        }
    }

    /// Notes why the unit is worth another attempt; a lost connection outweighs a lost race.
    pub(crate) fn because(&mut self, cause: Cause) {
        if self.cause != Some(Cause::Lost) {
            self.cause = Some(cause);
        }
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// How many nested units are open.
    pub(crate) fn depth(&self) -> usize {
        self.failed.len() - 1
    }

    pub(crate) fn enter(&mut self) {
        self.failed.push(false);
    }

    /// Leaves the innermost nested unit and forgets its failed statements.
    pub(crate) fn leave(&mut self) {
        if self.depth() > 0 {
            self.failed.pop();
        }
    }

    /// Whether a statement of the innermost level failed.
    pub(crate) fn failed_here(&self) -> bool {
        self.failed.last() == Some(&true)
    }

    /// Why the unit must not be committed, if so.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        if self.depth() > 0 {
            Some(LEFT_OPEN)
        } else if self.failed.contains(&true) {
            Some(WENT_ON)
        } else {
            None
        }
    }
}
