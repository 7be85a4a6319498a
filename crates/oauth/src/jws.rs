//! JSON web signatures in their compact form (RFC 7515): signing with a parsed key, reading
//! strictly, and verifying with a key and an algorithm that were chosen before the token was
//! looked at (RFC 8725).

mod key;
mod signer;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(crate) use key::{ASYMMETRIC_ALGORITHMS, ForeignKey, PublicKey, key_set};
pub(crate) use signer::{Signer, unsigned};

/// The type of a token that is an access token (RFC 9068): whatever else is signed with the same
/// keys, now or later, cannot be passed off as one.
pub(crate) const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// The type of ID tokens and of signed userinfo answers.
pub(crate) const JWT_TYPE: &str = "JWT";

/// The longest token that is looked at, in bytes. One with every management scope has about
/// 6,000.
pub(crate) const MAX_TOKEN: usize = 16 * 1024;

/// The cryptographic library failed, or a stored key is damaged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct KeyError(pub(crate) &'static str);

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The header members that decide something. Any other is ignored, as RFC 7515 asks, except
/// those that would bring a key along, change how the payload is read, or must be understood.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    /// The algorithm that the token claims to be signed with.
    pub(crate) alg: String,
    /// The key that it claims to be signed with.
    pub(crate) kid: Option<String>,
    /// What kind of token it is.
    pub(crate) typ: Option<String>,
    jku: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    jwk: Option<Value>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
}

impl Header {
    /// Whether it has nothing special but, perhaps, a key.
    fn is_plain_but_for_a_key(&self) -> bool {
        let special =
            [&self.jku, &self.x5u, &self.x5c, &self.crit, &self.b64, &self.zip, &self.enc];
        special.into_iter().all(Option::is_none)
    }

    /// The key that the token brings along: only proofs of possession do (RFC 9449).
    pub(crate) fn own_key(&self) -> Option<&Value> {
        self.jwk.as_ref()
    }

    /// Whether the token says that it is an access token (RFC 9068, section 4).
    pub(crate) fn is_access_token(&self) -> bool {
        self.is_of_type(ACCESS_TOKEN_TYPE)
    }

    /// Whether the token says that it is of the type `expected`.
    pub(crate) fn is_of_type(&self, expected: &str) -> bool {
        let typ = self.typ.as_deref().unwrap_or_default();
        let typ = match typ.split_at_checked(12) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
            _ => typ,
        };
        typ.eq_ignore_ascii_case(expected)
    }
}

/// A member that is there, `null` included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A token taken apart, nothing of it believed.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    /// The header.
    pub(crate) header: Header,
    /// `header.payload`, as it was signed.
    signed: &'t [u8],
    payload: Vec<u8>,
    signature: &'t str,
}

impl<'t> Token<'t> {
    /// Takes a token apart. `None` for anything that is not one in the plain compact form.
    pub(crate) fn read(token: &'t str) -> Option<Self> {
        Self::read_proof(token).filter(|token| token.header.own_key().is_none())
    }

    /// Takes a token apart that may bring its own key along.
    pub(crate) fn read_proof(token: &'t str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') || signature.is_empty() {
            return None;
        }
        let header: Header = read_part(header)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let plain = header.is_plain_but_for_a_key();
        plain.then_some(Self { header, signed: signed.as_bytes(), payload, signature })
    }

    /// The claims, which may be believed once the signature has been verified.
    pub(crate) fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_slice(&self.payload).ok()
    }
}

fn read_part<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests;
