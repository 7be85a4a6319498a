//! Scripts of other origins: those that are registered, and no others.

use actix_web::http::Method;
use citizenry_http_kit::testing::Answer;
use serde_json::json;

use crate::world::{ORIGIN, World};

const PATHS: [(&str, &str); 6] = [
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/jwks.json"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("GET", "/userinfo"),
    ("POST", "/userinfo"),
];

async fn preflight(world: &World, method: &str, path: &str, origin: &str) -> Answer {
    world
        .client()
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization, content-type, dpop")
        .send()
        .await
}

#[actix_web::test]
async fn registered_origins_may_call() {
    let world = World::new().await;
    for prefix in ["", "/t/default", "/t/acme"] {
        for (method, path) in PATHS {
            let path = format!("{prefix}{path}");
            let answer = preflight(&world, method, &path, ORIGIN).await;
            assert_eq!(answer.status, 204, "{method} {path}");
            assert_eq!(answer.header("access-control-allow-origin"), ORIGIN, "{method} {path}");
            let allowed = answer.header("access-control-allow-methods");
            assert!(allowed.contains(method), "{method} {path}: {allowed}");
            let headers = answer.header("access-control-allow-headers");
            assert_eq!(headers, "authorization, content-type, dpop", "{method} {path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{method} {path}");

            let ask = world.client().request(method.parse().unwrap(), &path);
            let answer = ask.header("origin", ORIGIN).send().await;
            assert_eq!(answer.header("access-control-allow-origin"), ORIGIN, "{method} {path}");
            let exposed = answer.header("access-control-expose-headers");
            assert!(exposed.contains("dpop-nonce"), "{exposed}");
            assert!(exposed.contains("www-authenticate"), "{exposed}");
            let vary: Vec<_> = answer.headers.get_all("vary").collect();
            assert!(vary.iter().any(|it| it.to_str().unwrap().contains("origin")), "{vary:?}");
        }
    }
}

#[actix_web::test]
async fn other_origins_may_not() {
    let world = World::new().await;
    world.change_client(&world.acme.spa, |client| client.settings.web_origins.clear()).await;
    world.change_client(&world.acme.web, |client| client.settings.web_origins.clear()).await;
    world.change_client(&world.acme.spa, |client| client.settings.redirect_uris.clear()).await;
    world.change_client(&world.acme.web, |client| client.settings.redirect_uris.clear()).await;
    for (method, path) in PATHS {
        for (prefix, origin) in [
            ("", "https://evil.example"),
            ("", "http://app.example.com"),
            ("", "https://app.example.com:8443"),
            ("", "https://app.example.com.evil.example"),
            ("", "https://app.example.com/"),
            ("", "HTTPS://APP.EXAMPLE.COM"),
            ("", "null"),
            ("", "*"),
            // Another tenant's.
            ("/t/acme", ORIGIN),
            ("/t/nobody", ORIGIN),
        ] {
            let path = format!("{prefix}{path}");
            let answer = preflight(&world, method, &path, origin).await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, "", "{method} {path} {origin}");
            let ask = world.client().request(method.parse().unwrap(), &path);
            let answer = ask.header("origin", origin).send().await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, "", "{method} {path} {origin}");
        }
    }
}

#[actix_web::test]
async fn a_script_of_a_registered_origin_may_read_why_it_gets_no_token() {
    let world = World::new().await;
    let answer = world
        .client()
        .post("/oauth/token")
        .header("origin", ORIGIN)
        .body("application/x-www-form-urlencoded", "grant_type=authorization_code&client_id=x")
        .send()
        .await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
    assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
}
