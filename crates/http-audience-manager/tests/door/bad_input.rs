//! What is refused, with status, code and the field that is to blame.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{House, seed_user},
    routes::assert_error,
};

/// A good body, with one member set (or removed, when null is `None`).
fn with(mut body: Value, name: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => body[name] = value,
        None => drop(body.as_object_mut().unwrap().remove(name)),
    }
    body
}

#[test]
fn bad_users_are_refused_by_name_of_their_field() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let mut good = seed_user(house.ids.group);
        (good["username"], good["email"]) = (json!("lilei"), json!("lilei@example.com"));
        let mut cases: Vec<(&str, Option<Value>)> = Vec::new();
        for required in ["username", "status", "firstName", "lastName", "email", "groups"] {
            cases.extend([(required, None), (required, Some(json!(null)))]);
        }
        for text in ["username", "firstName", "lastName", "email", "title", "phoneNumber"] {
            cases.extend([(text, Some(json!(7))), (text, Some(json!("x".repeat(300))))]);
            cases.push((text, Some(json!("a\u{1}b@example.com"))));
        }
        for text in ["username", "firstName", "lastName", "email"] {
            cases.push((text, Some(json!(""))));
        }
        cases.extend([
            ("email", Some(json!("no address"))),
            ("username", Some(json!("two words"))),
            ("status", Some(json!("active"))),
            ("status", Some(json!("PENDING"))),
            ("groups", Some(json!([999_999]))),
            ("groups", Some(json!([house.ids.user]))),
            ("groups", Some(json!([0]))),
            ("groups", Some(json!([-1]))),
            ("groups", Some(json!([i64::MAX]))),
            ("groups", Some(json!(["1"]))),
            ("groups", Some(json!([1.5]))),
            ("groups", Some(json!(7))),
            ("isAdmin", Some(json!("true"))),
            ("password", Some(json!("Quokka!wanders7Far"))),
            ("admin", Some(json!(true))),
            ("uid", Some(json!(7))),
        ]);
        for (name, value) in cases {
            let body = with(good.clone(), name, value);
            let answer = house.post("/aam/v1/users/", &body).await;
            assert_error(&answer, 400, "bad_request", &body.to_string());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains(name), "{name}: {message}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn bad_changes_are_refused() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/aam/v1/users/{}", house.ids.user);
        let good = house.get(&target).await.json();
        let before = house.dump().await;
        for (name, value) in [
            ("username", None),
            ("username", Some(json!(""))),
            ("email", Some(json!(""))),
            ("status", Some(json!(null))),
            ("groups", None),
            ("groups", Some(json!([999_999]))),
            ("isAdmin", Some(json!(true))),
        ] {
            let body = with(good.clone(), name, value);
            let answer = house.put(&target, &body).await;
            assert_error(&answer, 400, "bad_request", &body.to_string());
            assert!(answer.text().contains(name), "{name}: {}", answer.text());
        }
        for id in ["999999", "0", "-1", "x", "9007199254740993", "99999999999999999999"] {
            let target = format!("/aam/v1/users/{id}");
            assert_error(&house.put(&target, &good).await, 404, "not_found", id);
            assert_error(&house.get(&target).await, 404, "not_found", id);
            assert_error(&house.delete(&target).await, 404, "not_found", id);
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn bad_groups_are_refused() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        for (name, value) in [
            ("name", None),
            ("name", Some(json!(""))),
            ("name", Some(json!("x".repeat(256)))),
            ("description", Some(json!("x".repeat(1_025)))),
            ("wildcards", Some(json!(["VIEW_EVERYTHING"]))),
            ("wildcards", Some(json!(null))),
            ("users", Some(json!([999_999]))),
            ("users", Some(json!([0]))),
            ("users", Some(json!(["1"]))),
            ("code", Some(json!("a"))),
        ] {
            let body = with(json!({ "name": "Buyers", "users": [] }), name, value);
            let answer = house.post("/aam/v1/groups/", &body).await;
            assert_error(&answer, 400, "bad_request", &body.to_string());
            assert!(answer.text().contains(name), "{name}: {}", answer.text());
        }
        let body = json!({ "name": "Buyers" });
        for id in ["999999", "0", "x"] {
            let target = format!("/aam/v1/groups/{id}");
            assert_error(&house.put(&target, &body).await, 404, "not_found", id);
            assert_error(&house.get(&target).await, 404, "not_found", id);
            assert_error(&house.delete(&target).await, 404, "not_found", id);
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn bad_list_parameters_are_refused() {
    block_on(async {
        let house = House::new().await;
        for query in [
            "page=-1",
            "page=x",
            "page=",
            "page=99999999999999999999",
            "page=0&page=1",
            "pageSize=0",
            "pageSize=-1",
            "pageSize=1001",
            "sortBy=firstName",
            "sortBy=userid",
            "sortBy=",
            "descending=1",
            "descending=yes",
            "search=%ff",
            "search=%00",
            "folderId=1",
            "groupId=x&page=0",
            "groupId=",
        ] {
            let answer = house.get(&format!("/aam/v1/users/?{query}")).await;
            assert_error(&answer, 400, "bad_request", query);
        }
        for query in ["sortBy=userId", "groupId=1", "pageSize=1001"] {
            let answer = house.get(&format!("/aam/v1/groups/?{query}")).await;
            assert_error(&answer, 400, "bad_request", query);
        }
    });
}

#[test]
fn bad_bulk_bodies_are_refused() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let users = "/aam/v1/users/bulk-delete";
        let too_many: Vec<i64> = (1..=1_001).collect();
        for body in [
            json!(null),
            json!({}),
            json!({ "ids": null }),
            json!({ "ids": [], "force": true }),
            json!(["1"]),
            json!([1.5]),
            json!(7),
            json!(too_many),
        ] {
            let answer = house.post(users, &body).await;
            assert_error(&answer, 400, "bad_request", &body.to_string());
        }
        let token = &house.home.token;
        // The printed body is no JSON.
        let printed = house.client.post(users).bearer(token).body("application/json", "{[1, 2]}");
        assert_error(&printed.send().await, 400, "bad_request", "{[1, 2]}");
        let empty = house.client.post(users).bearer(token).send().await;
        assert_error(&empty, 400, "bad_request", "no body");
        let form = house.client.post(users).bearer(token).body("text/plain", "[1]").send().await;
        assert_error(&form, 415, "unsupported_media_type", "text");
        let large = vec![b' '; (1 << 20) + 1];
        let large = house.client.post(users).bearer(token).body("application/json", large);
        assert_error(&large.send().await, 413, "payload_too_large", "a large body");
        assert_error(&house.get("/aam/v1/users/%zz").await, 400, "bad_request", "%zz");
        assert_eq!(house.dump().await, before);
    });
}
