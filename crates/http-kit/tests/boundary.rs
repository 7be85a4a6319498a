//! What a caller sees of the boundary, whatever goes wrong behind it: the door's own words.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::Method, web};
use citizenry_http_kit::{
    Asked, Boundary, Doors, ErrorShape, Metrics, OptionalJson, OriginList, Refusal, RequestContext,
    Routes, StrictJson, StrictQuery, metrics,
    testing::{Answer, Client, PlainShape, boundary},
};
use citizenry_identity::{Error, Kind};
use prometheus_client::registry::Registry;
use serde::Deserialize;
use serde_json::{Value, json};

/// Another door's shape, to tell the two apart.
struct OtherShape;

impl ErrorShape for OtherShape {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        HttpResponse::build(refusal.status()).json(json!({ "other": refusal.message() }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    email: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    page: Option<u32>,
}

async fn create(StrictJson(user): StrictJson<User>) -> HttpResponse {
    HttpResponse::Created().json(json!({ "email": user.email }))
}

async fn list(StrictQuery(paging): StrictQuery<Paging>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "page": paging.page }))
}

async fn show(id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    if *id == "authok|1" {
        return Ok(HttpResponse::Ok().json(json!({ "id": *id })));
    }
    Err(Error::not_found(Kind::User, id).into())
}

async fn delete(OptionalJson(body): OptionalJson<User>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "body": body.map(|user| user.email) }))
}

async fn numbered(number: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().json(*number)
}

async fn context(context: RequestContext) -> HttpResponse {
    HttpResponse::Ok()
        .json(json!({ "id": context.request_id().as_str(), "route": context.route() }))
}

async fn panics() -> HttpResponse {
    panic!("secret inside")
}

async fn never() -> HttpResponse {
    std::future::pending().await
}

async fn broken() -> Result<HttpResponse, Refusal> {
    Err(Error::internal("secret inside").into())
}

async fn foreign() -> Result<HttpResponse, actix_web::Error> {
    Err(actix_web::error::ErrorInternalServerError("secret inside"))
}

/// actix's own extractor, which a door should not use, but might.
async fn lenient(body: web::Json<Value>) -> HttpResponse {
    HttpResponse::Ok().json(body.into_inner())
}

fn configure(config: &mut web::ServiceConfig) {
    let routes = || {
        Routes::new()
            .public_post("/users", create)
            .public_get("/users", list)
            .public_get("/users/{id}", show)
            .route(Method::DELETE, "/users/{id}", citizenry_http_kit::Access::Public, delete)
            .public_get("/numbers/{number}", numbered)
            .public_get("/context", context)
            .public_get("/panics", panics)
            .public_get("/never", never)
            .public_get("/broken", broken)
            .public_get("/foreign", foreign)
            .public_post("/lenient", lenient)
    };
    config
        .service(web::scope("/api/v1").configure(|config| routes().configure(config)))
        .service(web::scope("/other").configure(|config| routes().configure(config)));
}

fn doors() -> Doors {
    Doors::new("plain", PlainShape).at("/other", "other", OtherShape)
}

async fn client() -> Client {
    Client::behind(boundary(doors()), configure).await
}

/// That `answer` refuses with `status` in the plain door's words, and what it says.
fn refusal(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body.get("status"), Some(&json!(status)), "{body}");
    assert!(!answer.header("x-request-id").is_empty());
    body.get("message").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn every_door_refuses_in_its_own_words() {
    let client = client().await;
    let plain = client.get("/api/v1/nothing").send().await;
    assert_eq!(refusal(&plain, 404), "no such route");
    let other = client.get("/other/nothing").send().await;
    assert_eq!((other.status, other.json()), (404, json!({ "other": "no such route" })));
    let other = client.post("/other/users").json(&json!({ "email": 1 })).send().await;
    assert_eq!(other.status, 400);
    let message = "email: invalid type: integer `1`, expected a string";
    assert_eq!(other.json(), json!({ "other": message }));
}

#[actix_web::test]
async fn a_use_cases_error_is_rendered_and_success_passes() {
    let client = client().await;
    let found = client.get("/api/v1/users/authok%7C1").send().await;
    assert_eq!(found.json(), json!({ "id": "authok|1" }));
    let absent = client.get("/api/v1/users/authok%7C2").send().await;
    assert_eq!(refusal(&absent, 404), "user authok|2 not found");
}

