//! What a port can answer besides its result.

use std::fmt;

use citizenry_identity::{Error, Kind};

/// The source of a failure, for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong in a port. Small and closed: an adapter maps whatever its database says to one
/// of these. "Not found" is none of them, a look-up returns `Option` and the use case decides.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A unique value is taken.
    #[error("{kind}: {field} is taken")]
    Conflict {
        /// The entity whose value is taken.
        kind: Kind,
        /// The canonical name of the field.
        field: &'static str,
    },
    /// The version that the caller sent is not the stored one any more, or what a row refers to has
    /// gone in between.
    #[error("changed by somebody else in between")]
    Stale,
    /// The database cannot serve this now: locked by another process for too long, no connection to
    /// be had, or the unit of work lost every race. Trying again later may help.
    #[error("the database is busy")]
    Busy,
    /// A defect or a failed part.
    #[error("the database failed")]
    Backend(#[source] Source),
}

/// The result of a port.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

impl StorageError {
    /// A failure with its cause, which may also be a sentence.
    pub fn backend(source: impl Into<Source>) -> Self {
        Self::Backend(source.into())
    }

    /// A stored value that the model refuses: `column` of `table` holds something that nothing here
    /// wrote. `reason` must not repeat the value if it may be secret.
    pub fn inconsistent(
        table: &'static str,
        column: &'static str,
        reason: impl fmt::Display,
    ) -> Self {
        Self::backend(format!("stored value of {table}.{column} cannot be read: {reason}"))
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict { kind, field } => Self::Conflict { kind, field },
            StorageError::Stale => Self::Stale,
            StorageError::Busy => Self::Unavailable,
            StorageError::Backend(source) => Self::Internal(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_keeps_its_kind_and_field() {
        let error = Error::from(StorageError::Conflict { kind: Kind::User, field: "email" });
        assert!(matches!(error, Error::Conflict { kind: Kind::User, field: "email" }));
    }

    #[test]
    fn a_failure_keeps_its_source_for_the_log() {
        let error = Error::from(StorageError::inconsistent("users", "email", "no at sign"));
        let source = std::error::Error::source(&error).expect("a source").to_string();
        assert_eq!(source, "stored value of users.email cannot be read: no at sign");
    }
}
