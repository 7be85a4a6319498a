//! The password policy of a connection, which this door sets and keeps.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{house::House, routes::assert_error};

/// Eight lower-case letters that no list of common passwords has.
const TWO_CLASSES: &str = "qvxzkwj7";
const THREE_CLASSES: &str = "Qvxzkwj7wq";

fn user(connection: &str, name: &str, password: &str) -> Value {
    json!({
        "connection": connection, "email": format!("{name}@example.com"), "password": password,
    })
}

#[test]
fn a_connections_policy_refuses_weak_passwords_and_says_why() {
    block_on(async {
        let house = House::with_password_rules().await;
        let body = json!({
            "name": "careful", "strategy": "authok", "options": { "passwordPolicy": "good" },
        });
        let made = house.post("/api/v1/connections", &body).await;
        assert_eq!(made.status, 200, "{}", made.text());
        for prefix in ["/api/v1", "/api/v2"] {
            let users = format!("{prefix}/users");
            let weak = house.post(&users, &user("careful", "weak", TWO_CLASSES)).await;
            assert_error(&weak.json(), 400, "invalid_body", &weak.text());
            let message = weak.json()["message"].as_str().unwrap().to_owned();
            let rule = "contain at least 3 of the following 4 types of characters";
            assert!(message.starts_with("password: ") && message.contains(rule), "{message}");
            assert!(!message.contains("at least 8 characters"), "a rule that is kept: {message}");
            let short = house.post(&users, &user("careful", "short", "Qv7-")).await.json();
            let message = short["message"].as_str().unwrap();
            assert!(message.contains("at least 8 characters in length"), "{message}");
        }
        let found = house.get("/api/v1/users-by-email?email=weak%40example.com").await;
        assert_eq!(found.json(), json!([]), "a refused password makes no user");
        // Where the connection says nothing, the tenant's own policy asks for no classes.
        let elsewhere = house.post("/api/v1/users", &user("people", "weak", TWO_CLASSES)).await;
        assert_eq!(elsewhere.status, 200, "{}", elsewhere.text());
        let strong = house.post("/api/v1/users", &user("careful", "strong", THREE_CLASSES)).await;
        assert_eq!(strong.status, 200, "{}", strong.text());
        let id = strong.json()["user_id"].as_str().unwrap().to_owned();
        let change = json!({ "password": TWO_CLASSES, "connection": "careful" });
        let changed = house.patch(&format!("/api/v2/users/{id}"), &change).await;
        assert_error(&changed.json(), 400, "invalid_body", &changed.text());
    });
}

#[test]
fn a_policy_that_cannot_be_read_is_refused_when_it_is_set() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/connections/{}", house.ids.connection);
        let before = house.dump().await;
        for (options, field) in [
            (json!({ "passwordPolicy": "splendid" }), "options.passwordPolicy"),
            (
                json!({ "passwordPolicy": "good", "password_complexity_options": 8 }),
                "options.password_complexity_options",
            ),
        ] {
            let answer = house.patch(&target, &json!({ "options": options })).await;
            assert_error(&answer.json(), 400, "invalid_body", &answer.text());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with(&format!("{field}: ")), "{message}");
        }
        assert_eq!(house.dump().await, before);
    });
}
