//! Tokens that somebody else has made, wherever a token may stand.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    world::{CALLBACK, World, query},
};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A key of the attacker's.
pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }
}

fn mac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{signed}.{}", encode(hmac::sign(&key, signed.as_bytes())))
}

/// The tokens of somebody who is signed in.
struct Tokens {
    access: String,
    id: String,
}

async fn tokens(browser: &Browser<'_>) -> Tokens {
    let (world, web) = (browser.world, &browser.world.home.web);
    // A JWT, and not the opaque token that is for userinfo alone.
    let code = browser.code(web, &[("audience", "https://things.example.com/")]).await;
    let others = [("audience", "https://things.example.com/")];
    let answer = world.redeem(web, &code, &others).await.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Tokens { access: text("access_token"), id: text("id_token") }
}

/// Nowhere is a forged token taken for one of ours.
async fn refused_everywhere(browser: &Browser<'_>, good: &Tokens, forge: impl Fn(&str) -> String) {
    let (world, web) = (browser.world, &browser.world.home.web);
    let (access, id) = (forge(&good.access), forge(&good.id));
    for token in [&access, &id] {
        let answer = world.client().get("/userinfo").bearer(token).send().await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_token")));
        assert!(answer.header("www-authenticate").starts_with("Bearer "), "{answer:?}");
        let answer = world.ask_as(web, "/oauth/introspect", &[("token", token)]).await;
        assert_eq!(answer.json(), json!({ "active": false }), "{token}");
        assert_eq!(world.ask_as(web, "/oauth/revoke", &[("token", token)]).await.status, 200);
    }
    let answer = browser.get(&format!("/oidc/logout?id_token_hint={id}")).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let answer = browser.authorize(web, &[("id_token_hint", &id), ("prompt", "none")]).await;
    // What is too long is not even sent on to the client.
    let said = query(answer.header("location")).remove("error");
    let is_long = id.len() > 8_000;
    assert_eq!(said.as_deref(), (!is_long).then_some("invalid_request"), "{answer:?}");
    let answer = browser.authorize(web, &[("request", &id)]).await;
    let said = query(answer.header("location"));
    assert!(!said.contains_key("code"), "{said:?}");
    // As a client's proof.
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", "console-web"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &*access),
    ];
    let answer = world.post_form("/oauth/token", &pairs).await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
    assert_eq!(world.web.take(), Vec::<String>::new());
    assert_eq!(world.sessions_of(&world.home.user).await.len(), 1);
    // The good ones are still good.
    let answer = world.ask_as(web, "/oauth/introspect", &[("token", &good.access)]).await;
    assert_eq!(answer.json()["active"], true, "{}", answer.text());
}

#[actix_web::test]
async fn algorithm_confusion() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let good = tokens(&browser).await;
    let jwks = world.get("/.well-known/jwks.json").await.json();
    let keys: Vec<Vec<u8>> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|key| {
            let point = [key["x"].as_str(), key["y"].as_str()].into_iter().flatten();
            let point = point.flat_map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
            let point = [0x04].into_iter().chain(point).collect();
            [key.to_string().into_bytes(), point]
        })
        .collect();
    assert!(!keys.is_empty());
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        for signature in ["", "AAAA"] {
            refused_everywhere(&browser, &good, |token| {
                let mut header = part(token, 0);
                header["alg"] = json!(alg);
                let payload = encode(part(token, 1).to_string());
                format!("{}.{payload}.{signature}", encode(header.to_string()))
            })
            .await;
        }
    }
    for key in &keys {
        refused_everywhere(&browser, &good, |token| {
            let mut header = part(token, 0);
            header["alg"] = json!("HS256");
            mac(key, &header, &part(token, 1))
        })
        .await;
    }
    for alg in ["RS256", "PS256", "EdDSA", "ES384", "ES256K", "HS256"] {
        refused_everywhere(&browser, &good, |token| {
            let mut header = part(token, 0);
            header["alg"] = json!(alg);
            let (_, rest) = token.split_once('.').unwrap();
            format!("{}.{rest}", encode(header.to_string()))
        })
        .await;
    }
}

#[actix_web::test]
async fn kid_injection() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let good = tokens(&browser).await;
    let key = Key::new();
    for kid in [
        json!("../../../../dev/null"),
        json!("' OR '1'='1"),
        json!("'; DROP TABLE signing_keys; --"),
        json!("https://evil.example/key"),
        json!("x".repeat(10_000)),
        json!("\0\r\n"),
        json!(null),
        json!(7),
        json!(["a"]),
        json!(""),
    ] {
        refused_everywhere(&browser, &good, |token| {
            let mut header = part(token, 0);
            header["kid"] = kid.clone();
            key.sign(&header, &part(token, 1))
        })
        .await;
    }
    // The kid of a key of ours before a signature of the attacker's, and no signature at all.
    refused_everywhere(&browser, &good, |token| key.sign(&part(token, 0), &part(token, 1))).await;
    refused_everywhere(&browser, &good, |token| {
        let (signed, _) = token.rsplit_once('.').unwrap();
        format!("{signed}.")
    })
    .await;
}

#[actix_web::test]
async fn embedded_jwk_and_jku() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let good = tokens(&browser).await;
    let key = Key::new();
    for (member, value) in [
        ("jwk", key.jwk()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jku", json!("http://127.0.0.1/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        refused_everywhere(&browser, &good, |token| {
            let mut header = part(token, 0);
            header[member] = value.clone();
            key.sign(&header, &part(token, 1))
        })
        .await;
    }
    // A request object or an assertion that brings its own key along is not the client's, either.
    let now = world.moment().now().unix_seconds();
    let claims = json!({
        "iss": "console-web", "sub": "console-web", "aud": "https://id.example.com/",
        "client_id": "console-web", "redirect_uri": CALLBACK, "response_type": "code",
        "iat": now, "exp": now + 60, "jti": "1",
    });
    let object = key.sign(&json!({ "alg": "ES256", "typ": "JWT", "jwk": key.jwk() }), &claims);
    let answer = browser.authorize(&world.home.web, &[("request", &object)]).await;
    assert_eq!(query(answer.header("location"))["error"], "invalid_request_object");
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &*object),
    ];
    assert_eq!(world.post_form("/oauth/token", &pairs).await.status, 401);
    assert_eq!(world.web.take(), Vec::<String>::new());
}
