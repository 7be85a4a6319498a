//! Absolute web addresses.

use std::fmt;

use url::Url;

use crate::Error;

/// An absolute `http` or `https` URL of at most 2,048 bytes, without user name and password. It is
/// kept as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    /// Reads a URL; `field` names it in the error.
    ///
    /// # Errors
    /// `Invalid` on `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::invalid(field, reason);
        if text.len() > 2_048 {
            return Err(refuse("must be at most 2048 bytes long"));
        }
        let url = Url::parse(text).map_err(|_unparsable| refuse("must be an absolute URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(refuse("must be an http or https URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("must not hold a user name or password"));
        }
        Ok(Self(text.to_owned()))
    }

    /// A URL that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The URL as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        assert!(WebUrl::parse("picture", "https://img.gavatars.com/a.png").is_ok());
        let long = format!("https://example.com/{}", "a".repeat(2_048));
        for text in [
            "",
            "a.png",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://u:p@example.com",
            "http://",
            &long,
        ] {
            assert!(WebUrl::parse("picture", text).is_err(), "{text}");
        }
    }
}
