use proptest::prelude::*;
use serde_json::json;

use super::vectors::{
    ARGON2, BCRYPT, CUSTOM, DJANGO, FIREBASE, FIREBASE_EXAMPLE, LDAP, PASSLIB, Vectors, WERKZEUG,
};
use super::*;

fn verifies(hash: &ForeignHash, password: &str) -> bool {
    hash.verify(&mut Memory::default(), &SecretString::from(password)).unwrap()
}

/// The hash verifies its password and no other, before and after it was stored.
fn check(hash: &ForeignHash, password: &str) {
    let stored = hash.to_stored();
    assert_eq!(&ForeignHash::parse(stored.as_str()).unwrap(), hash, "{}", stored.as_str());
    assert!(verifies(hash, password), "{}", stored.as_str());
    let shorter: String = password.chars().skip(1).collect();
    for wrong in [&format!("{password}x"), &shorter, &password.to_uppercase(), ""] {
        assert!(wrong == password || !verifies(hash, wrong), "{wrong}: {}", stored.as_str());
    }
}

fn check_all(vectors: &Vectors, algorithms: &[&str]) {
    assert_eq!(vectors.len(), 3);
    for (password, hashes) in vectors {
        for text in *hashes {
            let hash = ForeignHash::parse(text).unwrap();
            assert!(algorithms.contains(&hash.algorithm()), "{hash:?}");
            assert!(!format!("{hash:?}").contains(&text[text.len() - 8..]), "{hash:?}");
            check(&hash, password);
        }
    }
}

#[test]
fn bcrypt_of_three_programs() {
    check_all(BCRYPT, &["bcrypt"]);
}

#[test]
fn argon2_of_the_reference_implementation() {
    check_all(ARGON2, &["argon2"]);
}

#[test]
fn scrypt_and_pbkdf2_of_passlib() {
    check_all(PASSLIB, &["scrypt", "pbkdf2"]);
}

#[test]
fn every_hasher_of_django() {
    check_all(DJANGO, &["pbkdf2", "scrypt", "bcrypt", "argon2", "digest"]);
}

#[test]
fn scrypt_and_pbkdf2_of_werkzeug() {
    check_all(WERKZEUG, &["pbkdf2", "scrypt"]);
}

#[test]
fn ldap_schemes_of_rfc_2307_and_beyond() {
    check_all(LDAP, &["digest", "pbkdf2"]);
    for (password, hashes) in BCRYPT {
        for bcrypt in *hashes {
            for scheme in ["{CRYPT}", "{crypt}", "{bcrypt}"] {
                let hash = ForeignHash::parse(&format!("{scheme}{bcrypt}")).unwrap();
                assert_eq!(hash.to_stored().as_str(), *bcrypt);
                assert!(verifies(&hash, password));
            }
        }
    }
    let (password, hashes) = ARGON2[0];
    let hash = ForeignHash::parse(&format!("{{ARGON2}}{}", hashes[0])).unwrap();
    assert!(verifies(&hash, password));
    let (password, hashes) = LDAP[0];
    let hash = ForeignHash::parse(&hashes[3].replace("{SSHA}", "{ssha}")).unwrap();
    assert!(verifies(&hash, password), "the scheme is in any case");
}

#[test]
fn firebase_scrypt() {
    check_all(FIREBASE, &["fbscrypt"]);
    let hash = ForeignHash::parse(FIREBASE_EXAMPLE).unwrap();
    check(&hash, "user1password");
}

#[test]
fn custom_password_hashes_of_node() {
    assert_eq!(CUSTOM.len(), 3);
    for (password, hashes) in CUSTOM {
        for text in *hashes {
            let value: Value = serde_json::from_str(text).unwrap();
            let hash = ForeignHash::from_custom_password_hash(&value).unwrap();
            check(&hash, password);
        }
    }
}

#[test]
fn custom_password_hashes_that_describe_themselves() {
    for (algorithm, vectors) in [("argon2", ARGON2), ("bcrypt", BCRYPT), ("ldap", LDAP)] {
        for (password, hashes) in vectors {
            let value = json!({
                "algorithm": algorithm, "hash": {"value": hashes[0], "encoding": "utf8"},
            });
            let hash = ForeignHash::from_custom_password_hash(&value).unwrap();
            assert!(verifies(&hash, password), "{algorithm}");
        }
    }
}

