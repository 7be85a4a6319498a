//! Groups, their permissions, and what permissions there are.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::House,
    routes::assert_error,
    users::{keys, named},
};

#[test]
fn groups_are_made_changed_and_deleted() {
    block_on(async {
        let house = House::new().await;
        let body = json!({ "name": "Buyers", "description": null });
        let made = house.post("/aam/api/v1/groups", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let printed =
            ["groupId", "pid", "name", "description", "membershipCount", "wildcards", "users"];
        assert_eq!(keys(&made), named(&printed));
        assert_eq!(made["pid"], house.home.tenant.number.get());
        assert_eq!((&made["wildcards"], &made["users"]), (&json!([]), &json!([])));
        let target = format!("/aam/v1/groups/{}", made["groupId"]);
        let (one, other) = (house.ids.user, house.ids.second_user);
        let body = json!({
            "name": "Buyers", "description": "They buy", "users": [other, one],
            "wildcards": ["VIEW_TAGS", "CREATE_ALL_TRAITS"],
        });
        let changed = house.put(&target, &body).await.json();
        assert_eq!(changed["users"], json!([one, other]));
        assert_eq!(changed["membershipCount"], 2);
        assert_eq!(changed["wildcards"], json!(["CREATE_ALL_TRAITS", "VIEW_TAGS"]));
        // Written back as read, and without the members that no document says how to write.
        assert_eq!(house.put(&target, &changed).await.json(), changed);
        let body = json!({ "name": "Buyers", "description": "They buy" });
        assert_eq!(house.put(&target, &body).await.json(), changed);
        let user = house.get(&format!("/aam/v1/users/{one}")).await.json();
        assert!(user["groups"].as_array().unwrap().contains(&made["groupId"]), "{user}");
        assert_eq!(house.delete(&target).await.status, 204);
        let user = house.get(&format!("/aam/v1/users/{one}")).await.json();
        assert_eq!(user["groups"], json!([house.ids.group]));
    });
}

#[test]
fn groups_are_deleted_in_bulk_by_either_method() {
    block_on(async {
        for method in [Method::DELETE, Method::POST] {
            let house = House::new().await;
            let (one, other) = (house.ids.group, house.ids.second_group);
            let target = "/aam/v1/groups/bulk-delete";
            let before = house.dump().await;
            let unknown = json!([one, 999_999]);
            let answer = house.ask(method.clone(), target, Some(&unknown)).await;
            assert_error(&answer, 404, "not_found", "an unknown group");
            assert_eq!(house.dump().await, before);
            let answer = house.ask(method, target, Some(&json!([one, other]))).await;
            assert_eq!(answer.status, 204, "{}", answer.text());
            assert_eq!(house.get("/aam/v1/groups/").await.json(), json!([]));
        }
    });
}

#[test]
fn permissions_are_replaced_as_a_whole() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/aam/v1/groups/{}/permissions", house.ids.group);
        let first = json!([
            { "objectType": "SEGMENT", "objectId": 24, "permissions": ["READ", "WRITE"] },
        ]);
        assert_eq!(house.get(&target).await.json(), first);
        let new = json!([
            { "objectType": "TRAIT", "objectId": "7", "permissions": ["WRITE", "READ"] },
        ]);
        let shown = json!([
            { "objectType": "TRAIT", "objectId": 7, "permissions": ["READ", "WRITE"] },
        ]);
        assert_eq!(house.put(&target, &new).await.json(), shown);
        assert_eq!(house.get(&target).await.json(), shown);
        assert_eq!(house.put(&target, &json!([])).await.json(), json!([]));
        for body in [
            json!([{ "objectType": "TAGS", "objectId": 7, "permissions": ["READ"] }]),
            json!([{ "objectType": "ALIEN", "objectId": 7, "permissions": ["READ"] }]),
            json!([{ "objectType": "TRAIT", "objectId": "x", "permissions": ["READ"] }]),
            json!([{ "objectType": "TRAIT", "objectId": 7, "permissions": ["read"] }]),
            json!([{ "objectType": "TRAIT", "permissions": ["READ"] }]),
            json!({ "objectType": "TRAIT", "objectId": 7, "permissions": ["READ"] }),
        ] {
            let answer = house.put(&target, &body).await;
            assert_error(&answer, 400, "bad_request", &body.to_string());
        }
        for group in ["999999", "0", "x"] {
            let target = format!("/aam/v1/groups/{group}/permissions");
            assert_error(&house.get(&target).await, 400, "bad_request", &target);
            assert_error(&house.put(&target, &json!([])).await, 400, "bad_request", &target);
        }
    });
}

#[test]
fn permissions_that_there_are_can_be_read() {
    block_on(async {
        let house = House::new().await;
        let types = house.get("/aam/api/v1/permissionable-object-types/").await.json();
        let all = json!(["SEGMENT", "TRAIT", "DESTINATION", "DERIVED_SIGNALS", "TAGS"]);
        assert_eq!(types, all);
        for name in types.as_array().unwrap().iter().filter_map(Value::as_str) {
            let target = format!("/aam/v1/permissionable-object-types/{name}/");
            let permissions = house.get(&target).await.json();
            assert_eq!(keys(&permissions), named(&["wildcard", "perObject"]));
            assert!(!permissions["wildcard"].as_array().unwrap().is_empty(), "{name}");
            let single = !permissions["perObject"].as_array().unwrap().is_empty();
            assert_eq!(single, !["TAGS", "DERIVED_SIGNALS"].contains(&name), "{name}");
        }
        let answer = house.get("/aam/v1/permissionable-object-types/segment").await;
        assert_error(&answer, 404, "not_found", "types are written in upper case");
    });
}
