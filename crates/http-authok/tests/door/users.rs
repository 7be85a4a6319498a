//! Users as the seed writes them.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{House, seed_user},
    routes::assert_error,
};

/// Whether a value has the type that is wanted.
type Fits = fn(&Value) -> bool;

/// The fields that the seed marks as required, with the type of each.
const REQUIRED: [(&str, Fits); 11] = [
    ("user_id", Value::is_string),
    ("connection", Value::is_string),
    ("logins_count", Value::is_u64),
    ("blocked", Value::is_boolean),
    ("identities", Value::is_array),
    ("signup_at", Value::is_string),
    ("updated_at", Value::is_string),
    ("created_at", Value::is_string),
    ("signup_ip", Value::is_string),
    ("last_login", Value::is_null),
    ("last_ip", Value::is_string),
];

const REQUIRED_OF_IDENTITIES: [(&str, Fits); 6] = [
    ("connection", Value::is_string),
    ("user_id", Value::is_string),
    ("provider", Value::is_string),
    ("is_social", Value::is_boolean),
    ("access_token", Value::is_string),
    ("profile_data", Value::is_object),
];

fn another() -> Value {
    let mut user = seed_user();
    user["email"] = "lilei@example.com".into();
    user["username"] = "LiLei".into();
    user["phone_number"] = "18600003333".into();
    user
}

#[test]
fn the_seeds_body_makes_a_user_with_every_required_field() {
    block_on(async {
        let house = House::new().await;
        for (prefix, status, time) in
            [("/api/v1", 200, "2026-03-12 08:30:"), ("/api/v2", 201, "2026-03-12T08:30:")]
        {
            let mut sent = another();
            sent["username"] = format!("lilei{status}").into();
            sent["email"] = format!("lilei{status}@example.com").into();
            sent["phone_number"] = format!("18600003{status}").into();
            let answer = house.post(&format!("{prefix}/users"), &sent).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            let user = answer.json();
            for (field, fits) in REQUIRED {
                assert!(user.get(field).is_some_and(fits), "{field} of {user}");
            }
            for (field, fits) in REQUIRED_OF_IDENTITIES {
                let identity = &user["identities"][0];
                assert!(identity.get(field).is_some_and(fits), "{field} of {identity}");
            }
            for (field, value) in sent.as_object().unwrap() {
                match field.as_str() {
                    "password" | "force_reset_password" => assert!(user.get(field).is_none()),
                    _ => assert_eq!(&user[field], value, "{field}"),
                }
            }
            assert_eq!(user["phone_country_code"], "86");
            assert_eq!(
                (&user["signup_ip"], &user["last_ip"]),
                (&json!("192.0.2.7"), &json!("192.0.2.7"))
            );
            let id = user["user_id"].as_str().unwrap();
            assert_eq!(
                id,
                format!("authok|{}", user["identities"][0]["user_id"].as_str().unwrap())
            );
            for field in ["signup_at", "created_at", "updated_at"] {
                let text = user[field].as_str().unwrap();
                assert!(text.starts_with(time), "{text}");
                assert_eq!(text.len(), if status == 200 { 19 } else { 24 }, "{text}");
            }
            assert_eq!(house.get(&format!("{prefix}/users/{id}")).await.json(), user);
        }
    });
}

#[test]
fn a_second_send_is_a_duplicate() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let answer = house.post("/api/v1/users", &seed_user()).await;
        assert_eq!(answer.status, 400);
        assert_error(&answer.json(), 400, "auth0_idp_error", "v1");
        assert_eq!(answer.json()["error"], "invalid request");
        let answer = house.post("/api/v2/users", &seed_user()).await;
        assert_eq!(answer.status, 409);
        assert_error(&answer.json(), 409, "auth0_idp_error", "v2");
        assert_eq!(answer.json()["error"], "Conflict");
        for (field, value) in [
            ("email", json!("FIOMAN@QQ.COM")),
            ("username", json!("Fioman")),
            ("phone_number", json!("+86 186 0000 2222")),
        ] {
            let mut user = another();
            user[field] = value;
            let answer = house.post("/api/v1/users", &user).await;
            assert_eq!(answer.status, 400, "{field}: {}", answer.text());
            assert!(answer.json()["message"].as_str().unwrap().contains(field), "{field}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn ids_are_found_raw_and_escaped() {
    block_on(async {
        let house = House::new().await;
        let id = &house.ids.user;
        for written in [id.replace('|', "%7C"), id.replace('|', "%7c")] {
            let answer = house.get(&format!("/api/v1/users/{written}")).await;
            assert_eq!(answer.status, 200, "{written}: {}", answer.text());
            assert_eq!(answer.json()["user_id"], **id);
        }
        let answer = house.get("/api/v1/users/authok%7C01j00000000000000000000000").await;
        assert_eq!(answer.status, 404);
        let message = "User user_id: authok|01j00000000000000000000000 not found";
        assert_eq!(answer.json()["message"], message);
        let role = house.ids.role.strip_prefix("role_").unwrap();
        let answer = house.get(&format!("/api/v1/roles/{role}")).await;
        assert_eq!(answer.json()["id"], house.ids.role.as_str());
        let audience = "https%3A%2F%2Fapi.example%2Fv1";
        let answer = house.get(&format!("/api/v2/resource-servers/{audience}")).await;
        assert_eq!(answer.json()["id"], house.ids.resource_server.as_str());
    });
}

#[test]
fn a_patch_changes_what_it_names() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/users/{}", house.ids.user);
        let before = house.get(&target).await.json();
        let change = json!({
            "nickname": "小雷", "gender": 2, "birthdate": "1987-04-23", "locale": "zh",
            "country": "中国", "province": "广东", "city": "深圳", "region": "南山区",
            "address": "粤海街道办A座A03室", "postal_code": "518000", "description": "说明",
            "email_verified": true, "blocked": true, "given_name": "",
            "picture": null,
        });
        let answer = house.patch(&target, &change).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let user = answer.json();
        for (field, value) in change.as_object().unwrap() {
            match field.as_str() {
                "given_name" | "picture" => assert!(user.get(field).is_none(), "{field}"),
                _ => assert_eq!(&user[field], value, "{field}"),
            }
        }
        for field in ["email", "username", "family_name", "phone_number", "created_at"] {
            assert_eq!(user[field], before[field], "{field}");
        }
        assert_ne!(user["updated_at"], Value::Null);
        assert_eq!(house.get(&target).await.json(), user);
        let answer = house.patch(&target, &json!({ "blocked": false })).await;
        assert_eq!(answer.json()["blocked"], false);
    });
}

