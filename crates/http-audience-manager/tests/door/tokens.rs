//! Tokens of people.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::json;

use crate::{
    house::{FORM, House, PASSWORD, ask_token},
    users::{keys, named},
};

/// Whether the text looks like a UUID.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
}

#[test]
fn a_name_and_a_password_give_a_token() {
    block_on(async {
        let house = House::new().await;
        let answer = house.sign_in("admin", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        let token = answer.json();
        let printed = ["access_token", "token_type", "refresh_token", "expires_in", "scope"];
        assert_eq!(keys(&token), named(&printed));
        assert_eq!(
            (&token["token_type"], &token["scope"]),
            (&json!("bearer"), &json!("read write"))
        );
        assert!(token["expires_in"].is_u64());
        assert!(is_uuid(token["access_token"].as_str().unwrap()), "{token}");
        let access = token["access_token"].as_str().unwrap();
        let own = house.ask_as(access, Method::GET, "/aam/v1/users/self", None).await;
        assert_eq!(own.json()["username"], "admin");
    });
}

#[test]
fn a_refresh_token_gives_a_new_pair() {
    block_on(async {
        let house = House::new().await;
        let first = house.sign_in("admin", PASSWORD).await.json();
        let refresh = first["refresh_token"].as_str().unwrap();
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let second = house.token(&form).await;
        assert_eq!(second.status, 200, "{}", second.text());
        let second = second.json();
        assert_eq!(keys(&second), keys(&first));
        assert_ne!(second["access_token"], first["access_token"]);
        assert_ne!(second["refresh_token"], first["refresh_token"]);
        let foreign = ask_token(&house.client, &house.foreign, &form).await;
        assert_eq!((foreign.status, &foreign.json()["error"]), (400, &json!("invalid_grant")));
    });
}

#[test]
fn credentials_may_stand_in_header_and_body_alike() {
    block_on(async {
        let house = House::new().await;
        let form = |secret: &str| {
            format!(
                "grant_type=password&username=admin&password={}&client_id={}&client_secret={secret}",
                PASSWORD.replace(' ', "+"),
                house.home.client_id
            )
        };
        let same = house.token(&form(&house.home.client_secret)).await;
        assert_eq!(same.status, 200, "{}", same.text());
        let other = house.token(&form("other")).await;
        assert_eq!((other.status, &other.json()["error"]), (400, &json!("invalid_request")));
    });
}

#[test]
fn what_gives_no_token_is_told_as_oauth_tells_it() {
    block_on(async {
        let house = House::new().await;
        for (form, error) in [
            ("grant_type=password&username=admin&password=wrong", "invalid_grant"),
            ("grant_type=password&username=nobody&password=wrong", "invalid_grant"),
            ("grant_type=password&username=admin", "invalid_request"),
            ("grant_type=refresh_token&refresh_token=x", "invalid_grant"),
            ("grant_type=refresh_token", "invalid_request"),
            ("grant_type=authorization_code&code=x", "invalid_grant"),
            ("grant_type=client_credentials", "unsupported_grant_type"),
            ("grant_type=implicit", "unsupported_grant_type"),
            ("grant_type=password&grant_type=password", "invalid_request"),
            ("", "invalid_request"),
        ] {
            let answer = house.token(form).await;
            let body = answer.json();
            assert_eq!((answer.status, &body["error"]), (400, &json!(error)), "{form}: {body}");
            assert_eq!(keys(&body), named(&["error", "error_description"]));
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let wrong = house.client.post("/aam/oauth/token").header("authorization", "Basic eDp5");
        let wrong = wrong.body(FORM, "grant_type=password&username=a&password=b").send().await;
        assert_eq!((wrong.status, &wrong.json()["error"]), (401, &json!("invalid_client")));
        assert!(wrong.header("www-authenticate").starts_with("Basic realm="));
        let broken = house.client.post("/aam/oauth/token").header("authorization", "Basic %%%");
        let broken = broken.body(FORM, "grant_type=password&username=a&password=b").send().await;
        assert_eq!((broken.status, &broken.json()["error"]), (401, &json!("invalid_client")));
        assert!(broken.header("www-authenticate").starts_with("Basic realm="));
        let nobody = house.client.get("/aam/oauth/token").send().await;
        assert_eq!((nobody.status, &nobody.json()["error"]), (405, &json!("invalid_request")));
    });
}

#[test]
fn wrong_passwords_lock_the_account() {
    block_on(async {
        let house = House::new().await;
        let (_, password) = house.person().await;
        for _ in 0..5 {
            assert_eq!(house.sign_in("fioman", "wrong").await.status, 400);
        }
        let locked = house.sign_in("fioman", &password).await;
        assert!([400, 429].contains(&locked.status), "{}", locked.text());
        let list = house.get("/aam/v1/users/?search=fioman").await.json();
        assert_eq!(list[0]["status"], "LOCKED", "{list}");
        let mut body = list[0].clone();
        body["status"] = json!("ACTIVE");
        let target = format!("/aam/v1/users/{}", list[0]["userId"]);
        assert_eq!(house.put(&target, &body).await.json()["status"], "ACTIVE");
        assert_eq!(house.sign_in("fioman", &password).await.status, 200);
    });
}

#[test]
fn whoever_is_locked_is_let_in_no_more() {
    block_on(async {
        let house = House::new().await;
        let (token, password) = house.person().await;
        let list = house.get("/aam/v1/users/?search=fioman").await.json();
        let mut body = list[0].clone();
        let target = format!("/aam/v1/users/{}", list[0]["userId"]);
        for status in ["LOCKED", "INACTIVE"] {
            body["status"] = json!(status);
            assert_eq!(house.put(&target, &body).await.status, 200);
            let own = house.ask_as(&token, Method::GET, "/aam/v1/users/self", None).await;
            assert_eq!(own.status, 401, "{status}");
            assert_eq!(house.sign_in("fioman", &password).await.status, 400, "{status}");
        }
    });
}

#[test]
fn browsers_are_sent_to_the_providers_own_page() {
    block_on(async {
        let house = House::new().await;
        let query = "client_id=one&response_type=code&redirect_uri=https%3A%2F%2Fa.example%2Fcb\
                     &state=s&scope=read+write";
        let answer = house.client.get(&format!("/aam/oauth/authorize?{query}")).send().await;
        assert_eq!(answer.status, 302);
        let expected = "https://id.example.com/authorize?client_id=one\
                        &redirect_uri=https%3A%2F%2Fa.example%2Fcb&response_type=code&state=s";
        assert_eq!(answer.header("location"), expected);
    });
}
