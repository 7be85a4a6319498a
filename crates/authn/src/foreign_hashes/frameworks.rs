//! What Django and Werkzeug store: `algorithm$…`, with the salt as text.

use super::argon2_hash::Argon2Hash;
use super::bcrypt_hash::BcryptHash;
use super::digests::{Algorithm, Message, SaltedDigest};
use super::encodings::{PasswordEncoding, from_base64, from_hex};
use super::pbkdf2_hash::{Pbkdf2Hash, Prf};
use super::phc::number;
use super::scrypt_hash::{ScryptCost, ScryptHash};
use super::{Form, Refused};

pub(super) fn read(text: &str) -> Result<Form, Refused> {
    let (algorithm, rest) = text.split_once('$').ok_or("names no known algorithm")?;
    match algorithm {
        "pbkdf2_sha256" => django_pbkdf2(Prf::Sha256, rest),
        "pbkdf2_sha1" => django_pbkdf2(Prf::Sha1, rest),
        "scrypt" => django_scrypt(rest),
        "bcrypt" => BcryptHash::read(rest).map(Form::Bcrypt),
        "bcrypt_sha256" => BcryptHash::read_of_sha256(rest).map(Form::Bcrypt),
        "argon2" => Argon2Hash::read(&format!("${rest}")).map(Form::Argon2),
        "sha1" => django_digest(Algorithm::Sha1, rest),
        "md5" => django_digest(Algorithm::Md5, rest),
        _ => werkzeug(algorithm, rest),
    }
}

/// The parts between the dollar signs.
fn parts<const N: usize>(text: &str) -> Result<[&str; N], Refused> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_other_count| "has too few or too many parts")
}

/// `<iterations>$<salt>$<base64>`.
fn django_pbkdf2(prf: Prf, rest: &str) -> Result<Form, Refused> {
    let [iterations, salt, hash] = parts(rest)?;
    let salt = salt.as_bytes().to_vec();
    Pbkdf2Hash::new(prf, number(iterations)?, salt, from_base64(hash)?).map(Form::Pbkdf2)
}

/// `<N>$<salt>$<r>$<p>$<base64>`.
fn django_scrypt(rest: &str) -> Result<Form, Refused> {
    let [n, salt, r, p, hash] = parts(rest)?;
    let cost = ScryptCost::with_n(number(n)?, number(r)?, number(p)?)?;
    let salt = salt.as_bytes().to_vec();
    ScryptHash::new(cost, PasswordEncoding::Utf8, salt, from_base64(hash)?).map(Form::Scrypt)
}

/// `<salt>$<hex>`: of salt and password.
fn django_digest(algorithm: Algorithm, rest: &str) -> Result<Form, Refused> {
    let [salt, hash] = parts(rest)?;
    let message = Message { prefix: salt.as_bytes().to_vec(), ..Message::default() };
    SaltedDigest::new(algorithm, message, from_hex(hash)?).map(Form::Digest)
}

/// `scrypt:<N>:<r>:<p>$<salt>$<hex>` and `pbkdf2:<hash>:<iterations>$<salt>$<hex>`.
fn werkzeug(method: &str, rest: &str) -> Result<Form, Refused> {
    let [salt, hash] = parts(rest).map_err(|_other_count| "names no known algorithm")?;
    let (salt, method) = (salt.as_bytes().to_vec(), method.split(':').collect::<Vec<_>>());
    match method.as_slice() {
        ["scrypt", n, r, p] => {
            let cost = ScryptCost::with_n(number(n)?, number(r)?, number(p)?)?;
            ScryptHash::new(cost, PasswordEncoding::Utf8, salt, from_hex(hash)?).map(Form::Scrypt)
        }
        ["pbkdf2", digest, iterations] => {
            let prf = Prf::parse(digest)?;
            Pbkdf2Hash::new(prf, number(iterations)?, salt, from_hex(hash)?).map(Form::Pbkdf2)
        }
        _ => Err("names no known algorithm"),
    }
}
