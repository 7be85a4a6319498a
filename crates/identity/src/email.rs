//! Email addresses: what was typed, and the key they compare on.

use email_address::{EmailAddress, Options};

use crate::{Error, text::folded};

/// An email address (RFC 5321 mailbox with a host name; no display name, no address literal).
///
/// What was typed is kept for display. Two addresses are the same when their keys are: the domain
/// in lower case and IDNA ASCII, the local part NFKC and case-folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    typed: String,
    key: String,
}

impl Email {
    /// The most characters an address may have.
    pub const MAX_LENGTH: usize = 254;

    /// Reads an address.
    ///
    /// # Errors
    /// `Invalid` on `email`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::invalid("email", reason);
        if text.len() > Self::MAX_LENGTH {
            return Err(refuse("must be at most 254 bytes long"));
        }
        let options = Options::default().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(text, options)
            .map_err(|error| refuse(&format!("must be an email address: {error}")))?;
        let domain = idna::domain_to_ascii_strict(address.domain())
            .map_err(|_errors| refuse("must have a valid domain name"))?;
        Ok(Self {
            key: format!("{}@{domain}", folded(address.local_part())),
            typed: text.to_owned(),
        })
    }

    /// The key under which `text` would be found; `None` when it is no address.
    pub fn key_of(text: &str) -> Option<String> {
        Self::parse(text).ok().map(|email| email.key)
    }

    /// An address that the database holds already; not checked again.
    pub fn from_stored(typed: String, key: String) -> Self {
        Self { typed, key }
    }

    /// The address as it was typed.
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
    fn keys_fold_case_width_and_domain() {
        let key = |text| Email::parse(text).unwrap().key().to_owned();
        assert_eq!(key("Fioman@QQ.com"), "fioman@qq.com");
        assert_eq!(key("ﬁoman@qq.com"), "fioman@qq.com");
        assert_eq!(key("fioman@bücher.example"), "fioman@xn--bcher-kva.example");
        assert_eq!(key("用户@例子.广告"), key("用户@xn--fsqu00a.xn--4rr70v"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        for text in [
            "",
            "fioman",
            "@qq.com",
            "fioman@",
            "a b@qq.com",
            "Li <fioman@qq.com>",
            "a@[127.0.0.1]",
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keys_are_stable(text in ".{0,80}@.{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key()).map(|e| e.key().to_owned());
                // A folded local part may leave the address syntax; it must then be refused, not differ.
                if let Ok(again) = again { prop_assert_eq!(again, email.key()); }
            }
        }
    }
}