#[actix_web::test]
async fn wrong_methods_are_told_which_are_right() {
    let client = client().await;
    let answer = client.put("/api/v1/users").send().await;
    assert_eq!(refusal(&answer, 405), "method not allowed");
    assert_eq!(answer.header("allow"), "POST, GET, HEAD");
    let head = client.request(Method::HEAD, "/api/v1/users").send().await;
    assert_eq!(head.status, 200);
    let odd = client.request(Method::from_bytes(b"BREW").unwrap(), "/api/v1/users").send().await;
    assert_eq!(refusal(&odd, 405), "method not allowed");
}

#[actix_web::test]
async fn malformed_paths_and_queries_are_refused() {
    let client = client().await;
    for path in ["/api/v1/users/%zz", "/api/v1/users/%ff", "/api/v1/users/a%00", "/nothing/%"] {
        let message = refusal(&client.get(path).send().await, 400);
        assert!(message.starts_with("the path "), "{path}: {message}");
    }
    let answer = client.get("/api/v1/numbers/seven").send().await;
    assert!(refusal(&answer, 400).contains("seven"));
    for query in ["page=-1", "page=1&page=2", "page=%ff", "page=%zz"] {
        let answer = client.get(&format!("/api/v1/users?{query}")).send().await;
        refusal(&answer, 400);
        assert_eq!(answer.json()["field"], "page", "{query}");
    }
    let answer = client.get("/api/v1/users?pgae=1").send().await;
    refusal(&answer, 400);
    assert_eq!(answer.json()["field"], "pgae");
}

