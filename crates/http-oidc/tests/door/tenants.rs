//! Tenants are walls.

use serde_json::json;

use crate::{
    browser::{Browser, authorization, form_of},
    world::{CALLBACK, FORM, PASSWORD, VERIFIER, World, query},
};

#[actix_web::test]
async fn foreign_tenant() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let code = browser.code(web, &[("scope", "openid offline_access")]).await;
    let tokens = world.redeem(web, &code, &[]).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh, id) = (text("access_token"), text("refresh_token"), text("id_token"));
    let fresh = browser.code(web, &[]).await;
    let before = world.state().await;

    // Clients of one tenant at the endpoints of another.
    for (path, pairs) in [
        ("/oauth/token", vec![("grant_type", "client_credentials")]),
        ("/oauth/token", vec![("grant_type", "refresh_token"), ("refresh_token", &*refresh)]),
        (
            "/oauth/token",
            vec![
                ("grant_type", "authorization_code"),
                ("code", &*fresh),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
        ),
        (
            "/oauth/token",
            vec![("grant_type", "password"), ("username", "fioman"), ("password", PASSWORD)],
        ),
        ("/oauth/introspect", vec![("token", &*access)]),
        ("/oauth/revoke", vec![("token", &*access)]),
        ("/oauth/par", vec![("redirect_uri", CALLBACK), ("response_type", "code")]),
        ("/oauth/device/code", vec![("scope", "openid")]),
    ] {
        let answer = world.ask_as(web, &format!("/t/acme{path}"), &pairs).await;
        let what = format!("{path}: {}", answer.text());
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &json!("invalid_client")),
            "{what}"
        );
    }
    let answer = browser.get(&format!("/t/acme{}", authorization(web, &[]))).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));

    // A client of the other tenant with what belongs to this one.
    let other = &world.acme.web;
    for path in ["/oauth/token", "/t/acme/oauth/token"] {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
        assert_eq!(world.ask_as(other, path, &pairs).await.json()["error"], "invalid_grant");
    }
    for token in [&access, &refresh] {
        for path in ["/oauth/introspect", "/t/acme/oauth/introspect"] {
            let answer = world.ask_as(other, path, &[("token", token)]).await;
            assert_eq!(answer.json(), json!({ "active": false }), "{path}");
        }
        for path in ["/oauth/revoke", "/t/acme/oauth/revoke"] {
            world.ask_as(other, path, &[("token", token)]).await;
        }
    }
    let answer = world.client().get("/t/acme/userinfo").bearer(&access).send().await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_token")));
    let answer = world.client().get("/userinfo").bearer(&access).send().await;
    assert_eq!(answer.status, 200, "it was not revoked: {}", answer.text());
    for path in [
        format!("/t/acme/oidc/logout?id_token_hint={id}"),
        "/t/acme/oidc/logout?client_id=console-web".to_owned(),
        "/t/acme/v1/logout?client_id=console-web".to_owned(),
        "/t/acme/v2/logout?client_id=console-web".to_owned(),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{path}");
    }
    assert_eq!(world.state().await, before);
    assert_eq!(world.redeem(web, &fresh, &[]).await.status, 200, "the code is still good");
}

#[actix_web::test]
async fn a_session_of_another_tenant_is_none() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    browser.code(&world.home.web, &[]).await;
    // Somebody renames the cookies of one tenant to those of another.
    let renamed: Vec<_> = browser
        .cookies
        .borrow()
        .iter()
        .map(|(name, value)| (format!("{name}-acme"), value.clone()))
        .collect();
    browser.cookies.borrow_mut().extend(renamed);
    let asked = browser.authorize(&world.acme.web, &[]).await;
    assert!(asked.header("location").starts_with("/t/acme/u/login?"), "{asked:?}");
    let silent = browser.authorize(&world.acme.web, &[("prompt", "none")]).await;
    assert_eq!(query(silent.header("location"))["error"], "login_required");

    // A request of one tenant on the pages of another.
    let page = browser.follow(&asked).await;
    let request = form_of(&page).hidden[0].1.clone();
    for path in ["/u/login", "/u/signup", "/u/consent", "/u/reset"] {
        let answer = browser.get(&format!("{path}?request={request}")).await;
        assert_eq!(answer.status, 400, "{path}");
    }
    // Links of one tenant on the pages of another.
    let page = browser.get("/u/reset").await;
    browser.submit(&page, &[("email", "fioman@qq.com")]).await;
    let link = world.mails().await[0].link.clone().unwrap();
    let path = link.strip_prefix("https://id.example.com").unwrap();
    assert_eq!(browser.get(&format!("/t/acme{path}")).await.status, 410);
    assert_eq!(browser.get(path).await.status, 200);
    // A device's code of one tenant on the page of another.
    let begun = world.ask_as(&world.home.web, "/oauth/device/code", &[("scope", "openid")]).await;
    let user_code = begun.json()["user_code"].as_str().unwrap().to_owned();
    browser.code(&world.acme.web, &[]).await;
    let page = browser.get("/t/acme/activate").await;
    let typed = [("user_code", &*user_code), ("action", "continue")];
    assert_eq!(browser.submit(&page, &typed).await.status, 422);
}

#[actix_web::test]
async fn a_tenants_own_pages_and_issuer() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.acme.web);
    for prefix in ["", "/t/acme"] {
        let asked = browser.get(&format!("{prefix}{}", authorization(web, &[]))).await;
        let location = asked.header("location");
        if location.starts_with(CALLBACK) {
            assert_eq!(query(location)["iss"], "https://id.example.com/t/acme/");
            continue;
        }
        assert!(location.starts_with("/t/acme/u/login?"), "{location}");
        let page = browser.follow(&asked).await;
        assert!(form_of(&page).action.starts_with("/t/acme/u/login"), "{:?}", form_of(&page));
        let answer = browser.enter(&page).await;
        assert_eq!(query(answer.header("location"))["iss"], "https://id.example.com/t/acme/");
        assert!(browser.cookies.borrow().contains_key("__Host-citizenry-acme"));
        assert!(!browser.cookies.borrow().contains_key("__Host-citizenry"));
    }
    // Home's session is another one.
    let asked = browser.authorize(&world.home.web, &[]).await;
    assert!(asked.header("location").starts_with("/u/login?"), "{asked:?}");
}

#[actix_web::test]
async fn what_the_kits_send_belongs_to_the_clients_tenant() {
    let world = World::new().await;
    let body = "client_id=console-web&email=hanmeimei@example.com&password=a+rather+long+password";
    for path in ["/t/acme/dbconnections/signup", "/t/acme/dbconnections/change_password"] {
        let answer = world.client().post(path).body(FORM, body).send().await;
        assert_eq!(
            (answer.status, &answer.json()["description"]),
            (400, &json!("unknown client_id"))
        );
    }
    assert!(world.user("hanmeimei@example.com").await.is_none());
    assert!(world.mails().await.is_empty());
}
