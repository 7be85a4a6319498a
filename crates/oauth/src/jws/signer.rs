//! Private keys.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use aws_lc_rs::{encoding::AsDer, hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::{KeyError, PublicKey, encode};

/// A private key, parsed and ready to sign.
pub(crate) enum Signer {
    /// ECDSA on P-256 with SHA-256.
    Es256(EcdsaKeyPair),
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256(RsaKeyPair),
    /// Ed25519.
    EdDsa(Box<Ed25519KeyPair>),
    /// HMAC with SHA-256, under the secret of one resource server or client.
    Hs256(Box<hmac::Key>),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

impl Signer {
    /// Reads an EC key pair on P-256 from PKCS#8.
    pub(crate) fn es256(pkcs8: &[u8]) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map(Self::Es256)
            .map_err(|_rejected| KeyError("a stored EC key is damaged"))
    }

    /// Reads an RSA key pair from PKCS#8.
    pub(crate) fn rs256(pkcs8: &[u8]) -> Result<Self, KeyError> {
        RsaKeyPair::from_pkcs8(pkcs8)
            .map(Self::Rs256)
            .map_err(|_rejected| KeyError("a stored RSA key is damaged"))
    }

    /// Reads an Ed25519 key pair from PKCS#8.
    pub(crate) fn eddsa(pkcs8: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
            .map(|pair| Self::EdDsa(Box::new(pair)))
            .map_err(|_rejected| KeyError("a stored Ed25519 key is damaged"))
    }

    /// A symmetric key.
    pub(crate) fn hs256(secret: &[u8]) -> Self {
        Self::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// A new EC key pair and its PKCS#8 form.
    pub(crate) fn generate_es256() -> Result<(Self, Vec<u8>), KeyError> {
        let failed = |_unspecified| KeyError("no EC key could be made");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(failed)?;
        Ok((Self::Es256(pair), pkcs8.as_ref().to_vec()))
    }

    /// A new RSA key pair of 2048 bits and its PKCS#8 form. Takes a good part of a second.
    pub(crate) fn generate_rs256() -> Result<(Self, Vec<u8>), KeyError> {
        let failed = |_unspecified| KeyError("no RSA key could be made");
        let pair = RsaKeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?;
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?;
        let pkcs8 = pkcs8.as_ref().to_vec();
        Ok((Self::Rs256(pair), pkcs8))
    }

    /// A new Ed25519 key pair and its PKCS#8 form.
    pub(crate) fn generate_eddsa() -> Result<(Self, Vec<u8>), KeyError> {
        let failed = |_unspecified| KeyError("no Ed25519 key could be made");
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(failed)?;
        Ok((Self::EdDsa(Box::new(pair)), pkcs8.as_ref().to_vec()))
    }

    /// The `alg` that this key signs with.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Rs256(_) => "RS256",
            Self::EdDsa(_) => "EdDSA",
            Self::Hs256(_) => "HS256",
        }
    }

    /// The public key; `None` for a symmetric one.
    pub(crate) fn public_key(&self) -> Option<PublicKey> {
        match self {
            Self::Es256(pair) => {
                // An uncompressed point: 04 ‖ x ‖ y.
                let (x, y) = pair.public_key().as_ref().get(1..)?.split_first_chunk::<32>()?;
                Some(PublicKey::Ec {
                    crv: "P-256".to_owned(),
                    x: URL_SAFE_NO_PAD.encode(x),
                    y: URL_SAFE_NO_PAD.encode(y),
                })
            }
            Self::Rs256(pair) => Some(PublicKey::Rsa {
                n: encode(pair.public_key().modulus().big_endian_without_leading_zero()),
                e: encode(pair.public_key().exponent().big_endian_without_leading_zero()),
            }),
            Self::EdDsa(pair) => Some(PublicKey::Okp {
                crv: "Ed25519".to_owned(),
                x: encode(pair.public_key().as_ref()),
            }),
            Self::Hs256(_) => None,
        }
    }

    /// Signs `claims` as a token of the type `typ`.
    pub(crate) fn sign(
        &self,
        typ: &str,
        kid: Option<&str>,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        #[derive(Serialize)]
        struct Header<'a> {
            alg: &'static str,
            typ: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            kid: Option<&'a str>,
        }
        let unwritable = |_error| KeyError("claims could not be written");
        let header = Header { alg: self.algorithm(), typ, kid };
        let mut token = encode(serde_json::to_vec(&header).map_err(unwritable)?);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(unwritable)?, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_unspecified| KeyError("signing failed");
        match self {
            Self::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::EdDsa(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Self::Hs256(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

/// An unsigned token of `claims` (`alg` is `none`): for clients that have registered for that.
pub(crate) fn unsigned(claims: &impl Serialize) -> Result<String, KeyError> {
    let claims = serde_json::to_vec(claims);
    let claims = claims.map_err(|_error| KeyError("claims could not be written"))?;
    Ok(format!("{}.{}.", encode(br#"{"alg":"none","typ":"JWT"}"#), encode(claims)))
}
