//! bcrypt: `$2a$`, `$2b$` and `$2y$`, which are the same for passwords in UTF-8.

use aws_lc_rs::digest::{SHA256, digest};
use bcrypt::HashParts;
use citizenry_identity::Error;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Refused, limits};

#[derive(Clone, PartialEq, Eq)]
pub(super) struct BcryptHash {
    /// `$2b$<cost>$<salt><hash>`.
    text: String,
    /// Whether what was hashed is the password's SHA-256 in hexadecimal digits, as by Django.
    hashed_before: bool,
}

/// What Django writes before the hash of a hash.
const HASHED_BEFORE: &str = "bcrypt_sha256$";

impl BcryptHash {
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let parts: HashParts = text.parse().map_err(|_malformed| "is a malformed bcrypt hash")?;
        limits::bcrypt(parts.get_cost())?;
        Ok(Self { text: text.to_owned(), hashed_before: false })
    }

    /// Reads what follows Django's `bcrypt_sha256$`.
    pub(super) fn read_of_sha256(text: &str) -> Result<Self, Refused> {
        Ok(Self { hashed_before: true, ..Self::read(text)? })
    }

    pub(super) fn to_text(&self) -> String {
        if self.hashed_before { format!("{HASHED_BEFORE}{}", self.text) } else { self.text.clone() }
    }

    /// As every bcrypt, looks at the first 72 bytes of the password alone.
    pub(super) fn verify(&self, password: &SecretString) -> Result<bool, Error> {
        let password = password.expose_secret().as_bytes();
        if self.hashed_before {
            let hashed = Zeroizing::new(hexadecimal(digest(&SHA256, password).as_ref()));
            bcrypt::verify(hashed.as_bytes(), &self.text).map_err(Error::internal)
        } else {
            bcrypt::verify(password, &self.text).map_err(Error::internal)
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
