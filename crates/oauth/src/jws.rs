//! JSON web signatures in their compact form (RFC 7515): signing with a parsed key, reading
//! strictly, and verifying with a key and an algorithm that were chosen before the token was
//! looked at (RFC 8725).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{encoding::AsDer, hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

/// The type of a token that is an access token (RFC 9068): whatever else is signed with the same
/// keys, now or later, cannot be passed off as one.
pub(crate) const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// The longest token that is looked at, in bytes. One with every management scope has about
/// 6,000.
pub(crate) const MAX_TOKEN: usize = 16 * 1024;

/// The cryptographic library failed, or a stored key is damaged.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct KeyError(pub(crate) &'static str);

/// A private key, parsed and ready to sign.
pub(crate) enum Signer {
    /// ECDSA on P-256 with SHA-256.
    Es256(EcdsaKeyPair),
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256(RsaKeyPair),
    /// HMAC with SHA-256, under the secret of one resource server.
    Hs256(Box<hmac::Key>),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

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
}

impl PublicKey {
    fn decoding_key(&self) -> Result<DecodingKey, KeyError> {
        match self {
            Self::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
            Self::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        }
        .map_err(|_malformed| KeyError("a stored public key is damaged"))
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ec { .. } => Algorithm::ES256,
            Self::Rsa { .. } => Algorithm::RS256,
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
}

fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ES256",
        Algorithm::RS256 => "RS256",
        _ => "",
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

    /// The `alg` that this key signs with.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::Rs256(_) => "RS256",
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

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
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
            Self::Hs256(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

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
    jwk: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
}

impl Header {
    fn is_plain(&self) -> bool {
        let special = [
            &self.jku, &self.jwk, &self.x5u, &self.x5c, &self.crit, &self.b64, &self.zip, &self.enc,
        ];
        special.into_iter().all(Option::is_none)
    }

    /// Whether the token says that it is an access token (RFC 9068, section 4).
    pub(crate) fn is_access_token(&self) -> bool {
        let typ = self.typ.as_deref().unwrap_or_default();
        let typ = match typ.get(..12) {
            Some(prefix) if prefix.eq_ignore_ascii_case("application/") => &typ[12..],
            _ => typ,
        };
        typ.eq_ignore_ascii_case(ACCESS_TOKEN_TYPE)
    }
}

/// A token taken apart, nothing of it believed.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    /// The header.
    pub(crate) header: Header,
    /// `header.payload`, as it was signed.
    signed: &'t [u8],
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Token<'t> {
    /// Takes a token apart. `None` for anything that is not one in the plain compact form.
    pub(crate) fn read(token: &'t str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') || signature.is_empty() {
            return None;
        }
        let header: Header = read_part(header)?;
        header.is_plain().then_some(Self { header, signed: signed.as_bytes(), payload, signature })
    }

    /// The claims, which may be believed once the signature has been verified.
    pub(crate) fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        read_part(self.payload)
    }
}

