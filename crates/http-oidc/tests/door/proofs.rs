//! Proofs of possession (RFC 9449) as they travel.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    forged_tokens::Key,
    world::{CALLBACK, FORM, VERIFIER, World, form},
};

/// The host that the requests are sent to.
const HOST: &str = "id.example.com";

fn proof(world: &World, key: &Key, method: &str, path: &str, more: &Value) -> String {
    let mut claims = json!({
        "jti": world.moment().alphanumeric(20),
        "htm": method,
        "htu": format!("https://id.example.com{path}"),
        "iat": world.moment().now().unix_seconds(),
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": key.jwk() }), &claims)
}

fn hash(token: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

#[actix_web::test]
async fn a_bound_token_needs_its_key_and_every_answer_brings_a_nonce() {
    let world = World::new().await;
    let (browser, spa, key) = (Browser::new(&world), &world.home.spa, Key::new());
    let code = browser.code(spa, &[]).await;
    let redeem = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", "console-spa"),
        ("code", &*code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let ask = |proof: &str| {
        let ask = world.client().post("/oauth/token").header("host", HOST).header("dpop", proof);
        ask.body(FORM, redeem.clone()).send()
    };
    let garbage = ask("nonsense").await;
    assert_eq!((garbage.status, &garbage.json()["error"]), (400, &json!("invalid_dpop_proof")));
    let nonce = garbage.header("dpop-nonce").to_owned();
    assert!(nonce.len() > 20, "{garbage:?}");

    let tokens =
        ask(&proof(&world, &key, "POST", "/oauth/token", &json!({ "nonce": nonce }))).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(tokens.header("dpop-nonce"), nonce);
    assert_eq!(tokens.json()["token_type"], "DPoP");
    let token = tokens.json()["access_token"].as_str().unwrap().to_owned();

    let bearer = world.client().get("/userinfo").bearer(&token).send().await;
    assert_eq!(bearer.status, 401, "{}", bearer.text());
    assert_eq!(bearer.header("dpop-nonce"), "", "no proof, no nonce");
    for (key, status) in [(&key, 200), (&Key::new(), 401)] {
        let more = json!({ "ath": hash(&token), "nonce": nonce });
        let answer = world
            .client()
            .get("/userinfo")
            .header("host", HOST)
            .header("authorization", &format!("DPoP {token}"))
            .header("dpop", &proof(&world, key, "GET", "/userinfo", &more))
            .send()
            .await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("dpop-nonce"), nonce);
    }
    let without = world.post_form("/oauth/token", &world.request()).await;
    assert_eq!(without.header("dpop-nonce"), "");
}

#[actix_web::test]
async fn two_proofs_are_none() {
    let world = World::new().await;
    for path in ["/oauth/token", "/userinfo"] {
        let ask = world.client().post(path).header("dpop", "a").header("dpop", "b");
        let ask = match path {
            "/userinfo" => ask.header("authorization", "DPoP nonsense"),
            _ => ask,
        };
        let answer = ask.body(FORM, "grant_type=x").send().await;
        assert!([400, 401].contains(&answer.status), "{path}: {answer:?}");
        assert!(!answer.header("dpop-nonce").is_empty(), "{path}");
    }
}
