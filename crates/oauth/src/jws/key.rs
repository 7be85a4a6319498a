//! Public keys: our own as they are stored, and those that others show us.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{KeyError, Token, encode};

/// The algorithms in which clients may sign with keys of their own.
pub(crate) const ASYMMETRIC_ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// The most keys of one set that are looked at.
const MAX_KEYS: usize = 100;

/// The public part of a key pair, as a JSON web key has it (RFC 7518, section 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub(crate) enum PublicKey {
    /// A point on P-256.
    #[serde(rename = "EC")]
    Ec {
        /// The curve, always `P-256`.
        crv: String,
        /// The first coordinate, base64url.
        x: String,
        /// The second coordinate, base64url.
        y: String,
    },
    /// An RSA modulus and exponent.
    #[serde(rename = "RSA")]
    Rsa {
        /// The modulus, base64url.
        n: String,
        /// The exponent, base64url.
        e: String,
    },
    /// A point on Ed25519 (RFC 8037).
    #[serde(rename = "OKP")]
    Okp {
        /// The curve, always `Ed25519`.
        crv: String,
        /// The point, base64url.
        x: String,
    },
}

impl PublicKey {
    fn decoding_key(&self) -> Result<DecodingKey, KeyError> {
        match self {
            Self::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
            Self::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
            Self::Okp { x, .. } => DecodingKey::from_ed_components(x),
        }
        .map_err(|_malformed| KeyError("a stored public key is damaged"))
    }

    /// The one algorithm that our own keys of this type are for.
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ec { .. } => Algorithm::ES256,
            Self::Rsa { .. } => Algorithm::RS256,
            Self::Okp { .. } => Algorithm::EdDSA,
        }
    }

    /// Whether the token was signed by the owner of this key. The algorithm is the key's, and the
    /// token's header must name the same one.
    pub(crate) fn verifies(&self, token: &Token<'_>) -> Result<bool, KeyError> {
        let algorithm = self.algorithm();
        if token.header.alg != algorithm_name(algorithm) {
            return Ok(false);
        }
        let key = self.decoding_key()?;
        // Any failure, of the signature's form as much as of its value, means: not signed.
        Ok(jsonwebtoken::crypto::verify(token.signature, token.signed, &key, algorithm)
            .unwrap_or(false))
    }

    /// The thumbprint of the key (RFC 7638), SHA-256 and base64url.
    pub(crate) fn thumbprint(&self) -> String {
        // The required members, in lexicographic order and without blanks.
        let members: BTreeMap<&str, &str> = match self {
            Self::Ec { crv, x, y } => [("crv", &**crv), ("kty", "EC"), ("x", x), ("y", y)].into(),
            Self::Rsa { n, e } => [("e", &**e), ("kty", "RSA"), ("n", n)].into(),
            Self::Okp { crv, x } => [("crv", &**crv), ("kty", "OKP"), ("x", x)].into(),
        };
        let members = serde_json::to_vec(&members).unwrap_or_default();
        encode(digest::digest(&digest::SHA256, &members))
    }

    /// Whether the members are of a curve and of lengths that are supported.
    fn is_supported(&self) -> bool {
        let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
        match self {
            Self::Ec { crv, x, y } => crv == "P-256" && length(x) == 32 && length(y) == 32,
            Self::Rsa { n, e } => (256..=1024).contains(&length(n)) && (1..=8).contains(&length(e)),
            Self::Okp { crv, x } => crv == "Ed25519" && length(x) == 32,
        }
    }
}

fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ES256",
        Algorithm::RS256 => "RS256",
        Algorithm::PS256 => "PS256",
        Algorithm::EdDSA => "EdDSA",
        Algorithm::HS256 => "HS256",
        _ => "",
    }
}

/// A key of somebody else, with which he signs assertions, proofs and request objects.
#[derive(Clone)]
pub(crate) struct ForeignKey {
    /// The name that its owner gave it.
    pub(crate) kid: Option<String>,
    /// Its public part; none of a shared secret.
    pub(crate) public: Option<PublicKey>,
    key: DecodingKey,
    algorithms: &'static [Algorithm],
}

impl std::fmt::Debug for ForeignKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForeignKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl ForeignKey {
    /// Reads a JSON web key. `None` for what is no public key for signatures in a supported
    /// algorithm: a key with private members among them.
    pub(crate) fn read(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let verifies = match jwk.get("key_ops") {
            None => true,
            Some(operations) => operations.as_array()?.iter().any(|it| it == "verify"),
        };
        if !verifies || jwk.get("use").is_some_and(|it| it != "sig") || jwk.get("d").is_some() {
            return None;
        }
        let public: PublicKey = serde_json::from_value(jwk.clone()).ok()?;
        if !public.is_supported() {
            return None;
        }
        let algorithms: &'static [Algorithm] = match (&public, jwk.get("alg").is_some()) {
            (PublicKey::Ec { .. }, false) => &[Algorithm::ES256],
            (PublicKey::Rsa { .. }, false) => &[Algorithm::RS256, Algorithm::PS256],
            (PublicKey::Okp { .. }, false) => &[Algorithm::EdDSA],
            (key, true) => match (key, text("alg")?) {
                (PublicKey::Ec { .. }, "ES256") => &[Algorithm::ES256],
                (PublicKey::Rsa { .. }, "RS256") => &[Algorithm::RS256],
                (PublicKey::Rsa { .. }, "PS256") => &[Algorithm::PS256],
                (PublicKey::Okp { .. }, "EdDSA" | "Ed25519") => &[Algorithm::EdDSA],
                _ => return None,
            },
        };
        let key = public.decoding_key().ok()?;
        Some(Self { kid: text("kid").map(str::to_owned), public: Some(public), key, algorithms })
    }

    /// A secret that both sides know, for HS256.
    pub(crate) fn secret(secret: &[u8]) -> Self {
        let key = DecodingKey::from_secret(secret);
        Self { kid: None, public: None, key, algorithms: &[Algorithm::HS256] }
    }

    /// Whether the token may have been signed with this key, by the name that it gives.
    pub(crate) fn is_meant_by(&self, token: &Token<'_>) -> bool {
        match (&self.kid, &token.header.kid) {
            (Some(own), Some(named)) => own == named,
            _ => true,
        }
    }

    /// Whether the token was signed by the owner of this key, in an algorithm that it is for.
    pub(crate) fn verifies(&self, token: &Token<'_>) -> bool {
        let named = |algorithm: &&Algorithm| algorithm_name(**algorithm) == token.header.alg;
        self.algorithms.iter().find(named).is_some_and(|algorithm| {
            jsonwebtoken::crypto::verify(token.signature, token.signed, &self.key, *algorithm)
                .unwrap_or(false)
        })
    }
}

/// The keys of a key set (RFC 7517) that are of use here; others are passed over.
pub(crate) fn key_set(jwks: &Value) -> Vec<ForeignKey> {
    let keys = jwks.get("keys").and_then(Value::as_array);
    keys.into_iter().flatten().take(MAX_KEYS).filter_map(ForeignKey::read).collect()
}
