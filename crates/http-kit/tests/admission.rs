//! Who is let in: tokens, the order of checks, rate limits.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_http_kit::{
    Access, Authenticated, Authenticator, QueryToken, RateLimit, RateLimiter, Routes, StrictJson,
    authentication,
    testing::{Client, SetClock, fixed_moment},
};
use citizenry_identity::{ClientId, Error, Number, Origin, TenantId, TenantName, TimeZone};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// Knows two tokens, `one` and `two`; looks at the host as the real one does for audiences.
struct TwoTokens {
    one: Caller,
    two: Caller,
}

impl TwoTokens {
    fn new() -> Arc<Self> {
        let moment = fixed_moment();
        let tenant = TenantId::generate(&moment);
        let caller = || {
            let subject = Subject::Client(ClientId::generate(&moment));
            let origin = Origin::default();
            let tenant = CallerTenant {
                id: tenant,
                number: Number::FIRST,
                name: TenantName::from_stored("default".to_owned()),
                display_name: "default".to_owned(),
                time_zone: TimeZone::utc(),
                phone_country: 86,
            };
            Caller::new(tenant, subject, Credential::AccessToken, Permissions::none(), origin)
        };
        Arc::new(Self { one: caller(), two: caller() })
    }
}

#[async_trait]
impl Authenticator for TwoTokens {
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        host: &str,
    ) -> Result<Caller, Error> {
        assert!(origin.request_id.is_some());
        match (bearer.expose_secret(), host) {
            ("one", "localhost:8080") => Ok(self.one.clone()),
            ("two", _) => Ok(self.two.clone()),
            _ => Err(Error::Unauthenticated),
        }
    }
}

async fn create(
    Authenticated(caller): Authenticated,
    StrictJson(body): StrictJson<Value>,
) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "subject": format!("{:?}", caller.subject()), "body": body }))
}

async fn open() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn routes() -> Routes {
    Routes::new().post("/users", create).get("/users/{id}", open).public_get("/open", open)
}

async fn client(limiter: Option<web::Data<RateLimiter>>) -> Client {
    Client::new(move |config| {
        config.app_data(authentication::data(TwoTokens::new()));
        if let Some(limiter) = limiter {
            config.app_data(limiter);
        }
        routes().configure(config);
    })
    .await
}

#[test]
fn the_table_lists_its_routes() {
    let list: Vec<_> = routes()
        .entries()
        .map(|entry| (entry.method.to_string(), entry.pattern, entry.access))
        .collect();
    assert_eq!(
        list,
        [
            ("POST".to_owned(), "/users", Access::Authenticated),
            ("GET".to_owned(), "/users/{id}", Access::Authenticated),
            ("GET".to_owned(), "/open", Access::Public),
        ]
    );
}

#[actix_web::test]
async fn a_token_stands_in_the_query_of_a_get_where_a_door_takes_it_there() {
    let configured = |token: Option<QueryToken>| {
        Client::new(move |config| {
            config.app_data(authentication::data(TwoTokens::new()));
            if let Some(token) = token {
                config.app_data(token);
            }
            routes().configure(config);
        })
    };
    let client = configured(Some(QueryToken("access_token"))).await;
    let status = async |target: &str| client.get(target).send().await.status;
    assert_eq!(status("/users/1?access_token=two").await, 200);
    assert_eq!(status("/users/1?access_token=three").await, 401);
    assert_eq!(status("/users/1?access_token=two&access_token=two").await, 400);
    assert_eq!(status("/users/1?token=two").await, 401);
    let posted = client.post("/users?access_token=two").json(&json!({})).send().await;
    assert_eq!(posted.status, 401);
    // The header goes before the query.
    let both = client.get("/users/1?access_token=three").bearer("two").send().await;
    assert_eq!(both.status, 200);
    let elsewhere = configured(None).await;
    assert_eq!(elsewhere.get("/users/1?access_token=two").send().await.status, 401);
}

#[actix_web::test]
async fn a_good_token_is_let_in_and_its_caller_handed_on() {
    let client = client(None).await.with_header("host", "localhost:8080");
    let ask = async |token: &str| {
        client.post("/users").bearer(token).json(&json!({ "a": 1 })).send().await.json()
    };
    let (one, two) = (ask("one").await, ask("two").await);
    assert_eq!(one["body"], json!({ "a": 1 }));
    assert!(one["subject"].as_str().unwrap().starts_with("Client("));
    assert_ne!(one["subject"], two["subject"]);
}

#[actix_web::test]
async fn others_are_told_why_before_their_body_is_looked_at() {
    let client = client(None).await;
    let realm = "Bearer realm=\"citizenry\"";
    for (headers, status, challenge) in [
        (&[][..], 401, realm.to_owned()),
        (&["Bearer one"], 401, format!("{realm}, error=\"invalid_token\"")),
        (&["Bearer a b"], 401, format!("{realm}, error=\"invalid_request\"")),
        (&["Basic YTpi"], 401, format!("{realm}, error=\"invalid_request\"")),
        (&["Bearer two", "Bearer two"], 400, format!("{realm}, error=\"invalid_request\"")),
    ] {
        let mut ask = client.post("/users").body("application/json", "{not json");
        for value in headers {
            ask = ask.header("authorization", value);
        }
        let answer = ask.send().await;
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text());
        assert_eq!(answer.json()["status"], status);
        assert_eq!(answer.header("www-authenticate"), challenge, "{headers:?}");
    }
    assert_eq!(client.get("/open").send().await.status, 200);
}

#[actix_web::test]
async fn the_fourth_request_in_a_second_is_refused_for_its_caller_and_route_alone() {
    let clock = SetClock::default();
    let limit = RateLimit::per_second(NonZeroU32::new(3).unwrap());
    let limiter = web::Data::new(RateLimiter::new(limit, Arc::new(clock.clone())));
    let client = client(Some(limiter)).await.with_header("host", "localhost:8080");
    let get =
        async |token: &str, id: u32| client.get(&format!("/users/{id}")).bearer(token).send().await;
    for remaining in ["2", "1", "0"] {
        let answer = get("one", 1).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, "3"));
        assert_eq!(answer.header("x-ratelimit-remaining"), remaining);
    }
    let refused = get("one", 2).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"), "one route, two ids");
    assert_eq!(refused.json()["message"], "too many requests");
    assert_eq!(refused.header("x-ratelimit-reset"), "1647041625");
    assert_eq!(get("two", 1).await.status, 200);
    let other = client.post("/users").bearer("one").json(&json!({})).send().await;
    assert_eq!(other.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(get("one", 1).await.status, 200);
    let peer = "192.0.2.7:4711".parse().unwrap();
    for status in [401, 401, 401, 429] {
        let answer = client.get("/users/1").bearer("wrong").peer(peer).send().await;
        assert_eq!(answer.status, status, "addresses are counted too");
    }
}
