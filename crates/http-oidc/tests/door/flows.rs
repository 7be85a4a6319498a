//! Whole journeys in a browser.

use citizenry_http_kit::testing::Answer;
use serde_json::json;

use crate::{
    browser::{Browser, form_of, link_of, text_of},
    world::{BYE, CALLBACK, ORIGIN, PASSWORD, World, query},
};

async fn userinfo(world: &World, token: &str) -> Answer {
    world.client().get("/userinfo").bearer(token).send().await
}

#[actix_web::test]
async fn from_sign_in_to_sign_out() {
    let world = World::new().await;
    let (browser, spa) = (Browser::new(&world), &world.home.spa);

    let asked = browser.authorize(spa, &[]).await;
    assert_eq!((asked.status, asked.header("cache-control")), (303, "no-store"));
    assert!(asked.header("location").starts_with("/u/login?request="), "{asked:?}");
    let page = browser.follow(&asked).await;
    assert!(text_of(&page).contains("console-spa"), "{}", text_of(&page));

    let entered = browser.enter(&page).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    assert!(entered.header("location").starts_with("/u/consent?"), "{entered:?}");
    assert!(browser.cookies.borrow().contains_key("__Host-citizenry"));
    let page = browser.follow(&entered).await;
    assert!(text_of(&page).contains("李雷 (fioman@qq.com)"), "{}", text_of(&page));

    let allowed = browser.submit(&page, &[("action", "allow")]).await;
    assert_eq!(allowed.status, 303, "{}", allowed.text());
    let location = allowed.header("location");
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
    let answer = query(location);
    assert_eq!((&*answer["state"], &*answer["iss"]), ("xyz", "https://id.example.com/"));

    let tokens = world.redeem(spa, &answer["code"], &[]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], "openid email");
    assert!(tokens["refresh_token"].is_null(), "it was not asked for");

    let claims = userinfo(&world, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(claims.status, 200, "{}", claims.text());
    assert_eq!(
        claims.json(),
        json!({
            "sub": world.home.user.subject.as_str(),
            "email": "fioman@qq.com",
            "email_verified": true,
        })
    );

    // Silently, now that there is a session and a consent.
    let silent = [("prompt", "none"), ("response_mode", "web_message")];
    let message = browser.authorize(spa, &silent).await;
    assert_eq!(message.status, 200, "{}", message.text());
    let policy = message.header("content-security-policy");
    assert!(policy.contains(&format!("frame-ancestors {ORIGIN};")), "{policy}");
    assert_eq!(message.header("x-frame-options"), "");
    let html = message.text();
    assert!(html.contains(&format!("data-origin=\"{ORIGIN}\"")), "{html}");
    let response = html.split_once("data-response=\"").unwrap().1.split_once('"').unwrap().0;
    let response = response.replace("&#34;", "\"");
    let response: serde_json::Value = serde_json::from_str(&response).unwrap();
    assert_eq!(response["state"], "xyz");
    let again = world.redeem(spa, response["code"].as_str().unwrap(), &[]).await;
    assert_eq!(again.status, 200, "{}", again.text());
    let id_token = again.json()["id_token"].as_str().unwrap().to_owned();

    // Out again, as the client has it.
    let path =
        format!("/oidc/logout?id_token_hint={id_token}&post_logout_redirect_uri={BYE}&state=s%26t");
    let out = browser.get(&path).await;
    assert_eq!((out.status, out.header("location")), (303, &*format!("{BYE}?state=s%26t")));
    assert!(!browser.cookies.borrow().contains_key("__Host-citizenry"));
    assert!(world.sessions_of(&world.home.user).await.is_empty());
    let message = browser.authorize(spa, &silent).await;
    assert!(message.text().contains("login_required"), "{}", message.text());
    // What was for the session has ended with it.
    let token = again.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(userinfo(&world, &token).await.status, 401);
}

