//! Linking, unlinking, identity providers, and who may see their tokens.

use actix_web::http::Method;
use citizenry_http_authok::TABLE;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::house::{ALL, House};

fn bare(user_id: &str) -> &str {
    user_id.split_once('|').unwrap().1
}

#[test]
fn a_linked_user_moves_in_and_out_again() {
    block_on(async {
        let house = House::new().await;
        let (user, social) = (&house.ids.user, &house.ids.social_user);
        assert_eq!(social, "github|26");
        let target = format!("/api/v2/users/{user}/identities");
        let answer = house.post(&target, &json!({ "provider": "github", "user_id": "26" })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let identities = answer.json();
        assert_eq!(identities.as_array().unwrap().len(), 2);
        assert_eq!(identities[1]["connection"], "github");
        assert_eq!(identities[1]["profile_data"]["name"], "韩梅梅");
        assert_eq!(identities[1]["profileData"], identities[1]["profile_data"]);
        assert_eq!(house.get(&format!("/api/v2/users/{social}")).await.status, 404);
        let found = house.get("/api/v1/users/by-provider/github/user_id/26").await.json();
        assert_eq!(found["user_id"], user.as_str());

        let answer = house.delete(&format!("{target}/github/26")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json().as_array().unwrap().len(), 1);
        assert_eq!(house.get(&format!("/api/v2/users/{social}")).await.json()["name"], "韩梅梅");
        let answer = house.delete(&format!("{target}/github/26")).await;
        assert_eq!(answer.status, 404, "{}", answer.text());
        let own = format!("{target}/authok/{}", bare(user));
        assert_eq!(house.delete(&own).await.status, 400);
    });
}

#[test]
fn links_that_cannot_be_are_refused_with_400() {
    block_on(async {
        let house = House::new().await;
        let (user, before) = (&house.ids.user, house.dump().await);
        let target = format!("/api/v1/users/{user}/identities");
        for body in [
            json!({}),
            json!({ "user_id": user }),
            json!({ "user_id": "authok|01j00000000000000000000000" }),
            json!({ "user_id": house.ids.second_user, "connection": "github" }),
            json!({ "link_with": "a.b.c" }),
        ] {
            let answer = house.post(&target, &body).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            assert_eq!(answer.json()["error"], "invalid_request", "{body}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn a_providers_token_needs_a_permission_of_its_own() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/users/{}", house.ids.social_user);
        let token = |user: Value| user["identities"][0]["access_token"].clone();
        assert_eq!(token(house.get(&target).await.json()), "at-26");
        let row = TABLE.iter().position(|route| route.name == "get_user").unwrap();
        let only = format!("home/only/{row}");
        let seen = house.ask_as(&only, Method::GET, &target, None).await.json();
        assert_eq!(token(seen), "");
        assert_eq!(ALL, "home/all");
    });
}

#[test]
fn a_provider_user_who_exists_is_brought_up_to_date() {
    block_on(async {
        let house = House::new().await;
        let body = json!({
            "connection": "github", "user_id": "26", "profile_data": { "name": "韩梅" },
        });
        let answer = house.post("/api/v1/users/create-by-identity-provider", &body).await;
        assert_eq!(answer.json()["user_id"], house.ids.social_user.as_str());
        assert_eq!(answer.json()["identities"][0]["profile_data"]["name"], "韩梅");
        for connection in ["authok", "none"] {
            let body = json!({ "connection": connection, "user_id": "1", "profile_data": {} });
            let answer = house.post("/api/v1/users/create-by-identity-provider", &body).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            assert!(answer.json()["message"].as_str().unwrap().starts_with("connection: "));
        }
    });
}
