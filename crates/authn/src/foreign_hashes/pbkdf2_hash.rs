//! PBKDF2 (RFC 8018) over HMAC with SHA-1, SHA-256, SHA-384 or SHA-512.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use citizenry_identity::Error;
use secrecy::{ExposeSecret, SecretString};

use super::encodings::{from_base64, to_base64};
use super::phc::{Parameters, number, parts};
use super::{Refused, limits};

/// The hash function below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Prf {
    pub(super) fn parse(name: &str) -> Result<Self, Refused> {
        match name {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            _ => Err("is PBKDF2 with a hash other than sha1, sha256, sha384, sha512"),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of one block of output.
    const fn block(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    const fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// What Auth0's import takes where a PHC string names no iterations.
const DEFAULT_ITERATIONS: u32 = 100_000;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pbkdf2Hash {
    prf: Prf,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2Hash {
    pub(super) fn new(
        prf: Prf,
        iterations: u32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    ) -> Result<Self, Refused> {
        limits::salt(&salt)?;
        limits::derived(&hash)?;
        limits::pbkdf2(iterations, hash.len().div_ceil(prf.block()))?;
        let iterations = NonZeroU32::new(iterations).ok_or("has no iterations")?;
        Ok(Self { prf, iterations, salt, hash })
    }

    /// `$pbkdf2-sha256$i=29000,l=32$<salt>$<hash>`, or passlib's `$pbkdf2-sha256$29000$…`, where
    /// `$pbkdf2$` means SHA-1; Auth0's import may leave the parameters out.
    pub(super) fn read_phc(text: &str) -> Result<Self, Refused> {
        let name = text.split('$').nth(1).unwrap_or_default();
        let prf = match name.strip_prefix("pbkdf2-") {
            Some(digest) => Prf::parse(digest)?,
            None => Prf::Sha1,
        };
        let (parameters, salt, hash) = if let Ok([parameters, salt, hash]) = parts(text) {
            (Some(parameters), salt, hash)
        } else {
            let [salt, hash] = parts(text)?;
            (None, salt, hash)
        };
        let hash = from_base64(hash)?;
        let iterations = match parameters {
            None => DEFAULT_ITERATIONS,
            Some(text) if text.contains('=') => {
                let parameters = Parameters::read(text, &["i", "l"])?;
                if parameters.optional::<usize>("l")?.is_some_and(|length| length != hash.len()) {
                    return Err("has a hash of another length than it says");
                }
                parameters.optional("i")?.unwrap_or(DEFAULT_ITERATIONS)
            }
            Some(iterations) => number(iterations)?,
        };
        Self::new(prf, iterations, from_base64(salt)?, hash)
    }

    pub(super) fn to_text(&self) -> String {
        format!(
            "$pbkdf2-{}$i={},l={}${}${}",
            self.prf.name(),
            self.iterations,
            self.hash.len(),
            to_base64(&self.salt),
            to_base64(&self.hash)
        )
    }

    #[expect(clippy::unnecessary_wraps, reason = "as of the other families")]
    pub(super) fn verify(&self, password: &SecretString) -> Result<bool, Error> {
        let password = password.expose_secret().as_bytes();
        let verified =
            pbkdf2::verify(self.prf.algorithm(), self.iterations, &self.salt, password, &self.hash);
        Ok(verified.is_ok())
    }
}
