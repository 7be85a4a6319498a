//! Clients that register themselves, and addresses that the server is asked to fetch.

use citizenry_http_kit::testing::Answer;
use citizenry_oauth::OAuthSettings;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    world::{CALLBACK, World, query},
};

async fn register(world: &World, more: &Value) -> Answer {
    let mut metadata = json!({ "redirect_uris": [CALLBACK], "client_name": "Reader" });
    for (name, value) in more.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    world.client().post("/oidc/register").json(&metadata).send().await
}

#[actix_web::test]
async fn a_client_registers_looks_changes_and_goes() {
    let world = World::new().await;
    let made = register(&world, &json!({})).await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.text());
    let made = made.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (token, uri) = (text("registration_access_token"), text("registration_client_uri"));
    let path = uri.strip_prefix("https://id.example.com").unwrap();
    assert_eq!(path, format!("/oidc/register/{}", text("client_id")));

    let client = world.client().with_bearer(&token);
    let read = client.get(path).send().await;
    assert_eq!((read.status, &read.json()["client_name"]), (200, &json!("Reader")));
    let change = json!({
        "client_id": text("client_id"), "redirect_uris": [CALLBACK], "client_name": "Writer",
    });
    let token = read.json()["registration_access_token"].as_str().unwrap_or(&token).to_owned();
    let client = world.client().with_bearer(&token);
    let changed = client.put(path).json(&change).send().await;
    assert_eq!((changed.status, &changed.json()["client_name"]), (200, &json!("Writer")));
    let token = changed.json()["registration_access_token"].as_str().unwrap_or(&token).to_owned();
    let client = world.client().with_bearer(&token);

    // Somebody else's token, the client's secret, and no token.
    let other = register(&world, &json!({})).await.json();
    for wrong in [&other["registration_access_token"], &made["client_secret"]] {
        let stranger = world.client().with_bearer(wrong.as_str().unwrap());
        for answer in [
            stranger.get(path).send().await,
            stranger.put(path).json(&change).send().await,
            stranger.delete(path).send().await,
        ] {
            assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_token")));
            assert!(answer.header("www-authenticate").starts_with("Bearer "), "{answer:?}");
        }
    }
    assert_eq!(client.delete(path).send().await.status, 204);
    assert_eq!(client.get(path).send().await.status, 401);
}

#[actix_web::test]
async fn registration_is_off_unless_configured() {
    let world = World::with(|_| {}, OAuthSettings::default()).await;
    let answer = register(&world, &json!({})).await;
    assert_eq!((answer.status, &answer.json()["error"]), (403, &json!("access_denied")));
}

#[actix_web::test]
async fn bad_metadata_are_named() {
    let world = World::new().await;
    for (metadata, code) in [
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["https://app.example.com/cb#x"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://app.example.com/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": 7 }), "invalid_client_metadata"),
        (json!({ "grant_types": ["password"] }), "invalid_client_metadata"),
        (json!({ "logo_uri": "javascript:alert(1)" }), "invalid_client_metadata"),
        (json!({ "subject_type": "pairwise" }), "invalid_client_metadata"),
        (json!({ "token_endpoint_auth_method": "tls_client_auth" }), "invalid_client_metadata"),
    ] {
        let answer = register(&world, &metadata).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(code)), "{metadata}");
        assert!(answer.json()["error_description"].is_string());
    }
}

/// Addresses that nobody but the machine and its neighbours reach.
const PRIVATE: [&str; 6] = [
    "http://127.0.0.1/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/x",
    "https://localhost/x",
];

#[actix_web::test]
async fn ssrf_through_jwks_uri() {
    let world = World::new().await;
    for uri in PRIVATE {
        let more = json!({ "jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt" });
        let made = register(&world, &more).await;
        assert!([201, 400].contains(&made.status), "{uri}: {}", made.text());
        if made.status == 400 {
            continue;
        }
        // What the client claims to publish there is asked of the port that refuses it, and then
        // nothing is proved.
        let id = made.json()["client_id"].as_str().unwrap().to_owned();
        let now = world.moment().now().unix_seconds();
        let claims = json!({
            "iss": id, "sub": id, "aud": "https://id.example.com/", "iat": now, "exp": now + 60,
            "jti": "1",
        });
        let header = json!({ "alg": "ES256", "typ": "JWT" });
        let assertion = crate::forged_tokens::Key::new().sign(&header, &claims);
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let answer = world.post_form("/oauth/token", &pairs).await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        assert_eq!(world.web.take(), [uri], "through the port, once");
        assert!(!answer.text().contains("private"), "{}", answer.text());
    }
}

#[actix_web::test]
async fn ssrf_through_request_uri() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    // What is not registered is never asked for.
    for uri in PRIVATE.into_iter().chain(["file:///etc/passwd", "https://evil.example/r"]) {
        let answer = browser.authorize(&world.home.web, &[("request_uri", uri)]).await;
        let said = query(answer.header("location"));
        assert_eq!(said["error"], "request_uri_not_supported", "{uri}");
        assert_eq!(world.web.take(), Vec::<String>::new(), "{uri}");
    }
    // What is registered is asked for through the port that refuses it.
    world
        .change_client(&world.home.web, |client| {
            client.settings.oidc.request_uris = vec![PRIVATE[3].to_owned()];
        })
        .await;
    let answer = browser.authorize(&world.home.web, &[("request_uri", PRIVATE[3])]).await;
    let said = query(answer.header("location"));
    assert_eq!(said["error"], "invalid_request_uri");
    assert_eq!(world.web.take(), [PRIVATE[3]]);
    assert!(!said["error_description"].contains("private"), "what is there is not told");
}

#[actix_web::test]
async fn ssrf_through_sector_identifier_uri() {
    let world = World::new().await;
    for uri in PRIVATE {
        let answer = register(&world, &json!({ "sector_identifier_uri": uri })).await;
        assert_eq!(answer.status, 400, "{uri}: {}", answer.text());
        assert_eq!(answer.json()["error"], "invalid_client_metadata", "{uri}");
        assert!(!answer.text().contains("private or special"), "{}", answer.text());
        assert!(world.web.take().iter().all(|asked| asked == uri), "{uri}");
    }
}

#[actix_web::test]
async fn ssrf_through_back_channel_uri() {
    let world = World::new().await;
    for uri in PRIVATE {
        let answer = register(&world, &json!({ "backchannel_logout_uri": uri })).await;
        assert!([201, 400].contains(&answer.status), "{uri}: {}", answer.text());
        assert_eq!(world.web.take(), Vec::<String>::new(), "nothing is fetched to look at it");
    }
    // A sign-out only writes the order down; whoever delivers it asks the port that refuses.
    world
        .change_client(&world.home.web, |client| {
            client.settings.oidc.backchannel_logout_uri = Some(PRIVATE[3].to_owned());
        })
        .await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let tokens = world.redeem(web, &browser.code(web, &[]).await, &[]).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let out = browser.get(&format!("/oidc/logout?id_token_hint={hint}")).await;
    assert_eq!(out.status, 200, "{}", out.text());
    assert!(world.sessions_of(&world.home.user).await.is_empty());
    assert_eq!(world.web.take(), Vec::<String>::new());
}
