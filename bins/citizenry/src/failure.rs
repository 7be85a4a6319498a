//! Why a command ended: one line, what to do next, and the exit code.

use std::fmt;
use std::process::ExitCode;

use citizenry_identity::{Error, Kind};

/// The exit codes, as `citizenry --help` states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed that has no code of its own.
    Failed = 1,
    /// The configuration has problems. (2 is clap's: wrong arguments.)
    Configuration = 3,
    /// What was named does not exist.
    NotFound = 4,
    /// What was asked for is refused: a taken name, a value that is not allowed, a rule.
    Refused = 5,
    /// A part of the machine is not there: the database, the port, a file.
    Unavailable = 6,
}

/// A command's failure.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    message: String,
    advice: Option<String>,
    exit: Exit,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), advice: None, exit }
    }

    /// Says what to do next.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.get_or_insert(advice.into());
        self
    }

    /// The message and the advice, for a table.
    pub(crate) fn in_one_line(&self) -> String {
        match &self.advice {
            Some(advice) => format!("{} ({advice})", self.message),
            None => self.message.clone(),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "\n  {advice}"),
            None => Ok(()),
        }
    }
}

impl From<citizenry_config::Problems> for Failure {
    fn from(problems: citizenry_config::Problems) -> Self {
        Self::new(Exit::Configuration, problems)
            .advise("`citizenry config reference` explains every setting")
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::NotFound { kind, .. } => {
                Self::new(Exit::NotFound, message).advise(advice_for_missing(kind))
            }
            Error::Conflict { kind, field: "last_administrator" } => {
                Self::new(Exit::Refused, format!("this {kind} is the tenant's last administrator"))
                    .advise("make another administrator first")
            }
            Error::Conflict { kind, field } => {
                Self::new(Exit::Refused, format!("{kind}: {field} is taken or stands against it"))
                    .advise("choose another value, or look at what has it")
            }
            Error::Invalid { .. } => Self::new(Exit::Refused, message),
            Error::Unauthenticated | Error::Forbidden { .. } | Error::RateLimited { .. } => {
                Self::new(Exit::Refused, message)
            }
            Error::Stale => Self::new(Exit::Refused, message).advise("look again and repeat"),
            Error::Unavailable => Self::new(Exit::Unavailable, "the database is busy")
                .advise("another program may hold it; try again"),
            Error::Internal(source) => Self::new(Exit::Failed, chain(source.as_ref())),
        }
    }
}

fn advice_for_missing(kind: Kind) -> String {
    match kind {
        Kind::User | Kind::Tenant => format!("`citizenry {kind} list` shows what there is"),
        _ => "look at its name, and at the tenant (--tenant)".into(),
    }
}

/// An error and its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut parts: Vec<String> = causes.map(ToString::to_string).collect();
    parts.dedup();
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_exit_code_and_say_what_to_do() {
        let failure = Failure::from(Error::not_found(Kind::User, "fioman"));
        assert_eq!(failure.exit, Exit::NotFound);
        assert!(failure.to_string().starts_with("error: user fioman not found\n  "));
        let last = Failure::from(Error::conflict(Kind::User, "last_administrator"));
        assert_eq!(last.exit, Exit::Refused);
        assert!(last.to_string().contains("make another administrator first"));
    }

    #[test]
    fn a_failure_names_its_causes() {
        let source = std::io::Error::other(Error::internal("disk full"));
        let failure = Failure::from(Error::internal(source));
        assert!(failure.to_string().contains("disk full"), "{failure}");
    }
}