#[actix_web::test]
async fn a_consent_that_is_refused_is_told_to_the_client_and_not_remembered() {
    let world = World::new().await;
    let (browser, spa) = (Browser::new(&world), &world.home.spa);
    let page = browser.sign_in_page(spa).await;
    let entered = browser.enter(&page).await;
    let page = browser.follow(&entered).await;
    let denied = browser.submit(&page, &[("action", "deny")]).await;
    let answer = query(denied.header("location"));
    assert_eq!((&*answer["error"], &*answer["state"]), ("access_denied", "xyz"));
    let asked = browser.authorize(spa, &[]).await;
    assert!(asked.header("location").starts_with("/u/consent?"), "{asked:?}");
    let silent = browser.authorize(spa, &[("prompt", "none")]).await;
    assert_eq!(query(silent.header("location"))["error"], "consent_required");
}

#[actix_web::test]
async fn a_confirmed_sign_out() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    browser.code(&world.home.web, &[]).await;
    let path = format!(
        "/oidc/logout?client_id=console-web&post_logout_redirect_uri={BYE}&state=xyz&ui_locales=zh"
    );
    let page = browser.get(&path).await;
    assert_eq!((page.status, page.header("content-language")), (200, "zh-CN"));
    assert_eq!(world.sessions_of(&world.home.user).await.len(), 1);
    // Without the page's own token it only asks again.
    let forged = browser.post(&form_of(&page).action, &[("action", "logout"), ("csrf", "x")]).await;
    assert_eq!(forged.status, 200, "{}", forged.text());
    assert_eq!(world.sessions_of(&world.home.user).await.len(), 1);

    let out = browser.submit(&page, &[("action", "logout")]).await;
    assert_eq!((out.status, out.header("location")), (303, &*format!("{BYE}?state=xyz")));
    assert!(world.sessions_of(&world.home.user).await.is_empty());

    // On one's own, without an application.
    browser.code(&world.home.web, &[]).await;
    let page = browser.get("/u/logout").await;
    let out = browser.submit(&page, &[("action", "logout")]).await;
    assert_eq!(out.status, 200, "{}", out.text());
    assert!(world.sessions_of(&world.home.user).await.is_empty());
    assert!(!browser.cookies.borrow().contains_key("__Host-citizenry"));
    assert_eq!(browser.get("/u/logout").await.status, 200);
}

#[actix_web::test]
async fn an_answer_by_form() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let state = "\"><script>alert(1)</script>&amp;";
    let others = [("response_mode", "form_post"), ("state", state)];
    let asked = browser.authorize(web, &others).await;
    let page = browser.follow(&asked).await;
    let answer = browser.enter(&page).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("; form-action https:; frame-ancestors 'none'"), "{policy}");
    let form = form_of(&answer);
    assert_eq!(form.action, CALLBACK);
    let value = |name: &str| form.hidden.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(value("state"), state);
    assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
    assert_eq!(world.redeem(web, &value("code"), &[]).await.status, 200);
    assert!(browser.cookies.borrow().contains_key("__Host-citizenry"), "on a page, too");
}

#[actix_web::test]
async fn pages_let_forms_lead_to_the_scheme_of_the_client_and_no_further() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.sign_in_page(&world.home.spa).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("; form-action 'self' https:; "), "{policy}");
    let alone = browser.get("/u/login").await;
    let policy = alone.header("content-security-policy");
    assert!(policy.contains("; form-action 'self'; "), "{policy}");
}

#[actix_web::test]
async fn post_authorize_without_cookies_becomes_a_get() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let path = crate::browser::authorization(web, &[("state", "a&b=c")]);
    let (_, sent) = path.split_once('?').unwrap();
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
    let answer = browser.post("/authorize", &pairs).await;
    assert_eq!((answer.status, answer.header("location")), (303, &*path));
    let page = browser.follow(&answer).await;
    assert!(page.header("location").starts_with("/u/login?"), "{page:?}");
    // With its cookies it is answered at once.
    let page = browser.follow(&page).await;
    browser.enter(&page).await;
    let answer = browser.post("/authorize", &pairs).await;
    assert_eq!(query(answer.header("location"))["state"], "a&b=c");
}

