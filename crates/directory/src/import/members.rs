//! The members of a row, taken one by one; what is wrong with them is gathered.

use citizenry_identity::{Error, Metadata, RowProblem, Text, Timestamp};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A problem with the member `path` of a row.
pub(super) fn problem(code: &str, path: &str, message: impl Into<String>) -> RowProblem {
    RowProblem { code: code.to_owned(), message: message.into(), path: path.to_owned() }
}

/// What an error says of the member `path`.
pub(super) fn refused(path: &str, error: &Error) -> RowProblem {
    match error {
        Error::Invalid { reason, .. } => {
            let too_long = reason.starts_with("must be at most");
            let code = if too_long { "MAX_LENGTH" } else { "INVALID_FORMAT" };
            problem(code, path, reason.as_str())
        }
        Error::Conflict { .. } => problem("CONFLICT", path, "stands against what is stored"),
        Error::NotFound { .. } => problem("NOT_FOUND", path, "is not known"),
        _ => problem("INVALID_FORMAT", path, "is refused"),
    }
}

/// The members of an object that are left to be read, and what was wrong with those before.
#[derive(Debug)]
pub(super) struct Members {
    object: Map<String, Value>,
    problems: Vec<RowProblem>,
}

impl Members {
    pub(super) fn new(object: Map<String, Value>) -> Self {
        Self { object, problems: Vec::new() }
    }

    pub(super) fn refuse(&mut self, problem: RowProblem) {
        self.problems.push(problem);
    }

    /// The names of what is left.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.object.keys().map(String::as_str)
    }

    /// The member, if it is there and not null.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn of_type<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        let read = read(self.take(name)?);
        if read.is_none() {
            self.refuse(problem("INVALID_TYPE", name, format!("must be {expected}")));
        }
        read
    }

    /// A text that is not empty; an empty one counts as absent.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.of_type(name, "a string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })?;
        (!text.is_empty()).then_some(text)
    }

    /// A text that `parse` takes.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(refused(name, &error));
                None
            }
        }
    }

    pub(super) fn limited<const MAX: usize>(&mut self, name: &'static str) -> Option<Text<MAX>> {
        self.parsed(name, |text| Text::parse(name, text))
    }

    /// A word that `parse` knows.
    pub(super) fn word<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let word = self.text(name)?;
        let found = parse(&word);
        if found.is_none() {
            self.refuse(problem("ENUM_MISMATCH", name, "is none of the known words"));
        }
        found
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.of_type(name, "true or false", |value| value.as_bool())
    }

    pub(super) fn number(&mut self, name: &str) -> Option<i64> {
        self.of_type(name, "a whole number that is not negative", |value| {
            value.as_i64().filter(|number| *number >= 0)
        })
    }

    /// A time as RFC 3339 writes it.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.parsed(name, |text| {
            let parsed = OffsetDateTime::parse(text, &Rfc3339);
            parsed.map(Timestamp::new).map_err(|_unparsable| {
                Error::invalid("time", "must be a time as RFC 3339 writes it")
            })
        })
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        self.of_type(name, "an object", |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        })
    }

    pub(super) fn metadata(&mut self, name: &'static str) -> Option<Metadata> {
        match Metadata::new(name, self.object(name)?) {
            Ok(metadata) => Some(metadata),
            Err(error) => {
                self.refuse(refused(name, &error));
                None
            }
        }
    }

    /// A list of at most `most` items.
    pub(super) fn list(&mut self, name: &str, most: usize) -> Option<Vec<Value>> {
        let items = self.of_type(name, "a list", |value| match value {
            Value::Array(items) => Some(items),
            _ => None,
        })?;
        if items.len() > most {
            self.refuse(problem("MAX_LENGTH", name, format!("must be at most {most} items long")));
            return None;
        }
        Some(items)
    }

    /// A list of texts.
    pub(super) fn texts<const MAX: usize>(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Vec<Text<MAX>> {
        let mut texts = Vec::new();
        for item in self.list(name, most).unwrap_or_default() {
            match item.as_str().map(|text| Text::parse(name, text)) {
                Some(Ok(text)) if texts.contains(&text) => {}
                Some(Ok(text)) => texts.push(text),
                Some(Err(error)) => self.refuse(refused(name, &error)),
                None => {
                    self.refuse(problem("INVALID_TYPE", name, "must be a list of strings"));
                }
            }
        }
        texts
    }

    /// What was wrong; a member that is left was not known.
    pub(super) fn finish(mut self) -> Vec<RowProblem> {
        for name in std::mem::take(&mut self.object).into_iter().map(|(name, _)| name) {
            let shown: String = name.chars().take(64).collect();
            let message = "is not known";
            self.refuse(problem("OBJECT_ADDITIONAL_PROPERTIES", &shown, message));
        }
        self.problems
    }
}
