//! Password hashes that other systems made: read, kept as text, verified.
//!
//! Each is read once, when it is imported, and refused there if it is malformed, of an algorithm
//! that is not known, or dearer than this program may be made to compute; what is kept is
//! [`ForeignHash::to_stored`], a text that names its algorithm.

use std::fmt;

use citizenry_identity::{Error, PasswordHash};
use secrecy::SecretString;
use serde_json::Value;

use crate::argon2_hasher::Argon2Cost;
use crate::argon2_pool::Memory;

mod argon2_hash;
mod bcrypt_hash;
mod custom;
mod digests;
mod encodings;
mod frameworks;
mod ldap;
mod limits;
mod pbkdf2_hash;
mod phc;
mod scrypt_hash;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub(crate) use limits::MAX_MEMORY_KIB;

use argon2_hash::Argon2Hash;
use bcrypt_hash::BcryptHash;
use digests::{KeyedDigest, SaltedDigest};
use limits::MAX_TEXT;
use pbkdf2_hash::Pbkdf2Hash;
use scrypt_hash::{FirebaseScryptHash, ScryptHash};

/// Why a text is no hash that can be verified here; may be shown, quotes nothing of it.
type Refused = &'static str;

/// A password hash of this or another system that can be verified here.
///
/// ```
/// use citizenry_authn::ForeignHash;
///
/// let hash = ForeignHash::parse("{SSHA}s3JNdGqquOyj6Tgf11UUA8od0gkDwFir")?;
/// assert_eq!(hash.algorithm(), "digest");
/// assert!(hash.to_stored().as_str().starts_with("$digest$h=sha1,"));
/// assert!(ForeignHash::parse("{CLEARTEXT}password").is_err());
/// # Ok::<(), citizenry_identity::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignHash(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Scrypt(ScryptHash),
    FirebaseScrypt(FirebaseScryptHash),
    Pbkdf2(Pbkdf2Hash),
    Digest(SaltedDigest),
    Hmac(KeyedDigest),
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignHash({}, ..)", self.algorithm())
    }
}