#[actix_web::test]
async fn switching_the_language_keeps_the_request() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let asked = browser.authorize(web, &[("ui_locales", "fr zh-CN en")]).await;
    let page = browser.follow(&asked).await;
    assert_eq!(page.header("content-language"), "zh-CN");
    let page = browser.get(&link_of(&page, "ui_locales=en")).await;
    assert_eq!(page.header("content-language"), "en");
    // A mistake does not lose it, either, nor the language.
    let page = browser.submit(&page, &[("username", "fioman"), ("password", "wrong")]).await;
    assert_eq!((page.status, page.header("content-language")), (401, "en"));
    let page = browser.get(&link_of(&page, "ui_locales=zh-CN")).await;
    assert_eq!((page.status, page.header("content-language")), (200, "zh-CN"));
    let answer = browser.enter(&page).await;
    assert!(answer.header("location").starts_with(CALLBACK), "{answer:?}");

    let accepted = Browser::new(&world);
    let header = [("accept-language", "de, zh-Hans;q=0.8, en;q=0.5")];
    let page = accepted.get_with("/u/login", &header).await;
    assert_eq!(page.header("content-language"), "zh-CN");
}

#[actix_web::test]
async fn a_new_sign_in_is_asked_for_when_the_client_wants_one() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    browser.code(web, &[]).await;
    let first = browser.cookies.borrow()["__Host-citizenry"].clone();
    world.pass(120);
    for others in [[("prompt", "login")], [("max_age", "60")]] {
        let asked = browser.authorize(web, &others).await;
        assert!(asked.header("location").starts_with("/u/login?"), "{asked:?}");
        let page = browser.follow(&asked).await;
        let answer = browser.enter(&page).await;
        assert!(answer.header("location").starts_with(CALLBACK), "{answer:?}");
        let now = browser.cookies.borrow()["__Host-citizenry"].clone();
        assert_ne!(now, first, "the cookie is another one after each sign-in");
        world.pass(120);
    }
    let hint = browser.authorize(web, &[("prompt", "login"), ("login_hint", "a\"b@x")]).await;
    let page = browser.follow(&hint).await;
    assert!(page.text().contains("value=\"a&#34;b@x\""), "{}", page.text());
    let asked = browser.authorize(web, &[("max_age", "3600")]).await;
    assert!(asked.header("location").starts_with(CALLBACK), "{asked:?}");
}

#[actix_web::test]
async fn signing_up() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let asked = browser.authorize(web, &[("screen_hint", "signup")]).await;
    assert!(asked.header("location").starts_with("/u/signup?"), "{asked:?}");
    let page = browser.follow(&asked).await;
    for (email, password, words) in [
        ("", "", "email"),
        ("nonsense", PASSWORD, "email"),
        ("fioman@qq.com", PASSWORD, "account"),
        ("hanmeimei@example.com", "short", "8 characters"),
    ] {
        let refused = browser.submit(&page, &[("email", email), ("password", password)]).await;
        let text = text_of(&refused);
        assert_eq!(refused.status, 422, "{email}: {text}");
        assert!(text.contains(words), "{email}: {text}");
        assert!(!refused.text().contains(PASSWORD), "the password is never shown again");
    }
    let typed = [("email", "hanmeimei@example.com"), ("password", "a rather long password")];
    let entered = browser.submit(&page, &typed).await;
    assert_eq!(entered.status, 303, "{}", text_of(&entered));
    let answer = query(entered.header("location"));
    assert_eq!(world.redeem(web, &answer["code"], &[]).await.status, 200);
    let user = world.user("hanmeimei@example.com").await.unwrap();
    assert!(!user.email_verified);

    // The mail shows that the address is hers.
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let link = mails[0].link.clone().unwrap();
    let elsewhere = Browser::new(&world);
    let page = elsewhere.get(&link).await;
    assert_eq!(page.status, 200, "{}", text_of(&page));
    assert!(!world.user("hanmeimei@example.com").await.unwrap().email_verified, "only looked at");
    let forged = Browser::new(&world).post(&form_of(&page).action, &[("csrf", "x")]).await;
    assert_eq!(forged.status, 403);
    assert!(!world.user("hanmeimei@example.com").await.unwrap().email_verified);
    let done = elsewhere.submit(&page, &[("action", "continue")]).await;
    assert_eq!(done.status, 200, "{}", text_of(&done));
    assert!(world.user("hanmeimei@example.com").await.unwrap().email_verified);
    assert_eq!(elsewhere.get(&link).await.status, 410, "once");
}