/// openssl 3.0: `printf %s 'saltA<password>' | openssl dgst -sha256`, `openssl dgst -sha512 -hmac
/// key1`, `openssl kdf … PBKDF2` with 1000 rounds of SHA-1, `openssl kdf … SCRYPT`.
#[test]
fn what_openssl_computes() {
    const PASSWORD: &str = "compoejffio@jfowfjeio";
    let custom = [
        json!({
            "algorithm": "sha256", "encoding": "hex", "salt_prefix": "saltA",
            "hash": "4EB8935C7308FEC3E19A491032EA5D2746B6064632415F56F39FFCDE8CB9696D",
        }),
        json!({
            "algorithm": "hmac",
            "hash": {
                "value": "df004fa18d7c956447e1cb255873bdbf71759f2e372f4772841add9da85f88b632dc2d59004ee86deadfd73217c4b60de0cccc52dc4a641ffe3a23ee94d5be2d",
                "encoding": "hex", "digest": "sha512", "key": {"value": "key1"},
            },
        }),
        json!({
            "algorithm": "scrypt", "cost": 64, "blockSize": 8, "parallelization": 1, "keylen": 32,
            "hash": {
                "value": "67f5a78306787199e9de80bf2efe7d6f6ee913fc576430b704a9361c83df2492",
                "encoding": "hex",
            },
            "salt": {"value": "saltA"},
        }),
    ];
    for value in custom {
        check(&ForeignHash::from_custom_password_hash(&value).unwrap(), PASSWORD);
    }
    let pbkdf2 =
        "pbkdf2:sha1:1000$saltA$c9eb71a862b55ceb3c8a360591c0ccafaf52b8712ff2d58ffd419fea7cce78f1";
    check(&ForeignHash::parse(pbkdf2).unwrap(), PASSWORD);
}

/// What Auth0's import takes where the PHC string is silent: python
/// `hashlib.pbkdf2_hmac("sha512", b"password", b"saltsaltsaltsalt", 100000)`.
#[test]
fn pbkdf2_without_parameters_has_a_hundred_thousand_iterations() {
    let text = "$pbkdf2-sha512$c2FsdHNhbHRzYWx0c2FsdA$vtSoEFFE/jYHDnuzFXVWIYvJ1cDlP05xesOoGZCAe8E0EOH6m+3va+fpbhASaJBeXW/0ME9ge7job1oJO5JYQg";
    let hash = ForeignHash::parse(text).unwrap();
    assert!(verifies(&hash, "password"));
    assert!(hash.to_stored().as_str().starts_with("$pbkdf2-sha512$i=100000,l=64$"));
}

#[test]
fn bcrypt_looks_at_72_bytes_and_no_more() {
    // python: bcrypt.hashpw(b"x" * 72, …)
    let hash =
        ForeignHash::parse("$2b$04$.I3TGIR6Nm7XNEGSd7t/vOq6IX.YZGB5MmxHLl5..c2gG/mirW.XC").unwrap();
    assert!(verifies(&hash, &"x".repeat(72)));
    assert!(verifies(&hash, &"x".repeat(100)));
    assert!(!verifies(&hash, &"x".repeat(71)));
}

