//! What a layer gives, and how a type reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

/// A value as a layer wrote it, before its type is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Text: every variable and flag, and strings in the file.
    Text(String),
    /// A number or a truth value in the file, as it would be written as text.
    Scalar(String),
    /// A list of texts and scalars.
    List(Vec<String>),
    /// A table of texts and scalars.
    Map(BTreeMap<String, String>),
    /// Something no setting takes, named.
    Other(&'static str),
}

impl Given {
    /// The single text or scalar, or what was found instead.
    pub(crate) fn scalar(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) | Self::Scalar(text) => Ok(text.trim()),
            Self::List(_) => Err("is a list; one value belongs here".into()),
            Self::Map(_) => Err("is a table; one value belongs here".into()),
            Self::Other(kind) => Err(format!("is {kind}, which no setting takes")),
        }
    }
}

/// A type that a setting can have.
pub(crate) trait Value: Sized {
    /// What may be written, in words, for messages and the reference.
    const KIND: &'static str;
    /// Whether the value must never be printed.
    const SECRET: bool = false;
    /// Reads a given value; the error says what is wrong, without the key.
    fn parse(given: &Given) -> Result<Self, String>;
    /// The value as it may be printed.
    fn show(&self) -> String;
}

impl<T: Value> Value for Option<T> {
    const KIND: &'static str = T::KIND;
    const SECRET: bool = T::SECRET;

    fn parse(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text) if text.trim().is_empty() => Ok(None),
            other => T::parse(other).map(Some),
        }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(String::new, T::show)
    }
}

/// A list: in the file a TOML array, elsewhere separated by commas.
impl<T: Value> Value for Vec<T> {
    const KIND: &'static str = T::KIND;

    fn parse(given: &Given) -> Result<Self, String> {
        let items: Vec<String> = match given {
            Given::List(items) => items.clone(),
            Given::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(Into::into)
                .collect(),
            other => vec![other.scalar()?.to_owned()],
        };
        items.into_iter().map(|item| T::parse(&Given::Text(item))).collect()
    }

    fn show(&self) -> String {
        self.iter().map(T::show).collect::<Vec<_>>().join(", ")
    }
}

/// A table of texts: in the file a TOML table, elsewhere `name=value` separated by commas.
impl Value for BTreeMap<String, String> {
    const KIND: &'static str = "table of texts";

    fn parse(given: &Given) -> Result<Self, String> {
        match given {
            Given::Map(map) => Ok(map.clone()),
            other => {
                let pairs =
                    other.scalar()?.split(',').map(str::trim).filter(|pair| !pair.is_empty());
                pairs
                    .map(|pair| match pair.split_once('=') {
                        Some((name, value)) => {
                            Ok((name.trim().to_owned(), value.trim().to_owned()))
                        }
                        None => Err(format!("`{pair}` is not name=value")),
                    })
                    .collect()
            }
        }
    }

    fn show(&self) -> String {
        self.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
    }
}

impl Value for bool {
    const KIND: &'static str = "true or false";

    fn parse(given: &Given) -> Result<Self, String> {
        match given.scalar()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!("`{other}` is neither true nor false")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A count from 1 on.
impl Value for u32 {
    const KIND: &'static str = "whole number, 1 or more";

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        match text.parse() {
            Ok(0) | Err(_) => {
                Err(format!("`{text}` is not a whole number from 1 to {}", Self::MAX))
            }
            Ok(number) => Ok(number),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    const KIND: &'static str = "text";

    fn parse(given: &Given) -> Result<Self, String> {
        match given.scalar()? {
            "" => Err("is empty".into()),
            text => Ok(text.to_owned()),
        }
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "path, relative to the working directory";

    fn parse(given: &Given) -> Result<Self, String> {
        String::parse(given).map(Into::into)
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for SecretString {
    const KIND: &'static str = "secret";
    const SECRET: bool = true;

    fn parse(given: &Given) -> Result<Self, String> {
        String::parse(given).map(Into::into)
    }

    fn show(&self) -> String {
        if self.expose_secret().is_empty() { String::new() } else { "***".into() }
    }
}

const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// A length of time: a whole number and one of the units ms, s, m, h.
impl Value for Duration {
    const KIND: &'static str = "time: a whole number and ms, s, m or h, like 30s";

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text.get(digits.len()..).unwrap_or_default();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let number = digits.trim().parse::<u64>().ok();
        match number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)) {
            Some(milliseconds) => Ok(Self::from_millis(milliseconds)),
            None => Err(format!("`{text}` is not a whole number with ms, s, m or h, like 30s")),
        }
    }

    fn show(&self) -> String {
        let milliseconds = self.as_millis();
        let unit =
            UNITS.iter().rev().find(|(_, factor)| milliseconds.is_multiple_of(u128::from(*factor)));
        let (name, factor) = unit.copied().unwrap_or(("ms", 1));
        format!("{}{name}", milliseconds / u128::from(factor))
    }
}
