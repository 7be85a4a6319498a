//! Documents within a body, whose members are read one by one, so that the error names them.

use std::ops::RangeInclusive;

use citizenry_identity::Error;
use serde_json::{Map, Value};

/// Refuses the value of a field.
pub(super) fn refuse<T>(field: &str, reason: impl Into<String>) -> Result<T, Error> {
    Err(Error::invalid(field.to_owned(), reason))
}

/// An object; null reads as one without members, and so does a member that is null.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'d> {
    /// What names it in an error, with a final dot; empty for the body itself.
    name: &'d str,
    members: Option<&'d Map<String, Value>>,
}

impl<'d> Document<'d> {
    /// The member `name` of the body.
    pub(super) fn new(name: &'d str, value: &'d Value) -> Self {
        Self { name, members: value.as_object() }
    }

    /// The body itself.
    pub(super) fn of(members: &'d Map<String, Value>) -> Self {
        Self { name: "", members: Some(members) }
    }

    fn get(self, member: &str) -> Option<&'d Value> {
        self.members?.get(member).filter(|value| !value.is_null())
    }

    fn refuse<T>(self, member: &str, reason: impl Into<String>) -> Result<T, Error> {
        let field = match self.name {
            "" => member.to_owned(),
            name => format!("{name}.{member}"),
        };
        refuse(&field, reason)
    }

    /// A whole number within its limits.
    pub(super) fn number(
        self,
        member: &str,
        limits: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Error> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number {
            Some(number) if limits.contains(&number) => Ok(Some(number)),
            _ => {
                let (least, most) = (limits.start(), limits.end());
                self.refuse(member, format!("must be a whole number from {least} to {most}"))
            }
        }
    }

    /// One of `words`.
    pub(super) fn word(self, member: &str, words: &[&str]) -> Result<Option<&'d str>, Error> {
        let Some(value) = self.get(member) else { return Ok(None) };
        match value.as_str() {
            Some(word) if words.contains(&word) => Ok(Some(word)),
            _ => self.refuse(member, format!("must be one of {}", words.join(", "))),
        }
    }

    /// A truth value.
    pub(super) fn truth(self, member: &str) -> Result<Option<bool>, Error> {
        match self.get(member) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(_) => self.refuse(member, "must be true or false"),
        }
    }

    /// A list of texts; empty when there is none.
    pub(super) fn texts(self, member: &str) -> Result<Vec<&'d str>, Error> {
        let Some(value) = self.get(member) else { return Ok(Vec::new()) };
        let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
        match texts {
            Some(texts) => Ok(texts),
            None => self.refuse(member, "must be a list of texts"),
        }
    }
}