#[test]
fn what_is_malformed_or_unknown_is_refused() {
    for text in [
        "",
        "password",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$",
        "$$$$",
        "{",
        "{}",
        "{SSHA",
        "{SSHA}",
        "{SSHA}!!!!",
        "{SSHA}c2hvcnQ=",
        "{MD5}s3JNdGqquOyj6Tgf11UUA8od0gk=",
        "{ROT13}cnffjbeq",
        "{CLEARTEXT}password",
        "{noop}password",
        "{CRYPT}$6$salt$hash",
        "{CRYPT}$1$salt$hash",
        "$2b$04$",
        "$2x$04$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        "$2b$04$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z",
        "$2b$0x$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        "$2b$04$李gwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z",
        "$argon2id$v=19$m=64,t=2,p=1",
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA",
        "$argon2id$v=99$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$0d2fS/oVpAjBrlU/TISqg9c6/NuUo7W1l",
        "$argon2x$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$0d2fS/oVpAjBrlU/TISqg9c6/NuUo7W1l",
        "$scrypt$ln=6,r=8$yFmrVcpZCyFk7B1DKEWI0Q$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw/p33U",
        "$scrypt$ln=6,r=8,p=1,x=1$yFmrVcpZCyFk7B1D$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw",
        "$scrypt$ln=6,ln=6,r=8,p=1$yFmrVcpZCyFk7B1D$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu",
        "$scrypt$ln=+6,r=8,p=1$yFmrVcpZCyFk7B1D$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw/p33U",
        "$scrypt$ln=6,r=8,p=1$yFmrVcpZCyFk7B1D$LPRg",
        "scrypt$63$salt$8$1$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw/p33U=",
        "scrypt:64:8$salt$00112233445566778899aabbccddeeff",
        "pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff",
        "pbkdf2:sha256:1000$salt$0011223344556677889",
        "pbkdf2_sha256$1000$salt",
        "pbkdf2_sha256$x$salt$Etpvh87djw/O7RyXA35xw6zJy92T5JckM9nMYnYZnac=",
        "$pbkdf2-sha256$i=1000,l=20$c2FsdA$Etpvh87djw/O7RyXA35xw6zJy92T5JckM9nMYnYZnac",
        "$pbkdf2-md5$1000$c2FsdA$Etpvh87djw/O7RyXA35xw6zJy92T5JckM9nMYnYZnac",
        "$fbscrypt$v=2,n=6,r=8,p=1,ss=Bw==,sk=trFJwHIOAlgqYoWEdMh5$IQzufUZPNqPE3A$hxvuFGParbHc8vkcc3rM",
        "$fbscrypt$v=1,n=6,r=8,p=1,ss=Bw==,sk=trFJ$IQzufUZPNqPE3A$hxvuFGParbHc8vkcc3rM",
        "$digest$h=md4,pw=utf8$okyMu6RVTonoEp4ravhNYQ",
        "$digest$h=md5,pw=utf7$okyMu6RVTonoEp4ravhNYQ",
        "$digest$h=sha1,pw=utf8$okyMu6RVTonoEp4ravhNYQ",
        "$hmac$k=a2V5$okyMu6RVTonoEp4ravhNYQ",
        "md5$salt$zz",
    ] {
        let error = ForeignHash::parse(text).unwrap_err();
        assert!(error.to_string().starts_with("password_hash: "), "{text}: {error}");
    }
}

#[test]
fn what_would_take_too_long_or_too_much_is_refused() {
    const SALT_AND_HASH: &str = "$yFmrVcpZCyFk7B1D$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw/p33U";
    let long = "A".repeat(3000);
    for text in [
        "$2b$16$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        "$2b$31$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        "$2b$99$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        "$2b$03$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
        &format!("$argon2id$v=19$m=262145,t=1,p=1{SALT_AND_HASH}"),
        &format!("$argon2id$v=19$m=65536,t=33,p=1{SALT_AND_HASH}"),
        &format!("$argon2id$v=19$m=99999999999,t=1,p=1{SALT_AND_HASH}"),
        &format!("$scrypt$ln=19,r=8,p=1{SALT_AND_HASH}"),
        &format!("$scrypt$ln=17,r=8,p=16{SALT_AND_HASH}"),
        &format!("$scrypt$ln=63,r=8,p=1{SALT_AND_HASH}"),
        &format!("$scrypt$ln=14,r=4294967295,p=1{SALT_AND_HASH}"),
        &format!("$scrypt$ln=0,r=8,p=1{SALT_AND_HASH}"),
        &format!("$pbkdf2-sha256$i=4000001{SALT_AND_HASH}"),
        &format!("$pbkdf2-sha256$i=0{SALT_AND_HASH}"),
        &format!("$pbkdf2-sha256$i=99999999999{SALT_AND_HASH}"),
        &format!("$pbkdf2-sha1$i=2000001{SALT_AND_HASH}"),
        &format!("$pbkdf2-sha256$i=1000${long}$LPRg6U9bhfSw1TsPOqP3Xs"),
        &format!("$pbkdf2-sha256$i=1$c2FsdA${long}"),
        &format!("$digest$h=md5,pw=utf8,pre={long}$okyMu6RVTonoEp4ravhNYQ"),
        &format!("$digest$h=md5,pw=utf8,pre={long}{long}$okyMu6RVTonoEp4ravhNYQ"),
    ] {
        assert!(ForeignHash::parse(text).is_err(), "{text}");
    }
    // The dearest that real systems write are not refused.
    for text in [
        "$2b$14$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2".to_owned(),
        format!("$scrypt$ln=17,r=8,p=1{SALT_AND_HASH}"),
        format!("$argon2id$v=19$m=65536,t=4,p=4{SALT_AND_HASH}"),
        format!("$pbkdf2-sha256$i=1200000{SALT_AND_HASH}"),
        "scrypt:32768:8:1$salt$00112233445566778899aabbccddeeff".to_owned(),
    ] {
        assert!(ForeignHash::parse(&text).is_ok(), "{text}");
    }
}

