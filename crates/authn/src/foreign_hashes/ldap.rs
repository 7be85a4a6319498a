//! Values of LDAP's `userPassword`: `{SCHEME}value` (RFC 2307 and what servers made of it).

use super::argon2_hash::Argon2Hash;
use super::bcrypt_hash::BcryptHash;
use super::digests::{Algorithm, Message, SaltedDigest};
use super::encodings::from_base64;
use super::pbkdf2_hash::{Pbkdf2Hash, Prf};
use super::phc::number;
use super::{Form, Refused};

/// Reads what follows the first `{`. The scheme is in any case.
pub(super) fn read(text: &str) -> Result<Form, Refused> {
    let (scheme, value) = text.split_once('}').ok_or("has no scheme")?;
    match scheme.to_ascii_uppercase().as_str() {
        "MD5" => digest(Algorithm::Md5, value, false),
        "SMD5" => digest(Algorithm::Md5, value, true),
        "SHA" | "SHA1" => digest(Algorithm::Sha1, value, false),
        "SSHA" | "SSHA1" => digest(Algorithm::Sha1, value, true),
        "SHA256" => digest(Algorithm::Sha256, value, false),
        "SSHA256" => digest(Algorithm::Sha256, value, true),
        "SHA384" => digest(Algorithm::Sha384, value, false),
        "SSHA384" => digest(Algorithm::Sha384, value, true),
        "SHA512" => digest(Algorithm::Sha512, value, false),
        "SSHA512" => digest(Algorithm::Sha512, value, true),
        "CRYPT" if !value.starts_with("$2") => {
            Err("is of crypt(3), of which only bcrypt's $2a$, $2b$ and $2y$ are known")
        }
        "CRYPT" | "BCRYPT" => BcryptHash::read(value).map(Form::Bcrypt),
        "ARGON2" => Argon2Hash::read(value).map(Form::Argon2),
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2(Prf::Sha1, value),
        "PBKDF2-SHA256" => pbkdf2(Prf::Sha256, value),
        "PBKDF2-SHA512" => pbkdf2(Prf::Sha512, value),
        "CLEARTEXT" | "PLAIN" | "NOOP" => Err("is a password, not a hash"),
        _ => Err("has an unknown scheme"),
    }
}

/// Base64 of the digest of password and salt, followed by the salt.
fn digest(algorithm: Algorithm, value: &str, salted: bool) -> Result<Form, Refused> {
    let mut hash = from_base64(value)?;
    if hash.len() < algorithm.length() {
        return Err("has a hash of another length than its algorithm makes");
    }
    let suffix = if salted { hash.split_off(algorithm.length()) } else { Vec::new() };
    let message = Message { suffix, ..Message::default() };
    SaltedDigest::new(algorithm, message, hash).map(Form::Digest)
}

/// `<iterations>$<salt>$<hash>`.
fn pbkdf2(prf: Prf, value: &str) -> Result<Form, Refused> {
    let parts: Vec<&str> = value.split('$').collect();
    let &[iterations, salt, hash] = parts.as_slice() else {
        return Err("has too few or too many parts");
    };
    Pbkdf2Hash::new(prf, number(iterations)?, from_base64(salt)?, from_base64(hash)?)
        .map(Form::Pbkdf2)
}