#[test]
fn metadata_is_replaced_on_v1_and_merged_on_v2() {
    block_on(async {
        let house = House::new().await;
        let path = |prefix: &str| format!("/api/{prefix}/users/{}", house.ids.user);
        for field in ["user_metadata", "app_metadata"] {
            let change = json!({ field: { "colour": "red", "size": { "width": 1 }, "gone": 1 } });
            house.patch(&path("v2"), &change).await;
            let change = json!({ field: { "size": { "height": 2 }, "gone": null } });
            let merged = house.patch(&path("v2"), &change).await.json();
            assert_eq!(merged[field], json!({ "colour": "red", "size": { "height": 2 } }));
            let change = json!({ field: { "size": 3 } });
            let replaced = house.patch(&path("v1"), &change).await.json();
            assert_eq!(replaced[field], json!({ "size": 3 }));
        }
    });
}

#[test]
fn a_taken_address_is_a_conflict_under_both_prefixes() {
    block_on(async {
        let house = House::new().await;
        let made = house.post("/api/v1/users", &another()).await.json();
        let id = made["user_id"].as_str().unwrap();
        for prefix in ["/api/v1", "/api/v2"] {
            let target = format!("{prefix}/users/{id}");
            let answer = house.patch(&target, &json!({ "email": "fioman@qq.com" })).await;
            assert_eq!(answer.status, 409, "{}", answer.text());
            assert_error(&answer.json(), 409, "auth0_idp_error", prefix);
            assert_eq!(house.get(&target).await.json()["email"], made["email"]);
        }
    });
}

#[test]
fn times_are_in_the_tenants_zone_on_v1() {
    block_on(async {
        let house = House::with(
            |_| {},
            |tenant| citizenry_authz::CallerTenant {
                time_zone: citizenry_identity::TimeZone::parse("Asia/Shanghai").unwrap(),
                ..tenant
            },
        )
        .await;
        let time = async |prefix: &str| {
            let target = format!("{prefix}/users/{}", house.ids.user);
            house.get(&target).await.json()["created_at"].as_str().unwrap().to_owned()
        };
        assert!(time("/api/v1").await.starts_with("2026-03-12 16:30:"));
        let iso = time("/api/v2").await;
        assert!(iso.starts_with("2026-03-12T08:30:") && iso.ends_with("00Z"), "{iso}");
    });
}

#[test]
fn fields_are_picked_or_left_out() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/users/{}", house.ids.user);
        let user = house.get(&format!("{target}?fields=email,user_id,none")).await.json();
        assert_eq!(user, json!({ "email": "fioman@qq.com", "user_id": house.ids.user }));
        let whole = house.get(&format!("{target}?include_fields=true&include_totals=false")).await;
        let mut rest = whole.json();
        rest.as_object_mut().unwrap().remove("identities");
        let without = house.get(&format!("{target}?fields=identities&include_fields=false")).await;
        assert_eq!(without.json(), rest);
        let list =
            house.get("/api/v1/users?connection=authok&fields=email&sort=email").await.json();
        assert_eq!(list["items"], json!([{}, { "email": "fioman@qq.com" }]));
    });
}

#[test]
fn the_last_administrator_stays() {
    block_on(async {
        let house = House::new().await;
        let found = house.get("/api/v1/users?username=admin").await.json();
        assert_eq!(found["meta"]["total"], 1, "{found}");
        let target = format!("/api/v1/users/{}", found["items"][0]["user_id"].as_str().unwrap());
        let before = house.dump().await;
        for answer in
            [house.delete(&target).await, house.patch(&target, &json!({ "blocked": true })).await]
        {
            assert_eq!(answer.status, 409, "{}", answer.text());
            assert!(answer.json()["message"].as_str().unwrap().contains("last administrator"));
        }
        assert_eq!(house.dump().await, before);
    });
}
