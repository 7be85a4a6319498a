//! Bodies that are wrong: each gets its 4xx in shape, and changes nothing.

use actix_web::http::Method;
use citizenry_http_authok::{Prefix, TABLE};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    examples::example,
    house::{ALL, House, request},
};

/// Values of wrong type, range, length or form, by field, for making and for changing a user.
fn bad_fields() -> Vec<(&'static str, Vec<Value>)> {
    let long = "x".repeat(100_000);
    let local = format!("{}@example.com", "x".repeat(65));
    vec![
        (
            "email",
            vec![json!(1), json!(true), json!([]), json!("no-at-sign"), json!("a@"), json!(local)],
        ),
        ("email", vec![json!("a@b.example\n"), json!(format!("a@{}.example", "b".repeat(60)))]),
        (
            "username",
            vec![json!(1), json!("x".repeat(33)), json!(long), json!("a\u{0}b"), json!("a b")],
        ),
        (
            "phone_number",
            vec![json!(18_600_002_222_i64), json!("no-number"), json!("1".repeat(40))],
        ),
        ("gender", vec![json!("1"), json!(3), json!(-1), json!(1.5), json!([]), json!(1e30)]),
        ("blocked", vec![json!("true"), json!(1)]),
        ("phone_number_verified", vec![json!("yes"), json!(0)]),
        ("name", vec![json!(1), json!({}), json!(long), json!("a\u{0}b"), json!("a\u{7}b")]),
        ("nickname", vec![json!(1), json!(long)]),
        ("given_name", vec![json!(1), json!("x".repeat(151))]),
        ("family_name", vec![json!([]), json!("x".repeat(151))]),
        (
            "picture",
            vec![
                json!(1),
                json!("javascript:alert(1)"),
                json!(format!("https://a.example/{long}")),
            ],
        ),
        ("password", vec![json!(1), Value::Null, json!([]), json!(long)]),
        (
            "user_metadata",
            vec![json!("text"), json!([]), json!({ "a": long }), json!({ "a": "\u{0}" })],
        ),
        ("app_metadata", vec![json!(1), json!({ "\u{0}": 1 }), nested(17)]),
        ("email_verified", vec![json!("true")]),
        ("no_such_field", vec![json!(1)]),
        ("__proto__", vec![json!({})]),
    ]
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({}), |inner, _| json!({ "a": inner }))
}

fn refused(answer: &citizenry_http_kit::testing::Answer, field: &str, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    let body = answer.json();
    assert_eq!(body["errorCode"], "invalid_body", "{what}");
    let message = body["message"].as_str().unwrap();
    assert!(
        message.starts_with(field) || message.contains("U+0000") || message.contains("NUL"),
        "{what}: {message}"
    );
    assert!(message.len() < 1_000, "{what}: {} bytes", message.len());
}

#[test]
fn a_users_wrong_fields_are_named() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        for prefix in Prefix::ALL {
            let users = format!("{}/users", prefix.path());
            let user = format!("{users}/{}", house.ids.user);
            for (field, values) in bad_fields() {
                for value in values {
                    let what: String = format!("{field}={value}").chars().take(80).collect();
                    let mut body = json!({ "connection": "authok", "email": "bad@example.com" });
                    body[field] = value.clone();
                    refused(&house.post(&users, &body).await, field, &what);
                    refused(&house.patch(&user, &json!({ field: value })).await, field, &what);
                }
            }
            for field in [
                "user_id",
                "identities",
                "logins_count",
                "created_at",
                "last_ip",
                "signup_at",
                "updated_at",
            ] {
                refused(&house.patch(&user, &json!({ field: 1 })).await, field, field);
            }
            for body in [
                json!({ "email": "x@example.com" }),
                json!({ "connection": null }),
                json!({ "connection": 7 }),
            ] {
                refused(&house.post(&users, &body).await, "connection", "no connection");
            }
            for connection in ["none", "github", "a b", ""] {
                let body = json!({ "connection": connection, "email": "bad@example.com" });
                let answer = house.post(&users, &body).await;
                refused(&answer, "connection", connection);
                let expected = if prefix == Prefix::V1 { "invalid_request" } else { "Bad Request" };
                assert_eq!(answer.json()["error"], expected);
            }
            refused(
                &house.post(&users, &json!({ "connection": "authok", "username": "" })).await,
                "username",
                "empty",
            );
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn every_body_is_read_strictly() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let deep = format!("{{\"a\":{}", "[".repeat(10_000));
        let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        for route in TABLE {
            let (path, Some(body)) = example(route, &house.ids) else { continue };
            let good = body.to_string();
            let open = good.strip_suffix('}').unwrap();
            let first = body.as_object().unwrap().iter().next().unwrap();
            let bodies: Vec<Vec<u8>> = vec![
                Vec::new(),
                b"   ".to_vec(),
                b"null".to_vec(),
                b"[]".to_vec(),
                b"12".to_vec(),
                b"connection=authok".to_vec(),
                open.as_bytes().to_vec(),
                format!("{good}{good}").into_bytes(),
                format!("{open},\"no_such_field\":1}}").into_bytes(),
                format!("{open},\"{}\":{}}}", first.0, first.1).into_bytes(),
                [open.as_bytes(), b",\"x\":\"\xff\"}"].concat(),
                format!("{open},\"x\":\"\\ud800\"}}").into_bytes(),
                deep.clone().into_bytes(),
                objects.clone().into_bytes(),
                format!(
                    "{{\"{}\":{}}}",
                    first.0,
                    if first.1.is_number() { "\"x\"" } else { "1e400" }
                )
                .into_bytes(),
            ];
            for bytes in bodies {
                let shown: String = String::from_utf8_lossy(&bytes).chars().take(80).collect();
                let method: Method = route.method.parse().unwrap();
                let target = format!("/api/v1{path}");
                let ask = request(&house.client, method, &target, None).bearer(ALL);
                let answer = ask.body("application/json", bytes).send().await;
                assert_eq!(answer.status, 400, "{} {shown}: {}", route.name, answer.text());
                assert_eq!(answer.json()["errorCode"], "invalid_body", "{} {shown}", route.name);
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn lists_in_bodies_are_limited() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let many = vec!["authok|x"; 1_001];
        let role = format!("/api/v1/roles/{}/users", house.ids.role);
        refused(&house.post(&role, &json!({ "users": many })).await, "users", "role users");
        let body = json!({ "user_ids": many });
        let answer = house.ask(Method::DELETE, "/api/v1/users/batch", Some(&body)).await;
        refused(&answer, "user_ids", "batch");
        let target = format!("/api/v1/users/{}/permissions", house.ids.user);
        let item = json!({ "resource_server_identifier": "a", "permission_name": "b" });
        refused(
            &house.post(&target, &json!({ "permissions": vec![item; 1_001] })).await,
            "permissions",
            "many",
        );
        for body in [
            json!({ "permissions": [{}] }),
            json!({ "permissions": [1] }),
            json!({ "permissions": [["a", "b"]] }),
        ] {
            refused(&house.post(&target, &body).await, "permissions", "malformed");
        }
        assert_eq!(house.dump().await, before);
    });
}
