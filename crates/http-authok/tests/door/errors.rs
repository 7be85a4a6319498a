//! Refusals that no handler gives: unknown routes, methods, media types, sizes, rates.

use std::sync::Arc;

use actix_web::http::Method;
use citizenry_http_authok::{RATE_LIMIT, TABLE};
use citizenry_http_kit::{RateLimiter, testing::SetClock};
use citizenry_testkit::block_on;

use crate::{
    house::{ALL, House, request},
    routes::assert_error,
};

#[test]
fn unknown_routes_and_methods_are_refused_in_shape() {
    block_on(async {
        let house = House::new().await;
        for prefix in ["/api/v1", "/api/v2"] {
            for path in ["", "/", "/nothing", "/users/x/nothing", "/users//roles", "/Users"] {
                let answer = house.get(&format!("{prefix}{path}")).await;
                assert_eq!(answer.status, 404, "{prefix}{path}");
                assert_error(&answer.json(), 404, "not_found", path);
            }
            let answer = house.ask(Method::PUT, &format!("{prefix}/users"), None).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST, GET, HEAD"));
            assert_error(&answer.json(), 405, "method_not_allowed", prefix);
        }
        assert_eq!(house.get("/api/v1/users/batch").await.status, 405);
    });
}

#[test]
fn malformed_targets_are_refused_in_shape() {
    block_on(async {
        let house = House::new().await;
        for prefix in ["/api/v1", "/api/v2"] {
            for path in
                ["/users/%zz", "/users/authok%7", "/users/%ff", "/users/a%00", "/roles/%c0%af"]
            {
                let answer = house.get(&format!("{prefix}{path}")).await;
                assert_eq!(answer.status, 400, "{path}");
                assert_error(&answer.json(), 400, "invalid_uri", path);
            }
            for query in [
                "page=%zz",
                "page=-1",
                "page=x",
                "page=1.5",
                "page=",
                "per_page=0",
                "page=1&page=2",
            ] {
                let answer = house.get(&format!("{prefix}/users?{query}")).await;
                assert_eq!(answer.status, 400, "{query}");
                assert_error(&answer.json(), 400, "invalid_query_string", query);
            }
        }
    });
}

#[test]
fn ids_that_are_none_are_absent() {
    block_on(async {
        let house = House::new().await;
        let long = "a".repeat(3_000);
        for route in TABLE.iter().filter(|route| route.method == "GET" && route.path.contains('{'))
        {
            for id in ["x", "role_x", "con_01j0", "%20", "%E6%9D%8E", "a%2Fb", "%25", &long] {
                let parameters = ["{id}", "{user_id}", "{provider}"];
                let path = parameters
                    .iter()
                    .fold(route.path.to_owned(), |path, name| path.replace(name, id));
                let answer = house.get(&format!("/api/v1{path}")).await;
                assert_eq!(answer.status, 404, "{path}: {}", answer.text());
                assert!(answer.body.len() < 2_000, "{path}");
                let code = answer.json()["errorCode"].as_str().unwrap().to_owned();
                assert!(code.starts_with("inexistent_"), "{path}: {code}");
            }
        }
    });
}

#[test]
fn media_types_and_sizes_are_refused_in_shape() {
    block_on(async {
        let house = House::new().await;
        let send = async |media: &str, body: Vec<u8>| {
            let ask = request(&house.client, Method::POST, "/api/v1/users", None).bearer(ALL);
            ask.body(media, body).send().await
        };
        for media in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
        {
            let answer = send(media, b"{}".to_vec()).await;
            assert_eq!(answer.status, 415, "{media}: {}", answer.text());
            assert_error(&answer.json(), 415, "unsupported_media_type", media);
        }
        let answer = send("application/json", vec![b' '; 10_000_000]).await;
        assert_eq!(answer.status, 413);
        assert_error(&answer.json(), 413, "payload_too_large", "10 MB");
    });
}

#[test]
fn the_vendors_rate_limit_counts_routes_apart() {
    block_on(async {
        let house =
            House::limited(RateLimiter::new(RATE_LIMIT, Arc::new(SetClock::default()))).await;
        for left in ["2", "1", "0"] {
            let answer = house.get("/api/v1/roles").await;
            assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, left));
            assert_eq!(answer.header("x-ratelimit-limit"), "3");
        }
        let answer = house.get("/api/v1/roles").await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));
        assert_error(&answer.json(), 429, "too_many_requests", "one too many");
        assert_eq!(house.get("/api/v1/clients").await.status, 200);
    });
}