impl ForeignHash {
    /// Reads a hash that names its own algorithm:
    ///
    /// - `$argon2id$`, `$argon2i$`, `$argon2d$` (PHC strings);
    /// - `$2a$`, `$2b$`, `$2y$` (bcrypt);
    /// - `$scrypt$ln=…,r=…,p=…$` (PHC), `$fbscrypt$v=1,n=…,r=…,p=…,ss=…,sk=…$` (Firebase's scrypt
    ///   with the project's parameters, as `GoTrue` writes it);
    /// - `$pbkdf2-sha256$i=…,l=…$` (PHC), `$pbkdf2-sha256$<iterations>$` (passlib), and the same
    ///   with sha1, sha384, sha512;
    /// - Django's `pbkdf2_sha256$`, `pbkdf2_sha1$`, `scrypt$`, `bcrypt$`, `bcrypt_sha256$`,
    ///   `argon2$`, `sha1$`, `md5$`; Werkzeug's `scrypt:…$`, `pbkdf2:…$`;
    /// - LDAP's `{SSHA}` and its relatives (RFC 2307), with `{CRYPT}` for bcrypt, `{ARGON2}` and
    ///   `{PBKDF2-SHA256}`, and `{bcrypt}`;
    /// - what [`ForeignHash::to_stored`] writes.
    ///
    /// Refused is whatever would take more than 256 MiB, or several seconds.
    ///
    /// # Errors
    /// `Invalid` on `password_hash`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|reason| Error::invalid("password_hash", reason))
    }

    /// Reads the `custom_password_hash` of Auth0's and Authok's import: `{algorithm, hash: {value,
    /// encoding, digest, key}, salt: {value, encoding, position}, password: {encoding}, keylen,
    /// cost, blockSize, parallelization}`, or the older flat `{algorithm, hash, encoding,
    /// salt_prefix, salt_suffix}`.
    ///
    /// The algorithms `argon2`, `bcrypt`, `hmac`, `ldap`, `md5`, `sha1`, `sha256`, `sha512`,
    /// `pbkdf2` and `scrypt` are known (and `sha384`); `md4` is not, nor are the digests `md4`,
    /// `ripemd160` and `whirlpool` under `hmac`.
    ///
    /// # Errors
    /// `Invalid` on `custom_password_hash`.
    pub fn from_custom_password_hash(value: &Value) -> Result<Self, Error> {
        custom::read(value)
            .map(Self)
            .map_err(|reason| Error::invalid("custom_password_hash", reason))
    }

    /// The text to store.
    pub fn to_stored(&self) -> PasswordHash {
        PasswordHash::new(match &self.0 {
            Form::Argon2(hash) => hash.to_text(),
            Form::Bcrypt(hash) => hash.to_text(),
            Form::Scrypt(hash) => hash.to_text(),
            Form::FirebaseScrypt(hash) => hash.to_text(),
            Form::Pbkdf2(hash) => hash.to_text(),
            Form::Digest(hash) => hash.to_text(),
            Form::Hmac(hash) => hash.to_text(),
        })
    }

    /// The family of algorithms, in lower case: `argon2`, `bcrypt`, `scrypt`, `fbscrypt`, `pbkdf2`,
    /// `digest`, `hmac`.
    pub const fn algorithm(&self) -> &'static str {
        match &self.0 {
            Form::Argon2(_) => "argon2",
            Form::Bcrypt(_) => "bcrypt",
            Form::Scrypt(_) => "scrypt",
            Form::FirebaseScrypt(_) => "fbscrypt",
            Form::Pbkdf2(_) => "pbkdf2",
            Form::Digest(_) => "digest",
            Form::Hmac(_) => "hmac",
        }
    }

    /// Whether a new hash would be no better.
    pub(crate) fn is_current(&self, cost: Argon2Cost) -> bool {
        matches!(&self.0, Form::Argon2(hash) if hash.is_current(cost))
    }

    /// Whether it is the hash of this password, in constant time; takes as long as its parameters
    /// say, so only on a hashing thread.
    pub(crate) fn verify(
        &self,
        memory: &mut Memory,
        password: &SecretString,
    ) -> Result<bool, Error> {
        match &self.0 {
            Form::Argon2(hash) => hash.verify(memory, password),
            Form::Bcrypt(hash) => hash.verify(password),
            Form::Scrypt(hash) => hash.verify(password),
            Form::FirebaseScrypt(hash) => hash.verify(password),
            Form::Pbkdf2(hash) => hash.verify(password),
            Form::Digest(hash) => Ok(hash.verify(password)),
            Form::Hmac(hash) => hash.verify(password),
        }
    }

    fn read(text: &str) -> Result<Self, Refused> {
        if text.len() > MAX_TEXT {
            return Err("is longer than 4096 bytes");
        }
        let form = if let Some(rest) = text.strip_prefix('{') {
            ldap::read(rest)?
        } else if text.starts_with('$') {
            read_phc(text)?
        } else {
            frameworks::read(text)?
        };
        Ok(Self(form))
    }
}

/// Reads one of the forms that begin with `$<algorithm>$`.
fn read_phc(text: &str) -> Result<Form, Refused> {
    let algorithm = text.split('$').nth(1).unwrap_or_default();
    match algorithm {
        "argon2id" | "argon2i" | "argon2d" => Argon2Hash::read(text).map(Form::Argon2),
        "2a" | "2b" | "2y" => BcryptHash::read(text).map(Form::Bcrypt),
        "scrypt" => ScryptHash::read_phc(text).map(Form::Scrypt),
        "fbscrypt" => FirebaseScryptHash::read(text).map(Form::FirebaseScrypt),
        "digest" => SaltedDigest::read(text).map(Form::Digest),
        "hmac" => KeyedDigest::read(text).map(Form::Hmac),
        "2x" | "1" | "5" | "6" | "7" | "y" | "gy" | "md5" | "sha1" | "apr1" => {
            Err("is of crypt(3), of which only bcrypt's $2a$, $2b$ and $2y$ are known")
        }
        _ if algorithm == "pbkdf2" || algorithm.starts_with("pbkdf2-") => {
            Pbkdf2Hash::read_phc(text).map(Form::Pbkdf2)
        }
        _ => Err("names no known algorithm"),
    }
}
