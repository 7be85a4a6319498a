//! Tokens of technical accounts.

use actix_web::http::Method;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use citizenry_authz::Caller;
use citizenry_directory::ClientChanges;
use citizenry_identity::ManagementDoor;
use citizenry_testkit::block_on;
use serde_json::{Map, Value, json};

use crate::{
    house::{FORM, House},
    routes::assert_error,
    users::{assert_user, keys, named},
};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Registers a key of home's client.
async fn register(house: &House) -> KeyPair {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let key = json!({
        "kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig",
        "n": encode(public.modulus().big_endian_without_leading_zero()),
        "e": encode(public.exponent().big_endian_without_leading_zero()),
    });
    let caller = Caller::operator(&house.home.tenant);
    let door = ManagementDoor::AudienceManager;
    let view = house.directory.door_client(&caller, door).await.unwrap();
    let mut oidc = view.client.settings.oidc.clone();
    oidc.jwks = Some(json!({ "keys": [key] }));
    let settings = Map::from_iter([("oidc".to_owned(), json!(oidc))]);
    let changes = ClientChanges { settings: Some(settings), ..ClientChanges::default() };
    house.directory.update_client(&caller, &view.client.identifier, changes).await.unwrap();
    pair
}

/// What a technical account of home claims.
fn claims(house: &House) -> Value {
    let client = &house.home.client_id;
    let organization = house.home.tenant.id.to_string().to_ascii_uppercase();
    json!({
        "exp": 1_773_304_200 + 3_600,
        "iss": format!("{organization}@AdobeOrg"),
        "sub": format!("{client}@techacct.adobe.com"),
        "aud": format!("https://ims-na1.adobelogin.com/c/{client}"),
        "https://ims-na1.adobelogin.com/s/ent_audiencemanagerplatform_sdk": true,
    })
}

fn sign(pair: &KeyPair, claims: &Value) -> String {
    let header = encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", encode(claims.to_string()));
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", encode(signature))
}

fn credentials(house: &House) -> String {
    format!("client_id={}&client_secret={}", house.home.client_id, house.home.client_secret)
}

#[test]
fn a_client_gets_a_token_for_itself() {
    block_on(async {
        let house = House::new().await;
        let all = format!("{}&grant_type=client_credentials&scope=a,b", credentials(&house));
        let (query, body) = all.split_once('&').unwrap();
        for (target, body) in [
            ("/aam/ims/token/v3".to_owned(), all.as_str()),
            (format!("/aam/ims/token/v3?{query}"), body),
        ] {
            let answer = house.client.post(&target).body(FORM, body.to_owned()).send().await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let token = answer.json();
            assert_eq!(keys(&token), named(&["access_token", "token_type", "expires_in"]));
            assert_eq!(token["expires_in"], 86_399);
        }
        let answer = house.client.post(&format!("/aam/ims/token/v3?{all}")).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let twice = house.client.post(&format!("/aam/ims/token/v3?{query}"));
        let twice = twice.body(FORM, all.clone()).send().await;
        assert_eq!((twice.status, &twice.json()["error"]), (400, &json!("invalid_request")));
    });
}

#[test]
fn the_first_look_at_oneself_makes_the_technical_user() {
    block_on(async {
        let house = House::new().await;
        let form = format!("{}&grant_type=client_credentials", credentials(&house));
        let token = house.client.post("/aam/ims/token/v3").body(FORM, form).send().await.json();
        let token = token["access_token"].as_str().unwrap();
        let users = house.get("/aam/v1/users/").await.json().as_array().unwrap().len();
        let own = house.ask_as(token, Method::GET, "/aam/v1/users/self", None).await;
        assert_eq!(own.status, 200, "{}", own.text());
        assert_user(&own.json());
        let again = house.ask_as(token, Method::GET, "/aam/v1/users/self", None).await;
        assert_eq!(again.json(), own.json());
        let list = house.ask_as(token, Method::GET, "/aam/v1/users/", None).await.json();
        assert_eq!(list.as_array().unwrap().len(), users + 1);
        let body = json!({ "oldPassword": "x", "newPassword": "Quokka!wanders7Far" });
        let target = "/aam/v1/users/self/update-password";
        let answer = house.ask_as(token, Method::POST, target, Some(&body)).await;
        assert_error(&answer, 403, "forbidden", "a client has no password");
    });
}

#[test]
fn a_signed_jwt_is_exchanged_and_another_is_not() {
    block_on(async {
        let house = House::new().await;
        let (pair, good) = (register(&house).await, claims(&house));
        let ask = async |claims: &Value, pair: &KeyPair, target: &str| {
            let form = format!("{}&jwt_token={}", credentials(&house), sign(pair, claims));
            house.client.post(target).body(FORM, form).send().await
        };
        for target in ["/aam/ims/exchange/jwt/", "/aam/ims/exchange/jwt"] {
            let answer = ask(&good, &pair, target).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let token = answer.json();
            assert_eq!(keys(&token), named(&["access_token", "token_type", "expires_in"]));
            assert_eq!(token["expires_in"].as_u64().unwrap() % 1_000, 0, "milliseconds");
            let access = token["access_token"].as_str().unwrap();
            let own = house.ask_as(access, Method::GET, "/aam/v1/users/self", None).await;
            assert_eq!(own.status, 200, "{}", own.text());
        }
        let target = "/aam/ims/exchange/jwt/";
        let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut bad = vec![ask(&good, &other, target).await];
        for (name, value) in [
            ("exp", json!(1)),
            ("iss", json!("other@AdobeOrg")),
            ("sub", json!("other")),
            ("aud", json!("https://ims-na1.adobelogin.com/c/other")),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            bad.push(ask(&claims, &pair, target).await);
        }
        for answer in bad {
            let body = answer.json();
            assert_eq!((answer.status, &body["error"]), (400, &json!("invalid_token")), "{body}");
        }
        let missing = house.client.post(target).body(FORM, credentials(&house)).send().await;
        assert_eq!((missing.status, &missing.json()["error"]), (400, &json!("invalid_request")));
    });
}
