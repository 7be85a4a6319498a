//! Values with a spelling of their own.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::value::{Given, Value};

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(
    /// The bytes.
    pub usize,
);

const SIZES: [(&str, usize); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("", 1)];

impl Value for ByteSize {
    const KIND: &'static str = "size: bytes, or a whole number and KiB or MiB";

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = text.get(digits.len()..).unwrap_or_default();
        let factor = SIZES.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let number = digits.trim().parse::<usize>().ok().filter(|number| *number > 0);
        match number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)) {
            Some(bytes) => Ok(Self(bytes)),
            None => Err(format!("`{text}` is not a size, like 65536, 64KiB or 1MiB")),
        }
    }

    fn show(&self) -> String {
        match self.0 {
            bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
            bytes if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
            bytes => bytes.to_string(),
        }
    }
}

/// Where the data are: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST[,HOST…]/NAME`. Printed with
/// its password masked.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The whole URL, with its password.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The URL with its password masked, fit for messages.
    pub fn masked(&self) -> String {
        mask(self.0.expose_secret())
    }
}

/// Masks the password before the `@` and whatever stands in the query.
fn mask(url: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, ""), |(base, _)| (base, "?***"));
    let Some((scheme, rest)) = base.split_once("://") else { return format!("{base}{query}") };
    let Some((user, hosts)) = rest.rsplit_once('@') else { return format!("{base}{query}") };
    let user = user.split_once(':').map_or(user.to_owned(), |(name, _)| format!("{name}:***"));
    format!("{scheme}://{user}@{hosts}{query}")
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.masked())
    }
}

impl Value for DatabaseUrl {
    const KIND: &'static str = "sqlite:PATH or postgres://USER:PASSWORD@HOST[,HOST…]/NAME";
    const SECRET: bool = true;

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
        {
            return Ok(Self(text.to_owned().into()));
        }
        Err("must begin with sqlite: or postgres://, like sqlite:/var/lib/citizenry/data.sqlite or \
             postgres://citizenry:PASSWORD@127.0.0.1/citizenry"
            .into())
    }

    fn show(&self) -> String {
        self.masked()
    }
}

/// Defines an enum whose values are spelled as words.
macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident, $kind:literal {
        $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl Value for $name {
            const KIND: &'static str = $kind;

            fn parse(given: &Given) -> Result<Self, String> {
                match given.scalar()? {
                    $( $word => Ok(Self::$variant), )+
                    other => Err(format!("`{other}` is not one of: {}", $kind)),
                }
            }

            fn show(&self) -> String {
                match self { $( Self::$variant => $word.into(), )+ }
            }
        }
    };
}

words! {
    /// How log lines are written.
    LogFormat, "text, json" {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

words! {
    /// How proxies say whom they speak for.
    ForwardedHeader, "x-forwarded-for, forwarded" {
        /// `X-Forwarded-For`.
        XForwardedFor = "x-forwarded-for",
        /// `Forwarded` (RFC 7239).
        Forwarded = "forwarded",
    }
}
