//! Identifiers: numbers on the wire, as in the model.

use citizenry_directory::{GroupRef, UserRef};
use citizenry_identity::{Error, Kind, Number};

/// The number that `text` spells in a path; what is none names nothing.
fn number(kind: Kind, text: &str) -> Result<Number, Error> {
    let value = text.parse().ok().and_then(Number::new);
    // An id may be as long as a path; what is quoted of it is not.
    value.ok_or_else(|| Error::not_found(kind, text.chars().take(64).collect::<String>()))
}

/// The user of a path.
pub(crate) fn user(text: &str) -> Result<UserRef, Error> {
    number(Kind::User, text).map(UserRef::Number)
}

/// The group of a path.
pub(crate) fn group(text: &str) -> Result<GroupRef, Error> {
    number(Kind::Group, text).map(GroupRef::Number)
}

/// The users of a body.
pub(crate) fn users(numbers: &[i64]) -> Result<Vec<UserRef>, Error> {
    numbers.iter().map(|it| referred(Kind::User, *it).map(UserRef::Number)).collect()
}

/// The groups of a body.
pub(crate) fn groups(numbers: &[i64]) -> Result<Vec<GroupRef>, Error> {
    numbers.iter().map(|it| referred(Kind::Group, *it).map(GroupRef::Number)).collect()
}

fn referred(kind: Kind, value: i64) -> Result<Number, Error> {
    Number::new(value).ok_or_else(|| Error::not_found(kind, value))
}

/// The answer to a body that names something that there is not in `field`: 400, where a path would
/// be 404.
pub(crate) fn unknown_in(field: &'static str, kind: Kind, error: Error) -> Error {
    match error {
        Error::NotFound { kind: missing, id } if missing == kind => {
            Error::invalid(field, format!("there is no {kind} {id}"))
        }
        other => other,
    }
}
