//! What a client may choose of the protocols.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{house::House, routes::assert_error};

/// A public key of P-256 (RFC 7517, appendix A.1).
fn keys() -> Value {
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] })
}

fn everything() -> Value {
    json!({
        "oidc_logout": { "backchannel_logout_urls": ["https://shop.example/ended"] },
        "refresh_token": {
            "rotation_type": "non-rotating", "expiration_type": "expiring", "leeway": 5,
            "token_lifetime": 86_400, "infinite_token_lifetime": false,
            "idle_token_lifetime": 3_600, "infinite_idle_token_lifetime": false,
        },
        "jwt_configuration": { "lifetime_in_seconds": 600, "alg": "ES256", "scopes": {} },
        "client_uri": "https://shop.example",
        "policy_uri": "https://shop.example/privacy",
        "tos_uri": "https://shop.example/terms",
        "contacts": ["fioman@qq.com"],
        "jwks": keys(),
        "request_uris": ["https://shop.example/request.jwt"],
        "initiate_login_uri": "https://shop.example/login",
        "token_endpoint_auth_signing_alg": "ES256",
        "userinfo_signed_response_alg": "EdDSA",
        "request_object_signing_alg": "PS256",
        "require_pushed_authorization_requests": true,
        "require_proof_of_possession": true,
        "require_pkce": true,
        "require_auth_time": true,
        "default_max_age": 300,
        "default_acr_values": ["0"],
        "access_token_format": "jwt",
    })
}

/// Asserts that `shown` has each member of `sent`, as it was sent.
fn assert_shown(shown: &Value, sent: &Value) {
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name} of {shown}");
    }
}

#[test]
fn everything_is_set_shown_and_reset_under_both_prefixes() {
    block_on(async {
        for (prefix, status) in [("/api/v1", 200), ("/api/v2", 201)] {
            let house = House::new().await;
            let (sent, mut body) = (everything(), everything());
            body["name"] = "Shop".into();
            body["app_type"] = "web".into();
            let made = house.post(&format!("{prefix}/clients"), &body).await;
            assert_eq!(made.status, status, "{}", made.text());
            let made = made.json();
            assert_shown(&made, &sent);
            assert_eq!(made["id_token_signed_response_alg"], "ES256");
            let target = format!("{prefix}/clients/{}", made["client_id"].as_str().unwrap());
            assert_shown(&house.get(&target).await.json(), &sent);

            let named = json!({ "description": "Sells" });
            assert_shown(&house.patch(&target, &named).await.json(), &sent);
            let mut nothing = sent.clone();
            for value in nothing.as_object_mut().unwrap().values_mut() {
                *value = Value::Null;
            }
            let reset = house.patch(&target, &nothing).await;
            assert_eq!(reset.status, 200, "{}", reset.text());
            let reset = reset.json();
            for (name, value) in sent.as_object().unwrap() {
                let expected = if value.is_boolean() { Some(&json!(false)) } else { None };
                assert_eq!(reset.get(name), expected, "{name}");
            }
            assert_eq!(reset["description"], "Sells");
            assert!(reset.get("id_token_signed_response_alg").is_none());
        }
    });
}

#[test]
fn one_setting_changes_without_the_others() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v2/clients/{}", house.ids.client);
        house.patch(&target, &everything()).await;
        let change = json!({ "require_pkce": false, "tos_uri": null });
        let changed = house.patch(&target, &change).await.json();
        let mut expected = everything();
        expected["require_pkce"] = false.into();
        expected.as_object_mut().unwrap().remove("tos_uri");
        assert_shown(&changed, &expected);
        assert!(changed.get("tos_uri").is_none());
        // The keys are in one place, whichever was named last.
        let url = "https://shop.example/keys";
        let changed = house.patch(&target, &json!({ "jwks_uri": url })).await.json();
        assert_eq!((&changed["jwks_uri"], changed.get("jwks")), (&json!(url), None));
        // One setting under two names.
        let change = json!({ "id_token_signed_response_alg": "EdDSA" });
        let changed = house.patch(&target, &change).await.json();
        assert_eq!(changed["jwt_configuration"]["alg"], "EdDSA");
        assert_eq!(changed["jwt_configuration"]["lifetime_in_seconds"], 600);
    });
}

#[test]
fn refresh_tokens_may_last_for_ever_and_say_so() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v2/clients/{}", house.ids.client);
        let change = json!({ "refresh_token": { "expiration_type": "non-expiring" } });
        let shown = house.patch(&target, &change).await.json()["refresh_token"].clone();
        assert_eq!(
            shown,
            json!({
                "rotation_type": "rotating", "expiration_type": "non-expiring",
                "infinite_token_lifetime": true, "infinite_idle_token_lifetime": true,
            })
        );
        let change =
            json!({ "refresh_token": { "infinite_idle_token_lifetime": true, "leeway": 0 } });
        let shown = house.patch(&target, &change).await.json()["refresh_token"].clone();
        assert_eq!(
            shown,
            json!({
                "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0,
                "infinite_token_lifetime": false, "infinite_idle_token_lifetime": true,
            })
        );
    });
}

