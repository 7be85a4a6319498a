//! Nobody is sent anywhere but to what a client has registered, character by character.

use crate::{
    browser::{Browser, authorization, text_of},
    world::{World, query},
};

/// Asks with a redirect URI that is not registered: the user is told, and nobody is sent there.
async fn refused(world: &World, redirect_uris: &[&str]) {
    let browser = Browser::new(world);
    browser.code(&world.home.web, &[]).await;
    let before = world.state().await;
    for redirect_uri in redirect_uris {
        for client in [&world.home.web, &world.home.spa] {
            for others in [
                vec![("redirect_uri", *redirect_uri)],
                vec![("redirect_uri", *redirect_uri), ("prompt", "none")],
                vec![("redirect_uri", *redirect_uri), ("response_type", "token")],
                vec![("redirect_uri", *redirect_uri), ("response_mode", "form_post")],
            ] {
                let path = authorization(client, &others);
                let answer = browser.get(&path).await;
                assert_eq!(answer.status, 400, "{path}: {answer:?}");
                assert_eq!(answer.header("location"), "", "{path}");
                assert!(!answer.text().contains("<form"), "{path}");
                assert!(text_of(&answer).contains("invalid_request"), "{path}");
            }
        }
    }
    assert_eq!(world.state().await, before);
}

#[actix_web::test]
async fn open_redirect() {
    let world = World::new().await;
    let foreign = [
        "https://evil.example/",
        "//evil.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https:evil.example",
        "https://evil.example/?https://app.example.com/cb",
    ];
    refused(&world, &foreign).await;
    // Nor after signing out, at any of the three doors.
    let browser = Browser::new(&world);
    let code = browser.code(&world.home.web, &[]).await;
    let tokens = world.redeem(&world.home.web, &code, &[]).await.json();
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    let before = world.state().await;
    for uri in foreign {
        let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        for path in [
            format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={uri}"),
            format!("/oidc/logout?client_id=console-web&post_logout_redirect_uri={uri}"),
            format!("/oidc/logout?post_logout_redirect_uri={uri}"),
            format!("/v1/logout?client_id=console-web&return_to={uri}"),
            format!("/v2/logout?client_id=console-web&returnTo={uri}"),
            format!("/v2/logout?returnTo={uri}"),
        ] {
            let answer = browser.get(&path).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{path}");
        }
    }
    assert_eq!(world.state().await, before, "nothing has happened");
    // What stands in a link of ours is never where one is sent.
    for path in [
        "/u/login?redirect_uri=https://evil.example&returnTo=https://evil.example",
        "/u/logout?post_logout_redirect_uri=https://evil.example",
        "/activate?user_code=https://evil.example&next=//evil.example",
    ] {
        let answer = browser.get(path).await;
        assert!([200, 422].contains(&answer.status), "{path}: {answer:?}");
        assert_eq!(answer.header("location"), "", "{path}");
        assert!(!answer.text().contains("href=\"https://evil"), "{path}");
    }
}

#[actix_web::test]
async fn redirect_uri_prefix() {
    let world = World::new().await;
    refused(
        &world,
        &[
            "https://app.example.com/c",
            "https://app.example.com/",
            "https://app.example.com",
            "http://app.example.com/cb",
            "app.example.com/cb",
            "https://evil.example/https://app.example.com/cb",
            "https://sub.app.example.com/cb",
        ],
    )
    .await;
}

#[actix_web::test]
async fn redirect_uri_suffix() {
    let world = World::new().await;
    refused(
        &world,
        &[
            "https://app.example.com/cb/",
            "https://app.example.com/cb/../evil",
            "https://app.example.com/cb/%2e%2e/evil",
            "https://app.example.com/cb;x",
            "https://app.example.com/cb?next=https://evil.example",
            "https://app.example.com/cb%00",
            "https://app.example.com/CB",
            "https://app.example.com.evil.example/cb",
            "https://app.example.community/cb",
        ],
    )
    .await;
}

#[actix_web::test]
async fn redirect_uri_port() {
    let world = World::new().await;
    refused(
        &world,
        &[
            "https://app.example.com:443/cb",
            "https://app.example.com:8443/cb",
            "https://app.example.com:/cb",
            "https://app.example.com:80@evil.example/cb",
        ],
    )
    .await;
}

#[actix_web::test]
async fn redirect_uri_fragment() {
    let world = World::new().await;
    let with_fragment = ["https://app.example.com/cb#", "https://app.example.com/cb#x=y"];
    refused(&world, &with_fragment).await;
    // Not even one that somebody has managed to register.
    world
        .change_client(&world.home.web, |client| {
            client.settings.redirect_uris.push("https://app.example.com/cb#x=y".to_owned());
        })
        .await;
    let path = authorization(&world.home.web, &[("redirect_uri", with_fragment[1])]);
    let answer = world.get(&path).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
}

#[actix_web::test]
async fn redirect_uri_userinfo() {
    let world = World::new().await;
    refused(
        &world,
        &[
            "https://app.example.com@evil.example/cb",
            "https://app.example.com%40evil.example/cb",
            "https://user@app.example.com/cb",
            "https://user:password@app.example.com/cb",
            "https://evil.example\\@app.example.com/cb",
            "https://app.example.com\\@evil.example/cb",
        ],
    )
    .await;
}

#[actix_web::test]
async fn a_redirect_uri_that_is_taken_from_the_client_meanwhile() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let page = browser.sign_in_page(web).await;
    world.change_client(web, |client| client.settings.redirect_uris.clear()).await;
    let answer = browser.enter(&page).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
}

#[actix_web::test]
async fn whoever_asks_badly_is_told_where_he_is_known_to_be() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    for (others, code) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("response_type", "code id_token")], "unsupported_response_type"),
        ([("response_type", "")], "invalid_request"),
        ([("response_mode", "shout")], "invalid_request"),
        ([("prompt", "none login")], "invalid_request"),
        ([("max_age", "-1")], "invalid_request"),
        ([("claims", "{")], "invalid_request"),
        ([("id_token_hint", "nonsense")], "invalid_request"),
        ([("audience", "https://nobody.example.com/")], "invalid_target"),
        ([("resource", "https://nobody.example.com/")], "invalid_target"),
        ([("request", "nonsense")], "invalid_request_object"),
        ([("request_uri", "https://evil.example/r")], "request_uri_not_supported"),
        ([("registration", "{}")], "registration_not_supported"),
        ([("prompt", "none")], "login_required"),
    ] {
        let answer = browser.authorize(&world.home.web, &others).await;
        let said = query(answer.header("location"));
        assert_eq!(answer.status, 303, "{others:?}: {}", answer.text());
        assert_eq!(said["error"], code, "{others:?}");
        assert_eq!(said["iss"], "https://id.example.com/", "{others:?}");
        assert_eq!(said["state"], "xyz", "{others:?}");
        assert!(!said.contains_key("code"), "{others:?}");
    }
}
