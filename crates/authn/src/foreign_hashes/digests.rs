//! One round of a hash function over password and salt, with a key (HMAC, RFC 2104) or without.

use aws_lc_rs::{digest, hmac as keyed};
use citizenry_identity::Error;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest as _, Md5};
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::encodings::{PasswordEncoding, from_base64, to_base64};
use super::phc::{Parameters, parts};
use super::{Refused, limits};

/// The hash functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Result<Self, Refused> {
        match name {
            "md5" => Ok(Self::Md5),
            "sha1" => Ok(Self::Sha1),
            "sha224" => Ok(Self::Sha224),
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            "md4" | "ripemd160" | "whirlpool" => {
                Err("is of md4, ripemd160 or whirlpool, which are not supported")
            }
            _ => Err("names no known hash function"),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of its output.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The function in the cryptographic library, which has no MD5.
    fn in_library(self) -> Option<&'static digest::Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => Some(&digest::SHA224),
            Self::Sha256 => Some(&digest::SHA256),
            Self::Sha384 => Some(&digest::SHA384),
            Self::Sha512 => Some(&digest::SHA512),
        }
    }

    fn keyed_in_library(self) -> Option<keyed::Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(keyed::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => Some(keyed::HMAC_SHA224),
            Self::Sha256 => Some(keyed::HMAC_SHA256),
            Self::Sha384 => Some(keyed::HMAC_SHA384),
            Self::Sha512 => Some(keyed::HMAC_SHA512),
        }
    }
}

/// What was hashed: the password in some encoding, between what stood before and after it.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Message {
    pub(super) encoding: PasswordEncoding,
    pub(super) prefix: Vec<u8>,
    pub(super) suffix: Vec<u8>,
}

impl Message {
    fn with(&self, password: &SecretString) -> Zeroizing<Vec<u8>> {
        let password = self.encoding.encode(password);
        Zeroizing::new([self.prefix.as_slice(), &password, &self.suffix].concat())
    }

    fn read(parameters: &Parameters<'_>) -> Result<Self, Refused> {
        Ok(Self {
            encoding: parameters
                .text("pw")
                .map(PasswordEncoding::parse)
                .transpose()?
                .unwrap_or_default(),
            prefix: parameters.bytes("pre")?,
            suffix: parameters.bytes("suf")?,
        })
    }

    fn checked(self) -> Result<Self, Refused> {
        limits::salt(&self.prefix)?;
        limits::salt(&self.suffix)?;
        Ok(self)
    }

    fn to_text(&self) -> String {
        let salt = |name: &str, bytes: &[u8]| match bytes {
            [] => String::new(),
            bytes => format!(",{name}={}", to_base64(bytes)),
        };
        let (prefix, suffix) = (salt("pre", &self.prefix), salt("suf", &self.suffix));
        format!("pw={}{prefix}{suffix}", self.encoding.name())
    }
}

/// `$digest$h=sha1,pw=utf8,pre=<salt>,suf=<salt>$<hash>`: a form of our own, for want of another.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SaltedDigest {
    algorithm: Algorithm,
    message: Message,
    hash: Vec<u8>,
}

impl SaltedDigest {
    pub(super) fn new(
        algorithm: Algorithm,
        message: Message,
        hash: Vec<u8>,
    ) -> Result<Self, Refused> {
        if hash.len() != algorithm.length() {
            return Err("has a hash of another length than its algorithm makes");
        }
        Ok(Self { algorithm, message: message.checked()?, hash })
    }

    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let [parameters, hash] = parts(text)?;
        let parameters = Parameters::read(parameters, &["h", "pw", "pre", "suf"])?;
        let algorithm = Algorithm::parse(parameters.text("h").ok_or("lacks a parameter")?)?;
        Self::new(algorithm, Message::read(&parameters)?, from_base64(hash)?)
    }

    pub(super) fn to_text(&self) -> String {
        let (algorithm, message) = (self.algorithm.name(), self.message.to_text());
        format!("$digest$h={algorithm},{message}${}", to_base64(&self.hash))
    }

    pub(super) fn verify(&self, password: &SecretString) -> bool {
        let message = self.message.with(password);
        match self.algorithm.in_library() {
            Some(algorithm) => digest::digest(algorithm, &message).as_ref().ct_eq(&self.hash),
            None => Md5::digest(message.as_slice()).as_slice().ct_eq(&self.hash),
        }
        .into()
    }
}

/// `$hmac$h=sha256,k=<key>,pw=utf8,pre=<salt>,suf=<salt>$<hash>`: a form of our own.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyedDigest {
    algorithm: Algorithm,
    key: Vec<u8>,
    message: Message,
    hash: Vec<u8>,
}

impl KeyedDigest {
    pub(super) fn new(
        algorithm: Algorithm,
        key: Vec<u8>,
        message: Message,
        hash: Vec<u8>,
    ) -> Result<Self, Refused> {
        if hash.len() != algorithm.length() {
            return Err("has a hash of another length than its algorithm makes");
        }
        limits::salt(&key)?;
        Ok(Self { algorithm, key, message: message.checked()?, hash })
    }

    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let [parameters, hash] = parts(text)?;
        let parameters = Parameters::read(parameters, &["h", "k", "pw", "pre", "suf"])?;
        let algorithm = Algorithm::parse(parameters.text("h").ok_or("lacks a parameter")?)?;
        let key = parameters.bytes("k")?;
        Self::new(algorithm, key, Message::read(&parameters)?, from_base64(hash)?)
    }

    pub(super) fn to_text(&self) -> String {
        format!(
            "$hmac$h={},k={},{}${}",
            self.algorithm.name(),
            to_base64(&self.key),
            self.message.to_text(),
            to_base64(&self.hash)
        )
    }

    pub(super) fn verify(&self, password: &SecretString) -> Result<bool, Error> {
        let message = self.message.with(password);
        if let Some(algorithm) = self.algorithm.keyed_in_library() {
            let key = keyed::Key::new(algorithm, &self.key);
            return Ok(keyed::verify(&key, &message, &self.hash).is_ok());
        }
        let mut mac = Hmac::<Md5>::new_from_slice(&self.key).map_err(Error::internal)?;
        mac.update(&message);
        Ok(mac.finalize().into_bytes().as_slice().ct_eq(&self.hash).into())
    }
}
