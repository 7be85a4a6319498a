//! Why a command ended: one line, what to do next, and the exit code.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
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
    /// SIGINT came before the end; as shells count it.
    Interrupted = 130,
    /// SIGTERM came before the end.
    Terminated = 143,
}

const MAKE_ROOM: &str = "make room on that disk";
const LOOK_AT_DISK: &str =
    "look whether the database's disk is sound, and whether a quota or `ulimit -f` is used up";
/// How databases say that a disk takes no more, and what to do then. They keep the reason to
/// themselves where it is not the disk itself.
const DISKS: [(&str, &str); 3] = [
    ("database or disk is full", MAKE_ROOM),
    ("No space left on device", MAKE_ROOM),
    ("disk I/O error", LOOK_AT_DISK),
];

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

    /// A file that cannot be written.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        let failure = Self::new(Exit::Unavailable, format!("{}: {error}", path.display()));
        match error.kind() {
            ErrorKind::StorageFull => failure.advise(MAKE_ROOM),
            ErrorKind::QuotaExceeded => failure.advise("make room in the quota"),
            ErrorKind::FileTooLarge => failure.advise("raise the limit (`ulimit -f`)"),
            _ => failure,
        }
    }

    /// Something that failed for no fault of the caller's.
    fn internal(message: &str) -> Self {
        match DISKS.iter().find(|(words, _)| message.contains(*words)) {
            Some((_, advice)) => Self::new(Exit::Unavailable, message).advise(*advice),
            None => Self::new(Exit::Failed, message),
        }
    }

    /// Says what to do next, unless something is said already.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.get_or_insert(advice.into());
        self
    }

    /// Says what to do next, after what is said already.
    #[must_use]
    pub(crate) fn advise_also(mut self, advice: &str) -> Self {
        self.advice = Some(match self.advice {
            Some(first) => format!("{first}; {advice}"),
            None => advice.to_owned(),
        });
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
            Error::Internal(source) => Self::internal(&chain(source.as_ref())),
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
        assert_eq!(failure.exit, Exit::Failed);
    }

    #[test]
    fn a_full_disk_is_told_from_a_defect() {
        let full = |text: &str| Failure::from(Error::internal(text.to_owned()));
        let extend = "could not extend file \"base/16384/2619\": No space left on device";
        for text in ["database or disk is full", extend] {
            let failure = full(text).advise_also("then go on");
            assert_eq!(failure.exit, Exit::Unavailable);
            assert_eq!(
                failure.to_string(),
                format!("error: {text}\n  make room on that disk; then go on")
            );
        }
        let failure = full("disk I/O error");
        assert_eq!(failure.exit, Exit::Unavailable);
        assert!(failure.to_string().contains("quota"), "{failure}");
    }
}
