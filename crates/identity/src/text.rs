//! Plain text with a stated length.

use std::{borrow::Borrow, fmt, ops::Deref};

use serde::{Deserialize, Serialize};

use crate::Error;

/// Text of 1 to `MAX` characters without control characters (line breaks and tabs are allowed).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// `text`, if it is one; `field` names it in the error.
    ///
    /// # Errors
    /// `Invalid` on `field` when the text is empty, longer than `MAX` characters, or holds a
    /// control character.
    pub fn parse(field: &'static str, text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if text.is_empty() {
            return Err(Error::invalid(field, "must not be empty"));
        }
        if text.chars().count() > MAX {
            return Err(Error::invalid(field, format!("must be at most {MAX} characters long")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Error::invalid(field, "must not contain control characters"));
        }
        Ok(Self(text))
    }

    /// Like [`Text::parse`], with empty text read as none: what most wire forms mean by it.
    ///
    /// # Errors
    /// As [`Text::parse`], but for empty text.
    pub fn optional(field: &'static str, text: Option<String>) -> Result<Option<Self>, Error> {
        text.filter(|text| !text.is_empty()).map(|text| Self::parse(field, text)).transpose()
    }

    /// Text that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as an owned string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Borrow<str> for Text<MAX> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form in which names are compared: NFKC, case folded (full folding of Unicode).
pub fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let normalized: String = text.nfkc().collect();
    let folded = icu_casemap::CaseMapper::new().fold_string(&normalized);
    // Folding may leave a sequence that NFKC composes.
    folded.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(Text::<2>::parse("name", "李雷").unwrap().as_str(), "李雷");
        assert!(Text::<1>::parse("name", "李雷").is_err());
    }

    #[test]
    fn control_characters_and_emptiness_are_refused() {
        assert!(Text::<9>::parse("name", "a\u{0}b").is_err());
        assert!(Text::<9>::parse("name", "").is_err());
        assert!(Text::<9>::parse("name", "a\nb").is_ok());
    }

    #[test]
    fn folding_is_stable() {
        for text in ["Straße", "ＦＩＯＭＡＮ", "İ", "ǅ", "李雷"] {
            assert_eq!(folded(&folded(text)), folded(text), "{text}");
        }
        assert_eq!(folded("STRASSE"), folded("straße"));
    }
}