#[actix_web::test]
async fn bodies_that_do_not_fit_are_refused_and_name_the_field() {
    let client = client().await;
    let send = async |body: &[u8]| {
        let body = web::Bytes::copy_from_slice(body);
        client.post("/api/v1/users").body("application/json", body).send().await
    };
    for (body, field, part) in [
        (&br#"{"email":"a","email":"b"}"#[..], json!("email"), "twice"),
        (br#"{"email":"a","admin":true}"#, json!("admin"), "unknown field"),
        (b"{}", json!("email"), "missing field"),
        (br#"{"email":["\u0000"]}"#, json!("email[0]"), "NUL"),
        (b"{\"email\":\"\xff\"}", Value::Null, "UTF-8"),
        (br#"{"email":"a""#, Value::Null, "not valid JSON"),
        (b"", Value::Null, "required"),
    ] {
        let answer = send(body).await;
        let message = refusal(&answer, 400);
        assert!(message.contains(part), "{message}");
        assert_eq!(answer.json()["field"], field, "{message}");
    }
    let deep = "[".repeat(10_000);
    assert!(refusal(&send(deep.as_bytes()).await, 400).contains("recursion limit"));
    let ok = send(r#"{"email":"fioman@qq.com"}"#.as_bytes()).await;
    assert_eq!((ok.status, ok.json()), (201, json!({ "email": "fioman@qq.com" })));
}

#[actix_web::test]
async fn large_bodies_and_other_media_types_are_refused() {
    let client = client().await;
    let large = "x".repeat(10 << 20);
    let answer = client.post("/api/v1/users").body("application/json", large).send().await;
    assert_eq!(refusal(&answer, 413), "the body is larger than 1048576 bytes");
    let answer = client.post("/api/v1/users").body("text/plain", "email=a").send().await;
    assert!(refusal(&answer, 415).contains("application/json"));
    let answer = client.post("/api/v1/users").body("", r#"{"email":"a"}"#).send().await;
    assert!(refusal(&answer, 415).contains("application/json"));
    let answer = client.post("/api/v1/lenient").body("text/plain", "{}").send().await;
    assert!(refusal(&answer, 415).contains("application/json"));
    let answer = client.post("/api/v1/lenient").body("application/json", "{").send().await;
    assert!(refusal(&answer, 400).contains("EOF"));
}

#[actix_web::test]
async fn deletes_may_carry_a_body_or_none() {
    let client = client().await;
    let none = client.delete("/api/v1/users/1").send().await;
    assert_eq!(none.json(), json!({ "body": null }));
    let some = client.delete("/api/v1/users/1").json(&json!({ "email": "a" })).send().await;
    assert_eq!(some.json(), json!({ "body": "a" }));
}

#[actix_web::test]
async fn failures_are_answered_and_keep_their_causes_inside() {
    let client = client().await;
    for path in ["/api/v1/panics", "/api/v1/broken", "/api/v1/foreign"] {
        let answer = client.get(path).send().await;
        assert_eq!(refusal(&answer, 500), "internal error", "{path}");
    }
    assert_eq!(client.get("/api/v1/users/authok%7C1").send().await.status, 200, "it lives on");
}

#[actix_web::test]
async fn a_request_without_end_is_answered_at_its_deadline() {
    let boundary = boundary(doors()).deadline(Some(Duration::ZERO));
    let client = Client::behind(boundary, configure).await;
    let answer = client.get("/api/v1/never").send().await;
    assert_eq!(refusal(&answer, 503), "the request took too long");
    assert_eq!(answer.header("retry-after"), "1");
}

#[actix_web::test]
async fn the_request_id_is_in_the_answer_and_at_hand() {
    let client = client().await;
    let sent = client.get("/api/v1/context").header("x-request-id", "abc-1").send().await;
    assert_eq!(sent.header("x-request-id"), "abc-1");
    assert_eq!(sent.json(), json!({ "id": "abc-1", "route": "/api/v1/context" }));
    let (first, second) =
        (client.get("/api/v1/context").send().await, client.get("/api/v1/context").send().await);
    assert_eq!(first.json()["id"], first.header("x-request-id"));
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[actix_web::test]
async fn requests_are_counted_by_pattern_whatever_becomes_of_them() {
    let mut registry = Registry::default();
    let boundary: Boundary = boundary(doors()).metrics(Metrics::register(&mut registry));
    let registry = Arc::new(registry);
    let client = Client::behind(boundary, |config| {
        configure(config);
        metrics::configure(config, registry);
    })
    .await;
    for path in ["/api/v1/users/1", "/api/v1/users/2", "/other/panics", "/api/v1/made-up"] {
        client.get(path).send().await;
    }
    let text = client.get("/metrics").send().await.text();
    for (door, route, class, count) in [
        ("plain", "/api/v1/users/{id}", "4xx", 2),
        ("other", "/other/panics", "5xx", 1),
        ("plain", "unmatched", "4xx", 1),
    ] {
        let line = format!(
            "_count{{door=\"{door}\",route=\"{route}\",method=\"GET\",status=\"{class}\"}} {count}"
        );
        assert!(text.contains(&line), "{line} in {text}");
    }
    assert!(text.contains("http_requests_in_flight 1"), "only this one: {text}");
    assert!(!text.contains("made-up"));
}

#[actix_web::test]
async fn scripts_of_registered_origins_may_ask_and_read_refusals() {
    let origins = Arc::new(OriginList(vec!["https://app.example.org".to_owned()]));
    let client = Client::behind(boundary(doors()).allowed_origins(origins), configure).await;
    let preflight = async |origin: &str| {
        let request = client.request(Method::OPTIONS, "/api/v1/users").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "x-tenant").send().await
    };
    let allowed = preflight("https://app.example.org").await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example.org");
    assert_eq!(allowed.header("access-control-allow-headers"), "x-tenant");
    let foreign = preflight("https://evil.example.org").await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (405, ""));
    assert_eq!(foreign.header("vary"), "origin");
    for path in ["/api/v1/users", "/api/v1/made-up", "/api/v1/panics"] {
        let answer = client.get(path).header("origin", "https://app.example.org").send().await;
        let origin = answer.header("access-control-allow-origin");
        assert_eq!(origin, "https://app.example.org", "{path}");
    }
}

/// Words that depend on who asked: whether the request is still there, and the handler's own error.
struct AskingShape;

impl ErrorShape for AskingShape {
    fn render(&self, _: &Refusal) -> HttpResponse {
        unreachable!("the boundary knows the request")
    }

    fn render_to(&self, refusal: &Refusal, asked: &Asked<'_>) -> HttpResponse {
        let own = asked.error.and_then(|error| error.as_error::<actix_web::error::PayloadError>());
        HttpResponse::build(refusal.status()).json(json!({
            "path": asked.request.map(|request| request.path().to_owned()),
            "own": own.is_some(),
            "id": asked.context.request_id().as_str(),
        }))
    }
}

#[actix_web::test]
async fn a_shape_may_look_at_the_request_and_at_the_handlers_own_error() {
    let own = async || {
        Err::<HttpResponse, _>(actix_web::Error::from(
            actix_web::error::PayloadError::EncodingCorrupted,
        ))
    };
    let client = Client::behind(boundary(Doors::new("asking", AskingShape)), move |config| {
        config.route("/own", web::get().to(own)).route("/panics", web::get().to(panics));
    })
    .await;
    let ask = async |path: &str| client.get(path).header("x-request-id", "r-1").send().await.json();
    assert_eq!(ask("/own").await, json!({ "path": "/own", "own": true, "id": "r-1" }));
    assert_eq!(ask("/nothing").await, json!({ "path": "/nothing", "own": false, "id": "r-1" }));
    // The request is gone with its handler.
    assert_eq!(ask("/panics").await, json!({ "path": null, "own": false, "id": "r-1" }));
}