#[actix_web::test]
async fn a_device() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let begun = world.ask_as(web, "/oauth/device/code", &[("scope", "openid email")]).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let begun = begun.json();
    assert_eq!(begun["verification_uri"], "https://id.example.com/activate");
    let (device_code, user_code) =
        (begun["device_code"].as_str().unwrap(), begun["user_code"].as_str().unwrap());
    let poll = async || {
        world.pass(10);
        let asked = [("grant_type", grant), ("device_code", device_code)];
        world.ask_as(web, "/oauth/token", &asked).await
    };
    let pending = poll().await;
    assert_eq!(pending.status, 400);
    assert_eq!(pending.json()["error"], "authorization_pending");

    // The link fills the code in; nobody is signed in yet.
    let page = browser.get(begun["verification_uri_complete"].as_str().unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains(user_code), "{}", page.text());
    let asked = browser.submit(&page, &[("user_code", user_code), ("action", "continue")]).await;
    assert!(asked.header("location").starts_with("/u/login?user_code="), "{asked:?}");
    let page = browser.follow(&asked).await;
    let entered = browser.enter(&page).await;
    assert!(entered.header("location").starts_with("/activate?user_code="), "{entered:?}");
    let page = browser.follow(&entered).await;
    let text = text_of(&page);
    assert!(text.contains("console-web") && text.contains(user_code), "{text}");
    assert_eq!(poll().await.json()["error"], "authorization_pending");

    // A form of somebody else's decides nothing.
    let forged = [("user_code", user_code), ("action", "allow"), ("csrf", "x")];
    assert_eq!(browser.post("/activate", &forged).await.status, 403);
    assert_eq!(poll().await.json()["error"], "authorization_pending");

    let done = browser.submit(&page, &[("action", "allow")]).await;
    assert_eq!(done.status, 200, "{}", text_of(&done));
    let tokens = poll().await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(userinfo(&world, &token).await.json()["email"], "fioman@qq.com");
    assert_eq!(poll().await.json()["error"], "invalid_grant");

    // Wrong codes, and then too many.
    let page = browser.get("/activate").await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let typed = [("user_code", "BCDF-GHJK"), ("action", "continue")];
        let answer = browser.submit(&page, &typed).await;
        statuses.push((answer.status, !answer.header("retry-after").is_empty()));
    }
    assert_eq!(statuses[0], (422, false), "{statuses:?}");
    assert_eq!(statuses[11], (429, true), "{statuses:?}");
}

#[actix_web::test]
async fn a_device_that_is_refused() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    browser.code(web, &[]).await;
    let begun = world.ask_as(web, "/oauth/device/code", &[("scope", "openid")]).await.json();
    let page = browser.get(begun["verification_uri_complete"].as_str().unwrap()).await;
    assert_eq!(browser.submit(&page, &[("action", "deny")]).await.status, 200);
    world.pass(10);
    let asked = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", begun["device_code"].as_str().unwrap()),
    ];
    let refused = world.ask_as(web, "/oauth/token", &asked).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("access_denied")));
}

#[actix_web::test]
async fn a_pushed_request() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let path = crate::browser::authorization(web, &[]);
    let mut pairs = query(&path);
    pairs.insert("client_secret".to_owned(), world.secret.clone());
    let pairs: Vec<_> = pairs.into_iter().collect();
    let pushed = world.post_form("/oauth/par", &pairs).await;
    assert_eq!((pushed.status, pushed.header("cache-control")), (201, "no-store"));
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let path = format!("/authorize?client_id=console-web&request_uri={uri}");
    let asked = browser.get(&path).await;
    let page = browser.follow(&asked).await;
    let answer = browser.enter(&page).await;
    let code = query(answer.header("location")).remove("code").unwrap();
    assert_eq!(world.redeem(web, &code, &[]).await.status, 200);
    let again = browser.get(&path).await;
    assert_eq!(again.status, 400, "once: {again:?}");
}
