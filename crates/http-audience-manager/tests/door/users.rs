//! Users: the seed's examples, states, what cannot be shown, and what conflicts.

use std::collections::BTreeSet;

use citizenry_authz::Caller;
use citizenry_directory::{UserChanges, UserRef};
use citizenry_identity::{Number, Patch, ProfileChanges, Text};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{House, seed_user},
    routes::assert_error,
};

/// The keys that the vendor prints of a user.
const KEYS: [&str; 10] = [
    "pid",
    "userId",
    "username",
    "status",
    "firstName",
    "lastName",
    "email",
    "title",
    "phoneNumber",
    "groups",
];

pub(crate) fn keys(body: &Value) -> BTreeSet<String> {
    body.as_object().unwrap().keys().cloned().collect()
}

pub(crate) fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Keys and types as they are printed.
pub(crate) fn assert_user(body: &Value) {
    assert_eq!(keys(body), named(&KEYS), "{body}");
    assert!(body["pid"].is_i64() && body["userId"].is_i64(), "{body}");
    for text in ["username", "status", "firstName", "lastName", "email"] {
        assert!(body[text].is_string(), "{text} in {body}");
    }
    for text in ["title", "phoneNumber"] {
        assert!(body[text].is_string() || body[text].is_null(), "{text} in {body}");
    }
    assert!(body["groups"].as_array().unwrap().iter().all(Value::is_i64), "{body}");
}

/// The body of updateUser that writes what `user` reads as.
fn unchanged(user: &Value) -> Value {
    let mut body = user.clone();
    body.as_object_mut().unwrap().retain(|key, _| key != "isAdmin");
    body
}

#[test]
fn the_seeds_examples_answer_as_printed() {
    block_on(async {
        let house = House::new().await;
        let group = house.ids.group;
        let mut body = seed_user(group);
        body["username"] = json!("lilei");
        body["email"] = json!("lilei@example.com");
        let made = house.post("/aam/api/v1/users/", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let mut made = made.json();
        assert_eq!(made["isAdmin"], "false");
        made.as_object_mut().unwrap().remove("isAdmin");
        assert_user(&made);
        for (name, value) in body.as_object().unwrap().iter().filter(|(name, _)| *name != "isAdmin")
        {
            assert_eq!(made[name], *value, "{name}");
        }
        let target = format!("/aam/api/v1/users/{}", made["userId"]);
        assert_eq!(house.get(&target).await.json(), made);
        body.as_object_mut().unwrap().remove("isAdmin");
        body["lastName"] = json!("Li");
        let changed = house.put(&target, &body).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_user(&changed.json());
        assert_eq!(changed.json()["lastName"], "Li");
        let answer = house.delete(&target).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        assert_error(&house.get(&target).await, 404, "not_found", "a deleted user");
    });
}

#[test]
fn an_administrator_is_made_and_told_as_text() {
    block_on(async {
        let house = House::new().await;
        let mut body = seed_user(house.ids.group);
        (body["username"], body["email"]) = (json!("boss"), json!("boss@example.com"));
        body["isAdmin"] = json!(true);
        let made = house.post("/aam/v1/users", &body).await.json();
        assert_eq!(made["isAdmin"], "true");
        let password = house.mailed_password().await;
        let token = house.sign_in("boss", &password).await.json();
        let token = token["access_token"].as_str().unwrap();
        let list = house.ask_as(token, "GET".parse().unwrap(), "/aam/v1/users/", None).await;
        assert_eq!(list.status, 200);
    });
}

#[test]
fn the_three_states_are_written_and_read() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/aam/v1/users/{}", house.ids.user);
        let mut body = unchanged(&house.get(&target).await.json());
        for status in ["LOCKED", "INACTIVE", "ACTIVE", "INACTIVE", "LOCKED", "ACTIVE"] {
            body["status"] = json!(status);
            assert_eq!(house.put(&target, &body).await.json()["status"], status);
            assert_eq!(house.get(&target).await.json()["status"], status);
        }
    });
}

