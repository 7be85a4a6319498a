//! The token endpoint, discovery and the key set.

use citizenry_http_kit::{authentication, testing::Answer};
use citizenry_identity::SigningAlgorithm;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{self, World, form};

/// Status, the headers that matter here, and the body.
fn shown(answer: &Answer) -> Value {
    let names =
        ["content-type", "cache-control", "pragma", "www-authenticate", "allow", "retry-after"];
    let headers: serde_json::Map<String, Value> = names
        .into_iter()
        .filter(|name| !answer.header(name).is_empty())
        .map(|name| (name.to_owned(), answer.header(name).into()))
        .collect();
    let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    json!({ "status": answer.status, "headers": headers, "body": body })
}

#[actix_web::test]
async fn a_token_by_a_form() {
    let world = World::new().await;
    let answer = world.post_form("/oauth/token", &world.request()).await;
    let mut shown = shown(&answer);
    let token = shown["body"]["access_token"].take();
    assert!(token.as_str().is_some_and(|token| token.split('.').count() == 3), "{token}");
    insta::assert_json_snapshot!(shown, @r#"
    {
      "body": {
        "access_token": null,
        "expires_in": 86400,
        "scope": "read:users create:users",
        "token_type": "Bearer"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "pragma": "no-cache"
      },
      "status": 200
    }
    "#);
}

#[actix_web::test]
async fn a_token_by_json() {
    let world = World::new().await;
    let mut body = Value::Object(
        world.request().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
    );
    // What the software development kits send beside.
    body["cacheMode"] = json!("off");
    body["timeoutInSeconds"] = json!(60);
    body["nested"] = json!({ "ignored": [1, null] });
    body["scope"] = json!(null);
    let answer = world.client().post("/oauth/token").json(&body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["scope"], "read:users create:users");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_token_by_http_basic() {
    let world = World::new().await;
    let mut request = world.request();
    request.retain(|(name, _)| !name.starts_with("client_"));
    let client = world.client();
    // The second is form-encoded first, as the standard has it.
    let encoded = world.client_id.replace('c', "%63");
    for id in [&world.client_id, &encoded] {
        let answer = client
            .post("/oauth/token")
            .header("authorization", &world::basic(id, &world.secret))
            .body("application/x-www-form-urlencoded", form(&request))
            .send()
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["token_type"], "Bearer");
    }
}

#[actix_web::test]
async fn a_wrong_secret_is_challenged_where_it_came_from() {
    let world = World::new().await;
    let client = world.client();
    let mut request = world.request();
    request.retain(|(name, _)| !name.starts_with("client_"));
    let by_header = client
        .post("/oauth/token")
        .header("authorization", &world::basic(&world.client_id, "wrong"))
        .body("application/x-www-form-urlencoded", form(&request))
        .send()
        .await;
    insta::assert_json_snapshot!(shown(&by_header), @r#"
    {
      "body": {
        "error": "invalid_client",
        "error_description": "the client is unknown, or its credentials are wrong"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "pragma": "no-cache",
        "www-authenticate": "Basic realm=\"citizenry\", charset=\"UTF-8\""
      },
      "status": 401
    }
    "#);

    let by_body =
        world.post_form("/oauth/token", &world.with_parameter("client_secret", "wrong")).await;
    assert_eq!(by_body.status, 401);
    assert_eq!(by_body.json(), by_header.json());
    assert_eq!(by_body.header("www-authenticate"), "");
    let unknown =
        world.post_form("/oauth/token", &world.with_parameter("client_id", "unknown")).await;
    assert_eq!((unknown.status, unknown.json()), (401, by_header.json()));
}

#[actix_web::test]
async fn every_refusal_has_its_status_and_code() {
    let world = World::new().await;
    let long = "x".repeat(70_000);
    for (name, value, status, code) in [
        ("grant_type", "", 400, "invalid_request"),
        ("grant_type", "password", 400, "unauthorized_client"),
        ("grant_type", "urn:example:none", 400, "unsupported_grant_type"),
        ("audience", "https://nobody.example.com/", 400, "invalid_target"),
        ("audience", "", 400, "invalid_request"),
        ("scope", "delete:users", 400, "invalid_scope"),
        ("scope", "read:users\u{0}", 400, "invalid_request"),
        ("scope", "李雷", 400, "invalid_scope"),
        ("scope", &long, 400, "invalid_request"),
        ("audience", "https://things.example.com/", 403, "access_denied"),
        ("client_id", "", 401, "invalid_client"),
        ("client_secret", "", 401, "invalid_client"),
    ] {
        let answer = world.post_form("/oauth/token", &world.with_parameter(name, value)).await;
        assert_eq!(answer.status, status, "{name}={value:.40}: {}", answer.text());
        assert_eq!(answer.json()["error"], code, "{name}={value:.40}: {}", answer.text());
        assert!(answer.json()["error_description"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[actix_web::test]
async fn repeated_parameters_are_refused() {
    let world = World::new().await;
    for name in ["grant_type", "client_id", "client_secret", "audience", "scope"] {
        let mut request = world.with_parameter("scope", "read:users");
        let twice = request.iter().find(|(known, _)| *known == name).unwrap().clone();
        request.push(twice);
        let answer = world.post_form("/oauth/token", &request).await;
        assert_eq!(answer.status, 400, "{name}");
        assert_eq!(answer.json()["error"], "invalid_request", "{name}");
    }
    let twice = format!(
        r#"{{"grant_type":"client_credentials","client_id":"{0}","client_id":"{0}"}}"#,
        world.client_id
    );
    let client = world.client();
    let answer = client.post("/oauth/token").body("application/json", twice).send().await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
}

#[actix_web::test]
async fn proving_oneself_in_two_ways_is_refused() {
    let world = World::new().await;
    let answer = world
        .client()
        .post("/oauth/token")
        .header("authorization", &world::basic(&world.client_id, &world.secret))
        .body("application/x-www-form-urlencoded", form(&world.request()))
        .send()
        .await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
}

#[actix_web::test]
async fn what_is_no_request_is_refused_in_this_doors_words() {
    let world = World::new().await;
    let client = world.client();
    for (media, body) in [
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", r#"{"grant_type": ["client_credentials", "client_credentials"]}"#),
        ("application/json", r#"{"grant_type": [{}]}"#),
        ("application/x-www-form-urlencoded", "grant_type=%zz"),
        ("application/x-www-form-urlencoded", "grant_type=%ff"),
        ("text/plain", "grant_type=client_credentials"),
    ] {
        let answer = client.post("/oauth/token").body(media, body).send().await;
        assert!(matches!(answer.status, 400 | 415), "{media} {body}: {}", answer.status);
        assert_eq!(answer.json()["error"], "invalid_request", "{media} {body}");
    }
    for header in ["Basic %%%", "Basic bm9jb2xvbg==", "Digest x"] {
        let answer = client
            .post("/oauth/token")
            .header("authorization", header)
            .body("application/x-www-form-urlencoded", form(&world.request()))
            .send()
            .await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{header}");
    }
    let answer = client.get("/oauth/token").send().await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(client.get("/oauth/nothing").send().await.json()["error"], "not_found");
}

#[actix_web::test]
async fn the_audience_may_be_the_host_of_the_request() {
    let world = World::new().await;
    for (host, audience, status) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/api/v1", 200),
        ("127.0.0.1:8080", "https://127.0.0.1:8080/api/v2/", 200),
        ("localhost:8443", "https://localhost:8443/api/v1/", 200),
        ("localhost:8443", "https://localhost:8444/api/v1/", 400),
        ("localhost:8443", "https://localhost:8443/api/v3/", 400),
    ] {
        let answer = world
            .client()
            .post("/oauth/token")
            .header("host", host)
            .body(
                "application/x-www-form-urlencoded",
                form(&world.with_parameter("audience", audience)),
            )
            .send()
            .await;
        assert_eq!(answer.status, status, "{host} {audience}: {}", answer.text());
    }
}

#[actix_web::test]
async fn a_tenants_own_path_serves_its_own_clients() {
    let world = World::new().await;
    let own = world.post_form("/t/default/oauth/token", &world.request()).await;
    assert_eq!(own.status, 200, "{}", own.text());
    for tenant in ["acme", "nobody", "..", "%2e%2e"] {
        let path = format!("/t/{tenant}/oauth/token");
        let answer = world.post_form(&path, &world.request()).await;
        assert!(matches!(answer.status, 401 | 404 | 400), "{tenant}: {}", answer.status);
        assert!(answer.json()["access_token"].is_null());
    }
}

#[actix_web::test]
async fn discovery() {
    let world = World::new().await;
    let client = world.client();
    let answer = client.get("/.well-known/openid-configuration").send().await;
    insta::assert_json_snapshot!("discovery", shown(&answer));
    let other = client.get("/t/acme/.well-known/openid-configuration").send().await;
    assert_eq!(other.json()["issuer"], "https://id.example.com/t/acme/");
    let same = client.get("/t/default/.well-known/openid-configuration").send().await;
    assert_eq!(same.json(), answer.json());
    let nobody = client.get("/t/nobody/.well-known/openid-configuration").send().await;
    assert_eq!((nobody.status, &nobody.json()["error"]), (404, &json!("not_found")));
}

#[actix_web::test]
async fn the_key_set_is_kept_until_it_changes() {
    let world = World::new().await;
    let client = world.client();
    let path = "/.well-known/jwks.json";
    // What most clients expect is there from the beginning, and published ahead.
    let beginning = client.get(path).send().await;
    assert_eq!(algorithms(&beginning), ["RS256"]);
    world.post_form("/oauth/token", &world.request()).await;

    let first = client.get(path).send().await;
    let tag = first.header("etag").to_owned();
    assert_ne!(tag, beginning.header("etag"));
    assert_eq!(first.header("cache-control"), "public, max-age=60");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = client.get(path).header("if-none-match", &known).send().await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    world.oauth.signing_key(&world.tenant, SigningAlgorithm::EdDsa).await.unwrap();
    let changed = client.get(path).header("if-none-match", &tag).send().await;
    assert_eq!(changed.status, 200);
    assert_eq!(algorithms(&changed), ["ES256", "EdDSA", "RS256"]);
    let text = changed.text();
    for private in ["\"d\"", "\"p\"", "\"q\"", "\"dp\"", "\"dq\"", "\"qi\"", "\"k\"", "sealed"] {
        assert!(!text.contains(private), "{private}");
    }
    let foreign = client.get("/t/acme/.well-known/jwks.json").send().await;
    let kids = |answer: &Answer| -> Vec<String> {
        let set = answer.json();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!kids(&foreign).iter().any(|kid| kids(&changed).contains(kid)), "of its own");
}

#[actix_web::test]
async fn the_discovery_document_is_kept_until_it_changes() {
    let world = World::new().await;
    let client = world.client();
    let path = "/.well-known/openid-configuration";
    let first = client.get(path).send().await;
    let tag = first.header("etag").to_owned();
    assert_eq!(first.json()["jwks_uri"].as_str().map(|uri| uri.ends_with("jwks.json")), Some(true));
    let again = client.get(path).header("if-none-match", &tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let foreign = client.get(&format!("/t/acme{path}")).header("if-none-match", &tag).send().await;
    assert_eq!(foreign.status, 200);
    assert_ne!(foreign.header("etag"), tag);
}

/// The algorithms of a key set, each once.
fn algorithms(answer: &Answer) -> Vec<String> {
    let set = answer.json();
    let keys = set["keys"].as_array().unwrap().iter();
    let all: std::collections::BTreeSet<_> =
        keys.map(|key| key["alg"].as_str().unwrap().to_owned()).collect();
    all.into_iter().collect()
}

#[actix_web::test]
async fn the_doors_token_is_good_at_a_door_that_asks_for_it() {
    let world = World::new().await;
    let answer = world.post_form("/oauth/token", &world.request()).await;
    let token = SecretString::from(answer.json()["access_token"].as_str().unwrap());
    let authenticator = citizenry_http_oidc::ManagementAuthenticator::new(world.oauth.clone());
    let _fits_as_app_data = authentication::data(std::sync::Arc::new(authenticator.clone()) as _);
    let origin = citizenry_identity::Origin::default();
    for host in ["127.0.0.1:8080", "id.example.com"] {
        let caller =
            citizenry_http_kit::Authenticator::authenticate(&authenticator, &token, &origin, host);
        assert_eq!(caller.await.unwrap().tenant(), world.tenant.id);
    }
}
