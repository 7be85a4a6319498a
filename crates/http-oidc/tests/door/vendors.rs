//! What Auth0's and Authok's kits call.

use serde_json::json;

use crate::{
    browser::Browser,
    world::{BYE, World},
};

#[actix_web::test]
async fn sign_up_without_a_page() {
    let world = World::new().await;
    let send = async |body: serde_json::Value| {
        world.client().post("/dbconnections/signup").json(&body).send().await
    };
    let good = json!({
        "client_id": "console-web", "connection": "authok", "email": "hanmeimei@example.com",
        "password": "a rather long password", "given_name": "梅梅", "family_name": "韩",
        "user_metadata": { "colour": "blue" }, "unknown": [1, { "a": null }],
    });
    let made = send(good.clone()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let mut shown = made.json();
    assert!(shown["_id"].take().as_str().is_some_and(|id| !id.is_empty()), "{}", made.text());
    assert_eq!(
        shown,
        json!({
            "_id": null, "email": "hanmeimei@example.com", "email_verified": false,
            "given_name": "梅梅", "family_name": "韩",
        })
    );
    assert_eq!(world.mails().await.len(), 1);
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, code) in [
        (good.clone(), "user_exists"),
        (with("client_id", json!("nobody")), "invalid_request"),
        (with("client_id", json!(null)), "invalid_request"),
        (with("password", json!(null)), "bad.request"),
        (with("connection", json!("nowhere")), "public_signup_disabled"),
        (with("email", json!(null)), "bad.request"),
    ] {
        let refused = send(body.clone()).await;
        assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(code)), "{body}");
        assert_eq!(refused.json()["statusCode"], 400, "{body}");
    }
    let mut weak = with("password", json!("short"));
    weak["email"] = json!("x@example.com");
    let weak = send(weak).await;
    assert_eq!((weak.status, &weak.json()["code"]), (400, &json!("invalid_password")));
    assert_eq!(weak.json()["name"], "PasswordStrengthError");
}

#[actix_web::test]
async fn a_mail_for_a_new_password_without_a_page() {
    let world = World::new().await;
    let send = async |email: &str| {
        let body = json!({ "client_id": "console-web", "connection": "authok", "email": email });
        world.client().post("/dbconnections/change_password").json(&body).send().await
    };
    let (known, unknown) = (send("fioman@qq.com").await, send("nobody@example.com").await);
    assert_eq!((known.status, unknown.status), (200, 200));
    assert_eq!(known.text(), unknown.text(), "one answer");
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, "fioman@qq.com");
    assert_eq!(send("nonsense").await.status, 400);
}

#[actix_web::test]
async fn the_kits_sign_out() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    for path in [
        format!("/v2/logout?client_id=console-web&returnTo={BYE}&auth0Client=abc"),
        format!("/v1/logout?client_id=console-web&return_to={BYE}"),
    ] {
        browser.code(web, &[]).await;
        assert_eq!(world.sessions_of(&world.home.user).await.len(), 1, "{path}");
        let out = browser.get(&path).await;
        assert_eq!((out.status, out.header("location")), (303, BYE), "{path}");
        assert!(world.sessions_of(&world.home.user).await.is_empty(), "{path}");
        assert!(!browser.cookies.borrow().contains_key("__Host-citizenry"), "{path}");
    }
    let out = browser.get("/v2/logout").await;
    assert_eq!(out.status, 200, "{}", out.text());
}