#[test]
fn what_is_written_as_it_was_read_changes_nothing() {
    block_on(async {
        let house = House::new().await;
        let (tenant, number) = (&house.home.tenant, Number::new(house.ids.user).unwrap());
        let caller = Caller::operator(tenant);
        let changes = UserChanges {
            profile: ProfileChanges {
                nickname: Patch::Set(Text::parse("nickname", "雷雷").unwrap()),
                ..ProfileChanges::default()
            },
            email_verified: Some(true),
            ..UserChanges::default()
        };
        let user = UserRef::Number(number);
        let before = house.directory.update_user(&caller, &user, changes).await.unwrap().user;
        let target = format!("/aam/v1/users/{number}");
        let read = house.get(&target).await.json();
        let body = unchanged(&read);
        assert_eq!(house.put(&target, &body).await.json(), read);
        let after = house.directory.user(&caller, &user).await.unwrap().user;
        assert_eq!(after, before, "nickname, verification and version stay");
    });
}

#[test]
fn a_full_put_empties_and_replaces() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/aam/v1/users/{}", house.ids.user);
        let mut body = unchanged(&house.get(&target).await.json());
        body["title"] = json!(null);
        body.as_object_mut().unwrap().remove("phoneNumber");
        body["groups"] = json!([house.ids.second_group]);
        let changed = house.put(&target, &body).await.json();
        assert_eq!((&changed["title"], &changed["phoneNumber"]), (&Value::Null, &Value::Null));
        assert_eq!(changed["groups"], json!([house.ids.second_group]));
        body["groups"] = json!([]);
        assert_eq!(house.put(&target, &body).await.json()["groups"], json!([]));
    });
}

#[test]
fn what_stands_against_a_change_is_a_conflict() {
    block_on(async {
        let house = House::new().await;
        let own = house.get("/aam/v1/users/self").await.json()["userId"].clone();
        let before = house.dump().await;
        let mut taken = seed_user(house.ids.group);
        taken["email"] = json!("other@example.com");
        taken["username"] = json!("FIOMAN");
        let answer = house.post("/aam/v1/users/", &taken).await;
        assert_error(&answer, 409, "conflict", "a taken name");
        assert!(answer.text().contains("username"), "{}", answer.text());
        let target = format!("/aam/v1/users/{}", house.ids.second_user);
        let mut body = unchanged(&house.get(&target).await.json());
        body["username"] = json!("fioman");
        assert_error(&house.put(&target, &body).await, 409, "conflict", "a taken name");
        let answer = house.delete(&format!("/aam/v1/users/{own}")).await;
        assert_error(&answer, 409, "conflict", "deleting oneself");
        let bulk = json!([house.ids.user, own]);
        let answer = house.post("/aam/v1/users/bulk-delete", &bulk).await;
        assert_error(&answer, 409, "conflict", "deleting oneself among others");
        let body = json!({
            "username": "admin", "status": "INACTIVE", "firstName": "A", "lastName": "B",
            "email": "admin@example.com", "groups": [],
        });
        let answer = house.put(&format!("/aam/v1/users/{own}"), &body).await;
        assert_error(&answer, 409, "conflict", "the last administrator");
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn bulk_deletion_is_all_or_nothing() {
    block_on(async {
        let house = House::new().await;
        let (one, other) = (house.ids.user, house.ids.second_user);
        let before = house.dump().await;
        for body in [json!([one, 999_999]), json!([one, 0]), json!({ "ids": [other, -1] })] {
            let answer = house.post("/aam/v1/users/bulk-delete", &body).await;
            assert_error(&answer, 404, "not_found", &body.to_string());
        }
        assert_eq!(house.dump().await, before);
        let body = json!([one, other]);
        let answer = house.post("/aam/api/v1/users/bulk-delete/", &body).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        let left = house.get("/aam/v1/users/").await.json();
        assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    });
}
