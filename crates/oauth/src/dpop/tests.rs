use citizenry_testkit::block_on;
use serde_json::{Value, json};

use super::*;
use crate::jws::Signer;
use crate::test_world::World;

/// The proof of RFC 9449, section 4.2.
const TOKEN_PROOF: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik",
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR",
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE",
    "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj",
    "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia",
    "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg",
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
);
/// The proof of RFC 9449, section 7.1.
const RESOURCE_PROOF: &str = concat!(
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik",
    "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR",
    "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE",
    "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj",
    "oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z",
    "WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF",
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E",
    "OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
);
/// The access token of the same section.
const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
/// The thumbprint of the key of both (section 6.1).
const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
}

fn sample(proof: &str, method: &str, url: &str) -> DpopHeader {
    DpopHeader { proof: proof.to_owned(), method: method.to_owned(), url: url.to_owned() }
}

#[test]
fn the_samples_of_rfc_9449() {
    let elsewhere = "https://id.example.com";
    let now = at(1_562_262_620);
    let token = sample(TOKEN_PROOF, "POST", "https://server.example.com/token");
    let proof = Proof::read(&token, elsewhere, None, now).unwrap();
    assert_eq!(proof.thumbprint, THUMBPRINT);
    let url = "https://resource.example.org/protectedresource";
    let resource = sample(RESOURCE_PROOF, "GET", url);
    let proof = Proof::read(&resource, elsewhere, Some(TOKEN), now).unwrap();
    assert_eq!(proof.thumbprint, THUMBPRINT);

    let refused = |header: &DpopHeader, token, now| Proof::read(header, elsewhere, token, now);
    assert!(refused(&token, Some(TOKEN), now).is_err(), "no ath");
    assert!(refused(&resource, Some("another token"), now).is_err());
    assert!(refused(&token, None, at(1_562_262_616 + MAX_AGE + 1)).is_err());
    assert!(refused(&token, None, at(1_562_262_616 - SKEW - 1)).is_err());
    for (method, url) in [
        ("GET", "https://server.example.com/token"),
        ("POST", "https://server.example.com/token/"),
        ("POST", "https://server.example.com:8443/token"),
        ("POST", "http://server.example.com/token"),
        ("POST", "https://server.example.com.evil.example/token"),
        ("POST", "no URL"),
    ] {
        assert!(refused(&sample(TOKEN_PROOF, method, url), None, now).is_err(), "{method} {url}");
    }
}

#[test]
fn the_public_url_and_the_host_of_the_request_are_the_same_place() {
    let public = "https://id.example.com";
    let same = |claimed| is_same_place(claimed, "http://127.0.0.1:8080/oauth/token", public);
    assert!(same("http://127.0.0.1:8080/oauth/token"));
    assert!(same("https://id.example.com/oauth/token"));
    assert!(same("https://ID.example.com:443/oauth/token?query#fragment"));
    assert!(!same("https://id.example.com/userinfo"));
    assert!(!same("https://evil.example/oauth/token"));
}

/// A proof with these claims and members of the header.
fn proof(world: &World, signer: &Signer, header: &Value, claims: &Value) -> DpopHeader {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut whole = json!({"typ": "dpop+jwt", "alg": signer.algorithm(),
        "jwk": signer.public_key().unwrap()});
    whole.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    let url = "https://id.example.com/oauth/token";
    let now = world.environment.clock.now().unix_seconds();
    let mut body = json!({"jti": "1", "htm": "POST", "htu": url, "iat": now});
    body.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let proof = signer.append_signature(&format!("{}.{}", encode(&whole), encode(&body)));
    sample(&proof, "POST", url)
}

#[test]
fn a_proof_is_good_once_and_as_it_must_be() {
    block_on(async {
        let world = World::new().await;
        let tenant = world.home.tenant.id;
        let none = json!({});
        let signers = [
            Signer::generate_es256().unwrap().0,
            Signer::generate_rs256().unwrap().0,
            Signer::generate_eddsa().unwrap().0,
        ];
        for signer in &signers {
            let good = proof(&world, signer, &none, &none);
            let thumbprint = signer.public_key().unwrap().thumbprint();
            let proved = world.oauth.proved_key(&good, None, tenant).await;
            assert_eq!(proved.unwrap(), thumbprint);
            let again = world.oauth.proved_key(&good, None, tenant).await;
            assert!(matches!(again, Err(DpopError::Invalid(_))), "a replay");
            let other = Signer::generate_es256().unwrap().0;
            for (header, claims) in [
                (json!({"typ": "JWT"}), none.clone()),
                (json!({"alg": "none"}), none.clone()),
                (json!({"alg": "HS256"}), none.clone()),
                (json!({"jwk": null}), none.clone()),
                (json!({"jwk": other.public_key()}), none.clone()),
                (json!({"jku": "https://evil.example/keys"}), none.clone()),
                (json!({"crit": ["exp"]}), none.clone()),
                (none.clone(), json!({"jti": ""})),
                (none.clone(), json!({"jti": null})),
                (none.clone(), json!({"jti": "x".repeat(257)})),
                (none.clone(), json!({"htm": "post"})),
                (none.clone(), json!({"iat": "now"})),
            ] {
                let bad = proof(&world, signer, &header, &claims);
                let refused = world.oauth.proved_key(&bad, None, tenant).await;
                assert!(matches!(refused, Err(DpopError::Invalid(_))), "{header} {claims}");
            }
        }
    });
}

#[test]
fn a_nonce_is_ours_and_of_the_last_minutes() {
    block_on(async {
        let world = World::new().await;
        let tenant = world.home.tenant.id;
        let (signer, _) = Signer::generate_es256().unwrap();
        let nonce = world.oauth.dpop_nonce();
        let with = |jti: &str, nonce: &str| {
            proof(&world, &signer, &json!({}), &json!({"jti": jti, "nonce": nonce}))
        };
        let answer = world.oauth.proved_key(&with("1", "made up"), None, tenant).await;
        assert!(matches!(&answer, Err(DpopError::UseNonce(ours)) if *ours == nonce));
        assert!(world.oauth.proved_key(&with("2", &nonce), None, tenant).await.is_ok());
        world.clock.advance(time::Duration::seconds(NONCE_WINDOW));
        assert!(world.oauth.proved_key(&with("3", &nonce), None, tenant).await.is_ok());
        assert!(world.another_server().is_nonce(&nonce));
        world.clock.advance(time::Duration::seconds(NONCE_WINDOW));
        let answer = world.oauth.proved_key(&with("4", &nonce), None, tenant).await;
        assert!(matches!(answer, Err(DpopError::UseNonce(_))));
    });
}
