//! Usernames.

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation as _};

use crate::{Error, text::folded};

/// A username: RFC 8265 `UsernameCaseMapped`, 1 to 64 characters. What was typed is kept for
/// display; two usernames are the same when their keys are (mapped, then case-folded).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username {
    typed: String,
    key: String,
}

impl Username {
    /// The most characters a username may have.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a username.
    ///
    /// # Errors
    /// `Invalid` on `username`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(Error::invalid("username", "must be at most 64 characters long"));
        }
        let mapped = UsernameCaseMapped::enforce(text).map_err(|_refused| {
            Error::invalid(
                "username",
                "must consist of letters, digits and punctuation without blanks",
            )
        })?;
        Ok(Self { key: folded(&mapped), typed: text.to_owned() })
    }

    /// The key under which `text` would be found; `None` when it is no username.
    pub fn key_of(text: &str) -> Option<String> {
        Self::parse(text).ok().map(|username| username.key)
    }

    /// A username that the database holds already; not checked again.
    pub fn from_stored(typed: String, key: String) -> Self {
        Self { typed, key }
    }

    /// The username as it was typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The key it is compared on.
    pub fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_width_do_not_tell_usernames_apart() {
        let key = |text| Username::parse(text).unwrap().key().to_owned();
        assert_eq!(key("Fioman"), key("ｆｉｏｍａｎ"));
        assert_eq!(key("STRASSE"), key("straße"));
        assert_eq!(key("李雷"), "李雷");
    }

    #[test]
    fn what_is_no_username_is_refused() {
        let long = "a".repeat(65);
        for text in ["", "li lei", "a\u{0}", "\u{200b}", &long] {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,70}") {
            let _ = Username::parse(&text);
        }
    }
}