#[test]
fn the_older_name_of_back_channel_logout_is_read() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v2/clients/{}", house.ids.client);
        let urls = json!({ "backchannel_logout_urls": ["http://localhost:3000/ended"] });
        let change = json!({ "oidc_backchannel_logout": urls });
        assert_eq!(house.patch(&target, &change).await.json()["oidc_logout"], urls);
        let change = json!({ "oidc_logout": { "backchannel_logout_urls": [] } });
        let shown = house.patch(&target, &change).await.json();
        assert_eq!(shown["oidc_logout"], json!({ "backchannel_logout_urls": [] }));
    });
}

#[test]
fn documents_that_cannot_be_followed_are_refused_by_name() {
    block_on(async {
        let house = House::new().await;
        let (logout, refresh, url) =
            ("oidc_logout.backchannel_logout_urls", "refresh_token", "https://a.example/");
        let logout_urls =
            |urls: Value| json!({ "oidc_logout": { "backchannel_logout_urls": urls } });
        let refresh_token = |member: &str, value: Value| json!({ refresh: { member: value } });
        let rows = [
            (logout_urls(json!(["https://a.example/x#y"])), logout),
            (logout_urls(json!(["ftp://a.example/x"])), logout),
            (logout_urls(json!([url, url])), logout),
            (logout_urls(json!(url)), logout),
            (refresh_token("leeway", json!(301)), "refresh_token.leeway"),
            (refresh_token("leeway", json!(-1)), "refresh_token.leeway"),
            (refresh_token("leeway", json!("5")), "refresh_token.leeway"),
            (refresh_token("rotation_type", json!("spinning")), "refresh_token.rotation_type"),
            (refresh_token("expiration_type", json!(true)), "refresh_token.expiration_type"),
            (refresh_token("token_lifetime", json!(0)), "refresh_token.token_lifetime"),
            (
                refresh_token("idle_token_lifetime", json!(4_294_967_295_u32)),
                "refresh_token.idle_token_lifetime",
            ),
            (
                refresh_token("infinite_token_lifetime", json!(1)),
                "refresh_token.infinite_token_lifetime",
            ),
            (json!({ "jwt_configuration": { "alg": "RS512" } }), "jwt_configuration.alg"),
            (
                json!({ "jwt_configuration": { "lifetime_in_seconds": 0 } }),
                "jwt_configuration.lifetime_in_seconds",
            ),
            (
                json!({
                    "jwt_configuration": { "alg": "RS256" },
                    "id_token_signed_response_alg": "ES256",
                }),
                "jwt_configuration.alg",
            ),
        ];
        assert_refused(&house, &rows).await;
    });
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    block_on(async {
        let (house, url) = (House::new().await, "https://a.example/");
        let mut private = keys();
        private["keys"][0]["d"] = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE".into();
        let rows = [
            (json!({ "id_token_signed_response_alg": "RS1" }), "id_token_signed_response_alg"),
            (
                json!({ "token_endpoint_auth_signing_alg": "none" }),
                "token_endpoint_auth_signing_alg",
            ),
            (json!({ "userinfo_signed_response_alg": "none" }), "userinfo_signed_response_alg"),
            (json!({ "request_object_signing_alg": "HS256" }), "request_object_signing_alg"),
            (json!({ "access_token_format": "paper" }), "access_token_format"),
            (json!({ "client_uri": "shop" }), "client_uri"),
            (json!({ "policy_uri": "javascript:alert(1)" }), "policy_uri"),
            (json!({ "tos_uri": "" }), "tos_uri"),
            (json!({ "jwks_uri": "file:///etc/passwd" }), "jwks_uri"),
            (json!({ "initiate_login_uri": "login" }), "initiate_login_uri"),
            (json!({ "request_uris": ["https://a.example/", "x"] }), "request_uris"),
            (json!({ "jwks": {} }), "jwks"),
            (json!({ "jwks": { "keys": [{}] } }), "jwks"),
            (json!({ "jwks": private }), "jwks"),
            (json!({ "jwks": keys(), "jwks_uri": url }), "jwks"),
        ];
        assert_refused(&house, &rows).await;
    });
}

/// Asserts that each body is refused because of the field beside it, and changes nothing.
async fn assert_refused(house: &House, rows: &[(Value, &str)]) {
    let target = format!("/api/v1/clients/{}", house.ids.client);
    let before = house.dump().await;
    for (body, field) in rows {
        let answer = house.patch(&target, body).await;
        assert_error(&answer.json(), 400, "invalid_body", &format!("{body}: {}", answer.text()));
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
    }
    assert_eq!(house.dump().await, before);
}

#[test]
fn what_has_no_name_or_another_type_is_refused() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/clients/{}", house.ids.client);
        let before = house.dump().await;
        for body in [
            json!({ "oidc": { "require_pkce": true } }),
            json!({ "registration_token_hash": "x" }),
            json!({ "require_pkce": "yes" }),
            json!({ "default_max_age": -1 }),
        ] {
            let answer = house.patch(&target, &body).await;
            assert_error(
                &answer.json(),
                400,
                "invalid_body",
                &format!("{body}: {}", answer.text()),
            );
        }
        assert_eq!(house.dump().await, before);
    });
}
