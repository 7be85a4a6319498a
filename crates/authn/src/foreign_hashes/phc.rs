//! Texts of the form `$algorithm$name=value,name=value$…$…`.

use std::str::FromStr;

use super::Refused;
use super::encodings::from_base64;

/// The parameters of such a text.
pub(super) struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    /// Reads `name=value,name=value`; only `known` names, each once.
    pub(super) fn read(text: &'a str, known: &[&str]) -> Result<Self, Refused> {
        let mut read: Vec<(&str, &str)> = Vec::new();
        for parameter in text.split(',') {
            let (name, value) = parameter.split_once('=').ok_or("has a malformed parameter")?;
            if !known.contains(&name) {
                return Err("has an unknown parameter");
            }
            if read.iter().any(|(earlier, _)| *earlier == name) {
                return Err("has a parameter twice");
            }
            read.push((name, value));
        }
        Ok(Self(read))
    }

    /// The parameter's value, if it is there.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The parameter as a number, if it is there.
    pub(super) fn optional<N: FromStr>(&self, name: &str) -> Result<Option<N>, Refused> {
        self.text(name).map(number).transpose()
    }

    /// The parameter as a number.
    pub(super) fn number<N: FromStr>(&self, name: &str) -> Result<N, Refused> {
        self.optional(name)?.ok_or("lacks a parameter")
    }

    /// The parameter as bytes, none if it is not there.
    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, Refused> {
        self.text(name).map_or(Ok(Vec::new()), from_base64)
    }
}

/// A decimal number without sign.
pub(super) fn number<N: FromStr>(text: &str) -> Result<N, Refused> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or("has a parameter that is no number or too large")
}

/// The `N` parts of a text that begins with `$`, after the algorithm's name.
pub(super) fn parts<const N: usize>(text: &str) -> Result<[&str; N], Refused> {
    let parts: Vec<&str> = text.split('$').skip(2).collect();
    parts.try_into().map_err(|_other_count| "has too few or too many parts")
}