#[test]
fn custom_password_hashes_that_do_not_fit_are_refused() {
    let hex = "5f4dcc3b5aa765d61d8327deb882cf99";
    let key = json!({"value": "k", "encoding": "utf8"});
    for (value, reason) in [
        (json!(null), "must be"),
        (json!("md5"), "must be"),
        (json!({"algorithm": "md5"}), "must be"),
        (json!({"algorithm": "md5", "hash": {"value": hex, "encoding": "hex"}, "x": 1}), "must be"),
        (json!({"algorithm": "md4", "hash": {"value": hex, "encoding": "hex"}}), "md4"),
        (json!({"algorithm": "rot13", "hash": {"value": hex, "encoding": "hex"}}), "algorithm"),
        (json!({"algorithm": "md5", "hash": {"value": hex}}), "hash.encoding"),
        (json!({"algorithm": "md5", "hash": {"value": hex, "encoding": "utf8"}}), "hash.encoding"),
        (json!({"algorithm": "sha1", "hash": {"value": hex, "encoding": "hex"}}), "length"),
        (json!({"algorithm": "md5", "hash": {"value": "zz", "encoding": "hex"}}), "hexadecimal"),
        (
            json!({
                "algorithm": "md5", "hash": {"value": hex, "encoding": "hex"},
                "salt": {"value": "s"},
            }),
            "salt.position",
        ),
        (
            json!({
                "algorithm": "md5", "hash": {"value": hex, "encoding": "hex"},
                "password": {"encoding": "utf7"},
            }),
            "password encoding",
        ),
        (json!({"algorithm": "hmac", "hash": {"value": hex, "encoding": "hex"}}), "hash.key"),
        (
            json!({
                "algorithm": "hmac",
                "hash": {"value": hex, "encoding": "hex", "digest": "whirlpool", "key": key},
            }),
            "whirlpool",
        ),
        (json!({"algorithm": "scrypt", "hash": {"value": hex, "encoding": "hex"}}), "salt"),
        (
            json!({
                "algorithm": "scrypt", "hash": {"value": hex, "encoding": "hex"},
                "salt": {"value": "s"}, "cost": 1000,
            }),
            "power of two",
        ),
        (
            json!({
                "algorithm": "scrypt", "hash": {"value": hex, "encoding": "hex"},
                "salt": {"value": "s"}, "keylen": 64,
            }),
            "keylen",
        ),
        (
            json!({
                "algorithm": "bcrypt", "hash": {"value": BCRYPT[0].1[0], "encoding": "utf8"},
                "salt": {"value": "s", "position": "prefix"},
            }),
            "salt",
        ),
        (
            json!({"algorithm": "bcrypt", "hash": {"value": BCRYPT[0].1[0], "encoding": "hex"}}),
            "utf8",
        ),
        (json!({"algorithm": "ldap", "hash": {"value": "SSHA"}}), "scheme"),
    ] {
        let error = ForeignHash::from_custom_password_hash(&value).unwrap_err().to_string();
        assert!(error.starts_with("custom_password_hash: "), "{error}");
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains(hex), "{error}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _read = ForeignHash::parse(&text);
    }

    #[test]
    fn no_text_like_a_hash_panics(
        head in prop::sample::select(&[
            "$2b$", "$argon2id$", "$scrypt$", "$fbscrypt$", "$pbkdf2-sha256$", "$digest$", "$hmac$",
            "{SSHA}", "{CRYPT}", "{PBKDF2}", "pbkdf2_sha256$", "scrypt:", "scrypt$", "md5$",
        ][..]),
        rest in "[a-z0-9=,$./+李]{0,120}",
    ) {
        let _read = ForeignHash::parse(&format!("{head}{rest}"));
    }

    #[test]
    fn a_changed_hash_never_panics_and_what_is_read_is_stored_the_same(
        place in 0_usize..400, with in "[ -~李]", family in 0_usize..6,
    ) {
        let family = [BCRYPT, ARGON2, PASSLIB, DJANGO, LDAP, FIREBASE][family];
        for (_, hashes) in family {
            for text in *hashes {
                let mut text = (*text).to_owned();
                let place = place % text.len();
                text.replace_range(place..=place, &with);
                if let Ok(hash) = ForeignHash::parse(&text) {
                    let stored = hash.to_stored();
                    prop_assert_eq!(ForeignHash::parse(stored.as_str()).unwrap(), hash);
                }
            }
        }
    }
}
