use aws_lc_rs::signature::KeyPair;
use serde_json::{Value, json};

use super::*;

const CLAIMS: &str = r#"{"sub":"1"}"#;

fn claims() -> Value {
    serde_json::from_str(CLAIMS).unwrap()
}

fn signers() -> [Signer; 3] {
    let (es256, pkcs8) = Signer::generate_es256().unwrap();
    assert_eq!(es256.public_key(), Signer::es256(&pkcs8).unwrap().public_key());
    let (rs256, pkcs8) = Signer::generate_rs256().unwrap();
    assert_eq!(rs256.public_key(), Signer::rs256(&pkcs8).unwrap().public_key());
    let (eddsa, pkcs8) = Signer::generate_eddsa().unwrap();
    assert_eq!(eddsa.public_key(), Signer::eddsa(&pkcs8).unwrap().public_key());
    [es256, rs256, eddsa]
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
    let [es256, rs256, eddsa] = signers();
    let Signer::Es256(ec) = &es256 else { unreachable!() };
    let Signer::Rs256(rsa) = &rs256 else { unreachable!() };
    let jwk = |signer: &Signer| serde_json::to_vec(&signer.public_key().unwrap()).unwrap();
    let attempts = [
        (&es256, ec.public_key().as_ref().to_vec()),
        (&es256, jwk(&es256)),
        (&rs256, rsa.public_key().as_ref().to_vec()),
        (&rs256, rsa.public_key().modulus().big_endian_without_leading_zero().to_vec()),
        (&rs256, jwk(&rs256)),
        (&eddsa, jwk(&eddsa)),
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
    let [es256, rs256, eddsa] = signers();
    for (signer, alg) in [
        (&es256, "RS256"),
        (&rs256, "ES256"),
        (&rs256, "PS256"),
        (&eddsa, "ES256"),
        (&es256, "EdDSA"),
    ] {
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
    let [es256, ..] = signers();
    let header = encode(r#"{"alg":"ES256","alg":"ES256"}"#);
    let signed = format!("{header}.{}", encode(CLAIMS));
    let signature = es256.signature(signed.as_bytes()).unwrap();
    assert!(Token::read(&format!("{signed}.{}", encode(signature))).is_none());
}

#[test]
fn what_is_no_token_is_not_read() {
    let long = format!("{}.{}.{}", encode(r#"{"alg":"ES256"}"#), "a".repeat(MAX_TOKEN), "a");
    for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "Bearer x", &long, "\u{0}.é.ü"] {
        assert!(Token::read(text).is_none(), "{text:.20}");
    }
    // JSON serialisation (RFC 7515, section 7.2) and more or fewer parts.
    let token = signers()[0].sign(ACCESS_TOKEN_TYPE, None, &claims()).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    for text in [json.to_string(), format!("{token}."), format!("{token}.e30"), parts[0].into()] {
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
        let header: Header = serde_json::from_value(json!({"alg": "ES256", "typ": typ})).unwrap();
        assert_eq!(header.is_access_token(), is, "{typ:?}");
    }
}

/// The vectors of Wycheproof: every invalid one is refused, and every valid one in a supported
/// algorithm is accepted. Four are defective (see the file beside them): two that are called
/// invalid are the same bytes as a valid one, and two that are called valid have a character in
/// them that base64url does not have.
#[test]
fn wycheproof() {
    let vectors = include_str!("../../tests/wycheproof/json_web_signature_test.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let (mut accepted, mut refused, mut unsupported) = (0, 0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        let jwk = group.get("public").unwrap_or(&group["private"]);
        let key = match jwk["k"].as_str() {
            Some(secret) => Some(ForeignKey::secret(&URL_SAFE_NO_PAD.decode(secret).unwrap())),
            None => ForeignKey::read(jwk),
        };
        let supported = ["RS256", "PS256", "ES256", "EdDSA", "HS256"];
        for test in group["tests"].as_array().unwrap() {
            let is_invalid = match test["tcId"].as_u64().unwrap() {
                367 | 370 => {
                    assert_eq!(test["jws"], group["tests"][0]["jws"]);
                    false
                }
                372 | 373 => true,
                _ => test["result"] == "invalid",
            };
            let token = Token::read(test["jws"].as_str().unwrap_or_default());
            let verified = token
                .zip(key.as_ref())
                .is_some_and(|(token, key)| key.is_meant_by(&token) && key.verifies(&token));
            // A token in another algorithm than its key is for is valid for those who do not look.
            let header = test["jws"].as_str().and_then(|jws| read_part(jws.split('.').next()?));
            let alg = header.map(|header: Value| header["alg"].clone());
            let known = jwk["alg"].as_str().is_some_and(|alg| supported.contains(&alg))
                && alg.is_some_and(|alg| alg == jwk["alg"]);
            let good = known && !is_invalid;
            assert_eq!(verified, good, "{jwk} {test}");
            match (good, is_invalid) {
                (true, _) => accepted += 1,
                (_, true) => refused += 1,
                _ => unsupported += 1,
            }
        }
    }
    assert_eq!((accepted, refused, unsupported), (26, 355, 20));
}

/// RFC 7638, section 3.1.
#[test]
fn thumbprint_of_rfc_7638() {
    let jwk = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29"
    });
    let key = ForeignKey::read(&jwk).unwrap();
    assert_eq!(key.public.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn keys_that_are_not_for_signatures_or_not_public_are_passed_over() {
    let [es256, rs256, eddsa] = signers();
    let of = |signer: &Signer| serde_json::to_value(signer.public_key().unwrap()).unwrap();
    for good in [of(&es256), of(&rs256), of(&eddsa)] {
        assert!(ForeignKey::read(&good).is_some());
        for (member, value) in [
            ("use", json!("enc")),
            ("use", json!(null)),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!("verify")),
            ("d", json!("AQAB")),
            ("alg", json!("HS256")),
            ("alg", json!("none")),
            ("alg", json!(1)),
            ("kty", json!("oct")),
            ("crv", json!("P-521")),
            ("x", json!("AQAB")),
            ("n", json!("AQAB")),
        ] {
            let touches = !matches!(member, "crv" | "x" | "n") || good.get(member).is_some();
            let mut bad = good.clone();
            bad[member] = value;
            assert_eq!(ForeignKey::read(&bad).is_none(), touches, "{bad}");
        }
    }
}
