//! Bytes as text, and text as bytes, in the ways of other systems.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Refused;

/// The last character of a foreign text may hold bits that mean nothing.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Base64 in its standard or URL alphabet or with passlib's `.` for `+`; padded or not.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, Refused> {
    let standard: String = text
        .trim_end_matches('=')
        .chars()
        .map(|character| match character {
            '-' | '.' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    LENIENT.decode(standard).map_err(|_malformed| "holds malformed base64")
}

/// Standard base64 without padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Hexadecimal digits in either case.
pub(super) fn from_hex(text: &str) -> Result<Vec<u8>, Refused> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes()
        .chunks(2)
        .map(pair)
        .collect::<Option<Vec<u8>>>()
        .ok_or("holds malformed hexadecimal digits")
}

/// As which bytes a password was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum PasswordEncoding {
    #[default]
    Utf8,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// The lower byte of each UTF-16 unit, which is what Node.js calls `latin1`, `binary` and, when
    /// it encodes, `ascii`.
    Latin1,
}

impl PasswordEncoding {
    /// The encoding that Node.js and Auth0's import call by this name.
    pub(super) fn parse(name: &str) -> Result<Self, Refused> {
        match name.to_ascii_lowercase().as_str() {
            "utf8" | "utf-8" => Ok(Self::Utf8),
            "utf16le" | "utf-16le" | "ucs2" | "ucs-2" => Ok(Self::Utf16Le),
            "latin1" | "binary" | "ascii" => Ok(Self::Latin1),
            _ => {
                Err("has a password encoding other than utf8, utf16le, ucs2, latin1, binary, ascii")
            }
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Utf16Le => "utf16le",
            Self::Latin1 => "latin1",
        }
    }

    pub(super) fn encode(self, password: &SecretString) -> Zeroizing<Vec<u8>> {
        let password = password.expose_secret();
        Zeroizing::new(match self {
            Self::Utf8 => password.as_bytes().to_vec(),
            Self::Utf16Le => password.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Latin1 => password.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect(),
        })
    }
}