fn read_part<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const CLAIMS: &str = r#"{"sub":"1"}"#;

    fn claims() -> Value {
        serde_json::from_str(CLAIMS).unwrap()
    }

    fn signers() -> [Signer; 2] {
        let (es256, pkcs8) = Signer::generate_es256().unwrap();
        assert_eq!(es256.public_key(), Signer::es256(&pkcs8).unwrap().public_key());
        let (rs256, pkcs8) = Signer::generate_rs256().unwrap();
        assert_eq!(rs256.public_key(), Signer::rs256(&pkcs8).unwrap().public_key());
        [es256, rs256]
    }

    fn verifies(key: &PublicKey, token: &str) -> bool {
        Token::read(token).is_some_and(|token| key.verifies(&token).unwrap())
    }

    impl Signer {
        /// `header.payload` with a signature.
        pub(crate) fn append_signature(&self, signed: &str) -> String {
            format!("{signed}.{}", encode(self.signature(signed.as_bytes()).unwrap()))
        }
    }

    /// A token with any header.
    fn forge(signer: &Signer, header: &Value, payload: &str) -> String {
        signer.append_signature(&format!("{}.{}", encode(header.to_string()), encode(payload)))
    }

    #[test]
    fn what_was_signed_verifies_and_carries_its_claims() {
        for signer in signers() {
            let token = signer.sign(ACCESS_TOKEN_TYPE, Some("k1"), &claims()).unwrap();
            let key = signer.public_key().unwrap();
            assert!(verifies(&key, &token));
            let token = Token::read(&token).unwrap();
            assert_eq!(token.header.kid.as_deref(), Some("k1"));
            assert!(token.header.is_access_token());
            assert_eq!(token.claims::<Value>(), Some(claims()));
        }
    }

    #[test]
    fn another_key_of_the_same_kind_does_not_verify() {
        for (signer, other) in signers().into_iter().zip(signers()) {
            let token = signer.sign(ACCESS_TOKEN_TYPE, None, &claims()).unwrap();
            assert!(!verifies(&other.public_key().unwrap(), &token));
        }
    }

    #[test]
    fn alg_none() {
        for signer in signers() {
            for alg in ["none", "None", "NONE", ""] {
                let header = json!({"alg": alg, "typ": ACCESS_TOKEN_TYPE});
                let unsigned = format!("{}.{}.", encode(header.to_string()), encode(CLAIMS));
                let signed = forge(&signer, &header, CLAIMS);
                for token in [unsigned, signed] {
                    assert!(!verifies(&signer.public_key().unwrap(), &token), "{alg}");
                }
            }
        }
    }

    #[test]
    fn hs256_with_public_key() {
        let [es256, rs256] = signers();
        let Signer::Es256(ec) = &es256 else { unreachable!() };
        let Signer::Rs256(rsa) = &rs256 else { unreachable!() };
        let jwk = |signer: &Signer| serde_json::to_vec(&signer.public_key().unwrap()).unwrap();
        let attempts = [
            (&es256, ec.public_key().as_ref().to_vec()),
            (&es256, jwk(&es256)),
            (&rs256, rsa.public_key().as_ref().to_vec()),
            (&rs256, rsa.public_key().modulus().big_endian_without_leading_zero().to_vec()),
            (&rs256, jwk(&rs256)),
        ];
        for (victim, secret) in attempts {
            for alg in ["HS256", victim.algorithm()] {
                let header = json!({"alg": alg, "typ": ACCESS_TOKEN_TYPE});
                let token = forge(&Signer::hs256(&secret), &header, CLAIMS);
                assert!(!verifies(&victim.public_key().unwrap(), &token), "{alg}");
            }
        }
    }

    #[test]
    fn alg_of_another_key_type() {
        let [es256, rs256] = signers();
        for (signer, alg) in [(&es256, "RS256"), (&rs256, "ES256"), (&rs256, "PS256")] {
            let header = json!({"alg": alg, "typ": ACCESS_TOKEN_TYPE});
            let token = forge(signer, &header, CLAIMS);
            assert!(!verifies(&signer.public_key().unwrap(), &token), "{alg}");
        }
    }

    #[test]
    fn headers_that_bring_a_key_or_change_the_reading() {
        for signer in signers() {
            let key = signer.public_key().unwrap();
            for (member, value) in [
                ("jwk", serde_json::to_value(&key).unwrap()),
                ("jku", json!("https://example.com/jwks.json")),
                ("x5u", json!("https://example.com/cert.pem")),
                ("x5c", json!(["MIIB"])),
                ("crit", json!(["exp"])),
                ("b64", json!(false)),
                ("zip", json!("DEF")),
                ("enc", json!("A256GCM")),
            ] {
                let mut header = json!({"alg": signer.algorithm(), "typ": ACCESS_TOKEN_TYPE});
                assert!(verifies(&key, &forge(&signer, &header, CLAIMS)));
                header[member] = value;
                assert!(!verifies(&key, &forge(&signer, &header, CLAIMS)), "{member}");
            }
        }
    }

    #[test]
    fn a_repeated_header_member_is_refused() {
        let [es256, _] = signers();
        let header = encode(r#"{"alg":"ES256","alg":"ES256"}"#);
        let signed = format!("{header}.{}", encode(CLAIMS));
        let signature = es256.signature(signed.as_bytes()).unwrap();
        assert!(Token::read(&format!("{signed}.{}", encode(signature))).is_none());
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let long = format!("{}.{}.{}", encode(r#"{"alg":"ES256"}"#), "a".repeat(MAX_TOKEN), "a");
        for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "Bearer x", &long, "\u{0}.é.ü"]
        {
            assert!(Token::read(text).is_none(), "{text:.20}");
        }
        // JSON serialisation (RFC 7515, section 7.2) and more or fewer parts.
        let token = signers()[0].sign(ACCESS_TOKEN_TYPE, None, &claims()).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
        for text in [json.to_string(), format!("{token}."), format!("{token}.e30"), parts[0].into()]
        {
            assert!(Token::read(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_access_tokens_say_that_they_are() {
        for (typ, is) in [
            (Some("at+jwt"), true),
            (Some("AT+JWT"), true),
            (Some("application/at+jwt"), true),
            (Some("JWT"), false),
            (Some("application/"), false),
            (Some("logout+jwt"), false),
            (Some("ääääääääääääääää"), false),
            (None, false),
        ] {
            let header: Header =
                serde_json::from_value(json!({"alg": "ES256", "typ": typ})).unwrap();
            assert_eq!(header.is_access_token(), is, "{typ:?}");
        }
    }

    /// The vectors of Wycheproof whose keys are of the kinds that this crate signs with. The
    /// tokens of all other algorithms must be refused even when they are good.
    #[test]
    fn wycheproof() {
        let vectors = include_str!("../tests/wycheproof/json_web_signature_test.json");
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for group in vectors["testGroups"].as_array().unwrap() {
            let jwk = &group["public"];
            // Symmetric keys, other curves: no such key can be stored.
            let Ok(key) = serde_json::from_value::<PublicKey>(jwk.clone()) else { continue };
            // Keys that are not for signatures at all: no such key is ever made.
            if jwk["use"] == "enc" || jwk.get("crv").is_some_and(|crv| crv != "P-256") {
                continue;
            }
            let ours = jwk["alg"] == "ES256" || jwk["alg"] == "RS256";
            for test in group["tests"].as_array().unwrap() {
                // A good signature of ours under a key that is declared for something else: a
                // stored key is always for the one algorithm of its type.
                if !ours && test["result"] == "invalid" {
                    continue;
                }
                let token = test["jws"].as_str().unwrap();
                let good = ours && test["result"] == "valid";
                assert_eq!(verifies(&key, token), good, "{test}");
                if good { accepted += 1 } else { refused += 1 }
            }
        }
        assert_eq!((accepted, refused), (10, 286));
    }
}
