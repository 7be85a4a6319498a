//! The `custom_password_hash` of Auth0's and Authok's bulk import.

use serde::Deserialize;
use serde_json::Value;

use super::argon2_hash::Argon2Hash;
use super::bcrypt_hash::BcryptHash;
use super::digests::{Algorithm, KeyedDigest, Message, SaltedDigest};
use super::encodings::{PasswordEncoding, from_base64, from_hex};
use super::limits::MAX_TEXT;
use super::pbkdf2_hash::Pbkdf2Hash;
use super::scrypt_hash::{ScryptCost, ScryptHash};
use super::{Form, Refused, ldap};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Custom {
    algorithm: String,
    hash: HashMember,
    salt: Option<Salt>,
    password: Option<Password>,
    keylen: Option<usize>,
    cost: Option<u64>,
    block_size: Option<u32>,
    parallelization: Option<u32>,
    /// The last three are of the older flat form.
    encoding: Option<Encoding>,
    #[serde(rename = "salt_prefix")]
    salt_prefix: Option<String>,
    #[serde(rename = "salt_suffix")]
    salt_suffix: Option<String>,
}

/// An object, or in the older form the value alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum HashMember {
    Flat(String),
    Object(HashObject),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HashObject {
    value: String,
    encoding: Option<Encoding>,
    digest: Option<String>,
    key: Option<Encoded>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    value: String,
    encoding: Option<Encoding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Salt {
    value: String,
    encoding: Option<Encoding>,
    position: Option<Position>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Password {
    encoding: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Base64,
    Hex,
    Utf8,
}

impl Encoding {
    fn decode(self, text: &str) -> Result<Vec<u8>, Refused> {
        if text.len() > MAX_TEXT {
            return Err("has a value of more than 4096 bytes");
        }
        match self {
            Self::Base64 => from_base64(text),
            Self::Hex => from_hex(text),
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Position {
    Prefix,
    Suffix,
}

pub(super) fn read(value: &Value) -> Result<Form, Refused> {
    // The deserializer's own message would quote the value.
    let custom = Custom::deserialize(value)
        .map_err(|_unfit| "must be {algorithm, hash: {value, encoding}, …} with known members")?;
    let algorithm = custom.algorithm.to_ascii_lowercase();
    match algorithm.as_str() {
        "argon2" => Argon2Hash::read(custom.self_describing()?).map(Form::Argon2),
        "bcrypt" => BcryptHash::read(custom.self_describing()?).map(Form::Bcrypt),
        "pbkdf2" => Pbkdf2Hash::read_phc(custom.self_describing()?).map(Form::Pbkdf2),
        "ldap" => {
            let value = custom.self_describing()?;
            ldap::read(value.strip_prefix('{').ok_or("has no scheme")?)
        }
        "scrypt" => custom.scrypt().map(Form::Scrypt),
        "hmac" => custom.hmac().map(Form::Hmac),
        "md4" => Err("is of md4, which is not supported: let these users set a new password"),
        "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" => {
            let algorithm = Algorithm::parse(&algorithm)?;
            SaltedDigest::new(algorithm, custom.message()?, custom.bytes()?).map(Form::Digest)
        }
        _ => Err(
            "names an algorithm other than argon2, bcrypt, hmac, ldap, md5, sha1, sha256, sha384, \
             sha512, pbkdf2, scrypt",
        ),
    }
}

impl Custom {
    fn value(&self) -> &str {
        match &self.hash {
            HashMember::Flat(value) => value,
            HashMember::Object(object) => &object.value,
        }
    }

    fn hash_encoding(&self) -> Option<Encoding> {
        match &self.hash {
            HashMember::Flat(_) => self.encoding,
            HashMember::Object(object) => object.encoding,
        }
    }

    /// The value of a hash that names its parameters itself.
    fn self_describing(&self) -> Result<&str, Refused> {
        if self.salt.is_some() || self.salt_prefix.is_some() || self.salt_suffix.is_some() {
            return Err("has a salt beside a hash that contains its own");
        }
        if self.hash_encoding().is_some_and(|encoding| encoding != Encoding::Utf8) {
            return Err("must have hash.encoding utf8 with this algorithm");
        }
        if self.password_encoding()? != PasswordEncoding::Utf8 {
            return Err("must have password.encoding utf8 with this algorithm");
        }
        let value = self.value();
        if value.len() > MAX_TEXT { Err("has a value of more than 4096 bytes") } else { Ok(value) }
    }

    /// The bytes of a hash that is nothing but bytes.
    fn bytes(&self) -> Result<Vec<u8>, Refused> {
        match self.hash_encoding() {
            Some(encoding @ (Encoding::Hex | Encoding::Base64)) => encoding.decode(self.value()),
            Some(Encoding::Utf8) | None => {
                Err("must have hash.encoding hex or base64 with this algorithm")
            }
        }
    }

    fn password_encoding(&self) -> Result<PasswordEncoding, Refused> {
        let name = self.password.as_ref().and_then(|password| password.encoding.as_deref());
        name.map(PasswordEncoding::parse).transpose().map(Option::unwrap_or_default)
    }

    /// What was hashed: the password, and the salt before or after it.
    fn message(&self) -> Result<Message, Refused> {
        let text = |salt: &Option<String>| salt.as_deref().unwrap_or_default().as_bytes().to_vec();
        let mut message = Message {
            encoding: self.password_encoding()?,
            prefix: text(&self.salt_prefix),
            suffix: text(&self.salt_suffix),
        };
        if let Some(salt) = &self.salt {
            let bytes = salt.encoding.unwrap_or(Encoding::Utf8).decode(&salt.value)?;
            match salt.position {
                Some(Position::Prefix) => message.prefix = bytes,
                Some(Position::Suffix) => message.suffix = bytes,
                None => return Err("lacks salt.position"),
            }
        }
        Ok(message)
    }

    fn hmac(&self) -> Result<KeyedDigest, Refused> {
        let HashMember::Object(hash) = &self.hash else {
            return Err("must have hash.digest and hash.key with hmac");
        };
        let (Some(digest), Some(key)) = (&hash.digest, &hash.key) else {
            return Err("must have hash.digest and hash.key with hmac");
        };
        let algorithm = Algorithm::parse(&digest.to_ascii_lowercase())?;
        let key = key.encoding.unwrap_or(Encoding::Utf8).decode(&key.value)?;
        KeyedDigest::new(algorithm, key, self.message()?, self.bytes()?)
    }

    fn scrypt(&self) -> Result<ScryptHash, Refused> {
        let hash = self.bytes()?;
        let salt = match &self.salt {
            Some(salt) => salt.encoding.unwrap_or(Encoding::Utf8).decode(&salt.value)?,
            None => return Err("lacks its salt"),
        };
        if self.keylen.is_some_and(|length| length != hash.len()) {
            return Err("has a hash of another length than keylen");
        }
        let cost = ScryptCost::with_n(
            self.cost.unwrap_or(16_384),
            self.block_size.unwrap_or(8),
            self.parallelization.unwrap_or(1),
        )?;
        ScryptHash::new(cost, self.password_encoding()?, salt, hash)
    }
}
