//! Passwords: wrong, too often, forgotten, to be changed, and more than can be looked at.

use crate::{
    browser::{Browser, form_of, link_of, text_of},
    world::{CALLBACK, PASSWORD, World},
};

const NEW: &str = "another rather long password";

#[actix_web::test]
async fn wrong_passwords_and_unknown_people_are_one_answer() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.sign_in_page(&world.home.web).await;
    let mut answers = Vec::new();
    for name in ["fioman", "nobody"] {
        let answer = browser.submit(&page, &[("username", name), ("password", "wrong")]).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("set-cookie"), "");
        answers.push(answer.text().replace(name, "somebody"));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(world.sessions_of(&world.home.user).await.is_empty());
}

#[actix_web::test]
async fn too_many_wrong_passwords_lock_for_a_while() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.sign_in_page(&world.home.web).await;
    for name in ["fioman", "nobody"] {
        for _ in 0..5 {
            let typed = [("username", name), ("password", "wrong")];
            assert_eq!(browser.submit(&page, &typed).await.status, 401, "{name}");
        }
        let locked = browser.submit(&page, &[("username", name), ("password", PASSWORD)]).await;
        assert_eq!((locked.status, locked.header("retry-after")), (429, "60"), "{name}");
        assert_eq!(locked.header("set-cookie"), "", "{name}");
    }
    let grant = [("grant_type", "password"), ("username", "fioman"), ("password", PASSWORD)];
    let refused = world.ask_as(&world.home.web, "/oauth/token", &grant).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"), "{refused:?}");
    assert_eq!(refused.json()["error"], "too_many_attempts");
    world.pass(61);
    let answer = browser.enter(&page).await;
    assert!(answer.header("location").starts_with(CALLBACK), "{answer:?}");
}

#[actix_web::test]
async fn a_full_queue_of_passwords_is_said_early() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let page = browser.sign_in_page(web).await;
    let grant = |password| [("grant_type", "password"), ("username", "fioman"), password];
    world.hasher.fill(true);

    let busy = browser.enter(&page).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"), "{}", text_of(&busy));
    assert!(busy.header("content-type").starts_with("text/html"));
    let busy = world.ask_as(web, "/oauth/token", &grant(("password", PASSWORD))).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"), "{}", busy.text());
    assert_eq!(busy.json()["error"], "temporarily_unavailable");
    let sign_up = browser.get(&link_of(&page, "/u/signup")).await;
    let typed = [("email", "hanmeimei@example.com"), ("password", NEW)];
    let busy = browser.submit(&sign_up, &typed).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"), "{}", text_of(&busy));
    let body = serde_json::json!({
        "client_id": "console-web", "email": "hanmeimei@example.com", "password": NEW,
    });
    let busy = world.client().post("/dbconnections/signup").json(&body).send().await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"), "{}", busy.text());

    // Nothing was counted, and what needs no password goes on.
    world.hasher.fill(false);
    let answer = browser.enter(&page).await;
    assert!(answer.header("location").starts_with(CALLBACK), "{answer:?}");
    let tokens = world.ask_as(web, "/oauth/token", &grant(("password", PASSWORD))).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let wrong = world.ask_as(web, "/oauth/token", &grant(("password", "wrong"))).await;
    assert_eq!(wrong.status, 403, "{}", wrong.text());
    assert_eq!(wrong.json()["error"], "invalid_grant");
}

#[actix_web::test]
async fn a_forgotten_password() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let elsewhere = Browser::new(&world);
    elsewhere.code(web, &[]).await;

    let page = browser.sign_in_page(web).await;
    let page = browser.get(&link_of(&page, "/u/reset")).await;
    let invalid = browser.submit(&page, &[("email", "nonsense")]).await;
    assert_eq!(invalid.status, 422);
    let unknown = browser.submit(&page, &[("email", "nobody@example.com")]).await;
    let known = browser.submit(&page, &[("email", "fioman@qq.com")]).await;
    assert_eq!((unknown.status, known.status), (200, 200));
    assert_eq!(unknown.text(), known.text(), "one answer");
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, "fioman@qq.com");
    let link = mails[0].link.clone().unwrap();
    assert!(link.starts_with("https://id.example.com/u/reset/"), "{link}");

    // Looking at it changes nothing.
    let page = browser.get(&link).await;
    assert!(text_of(&page).contains("李雷"), "{}", text_of(&page));
    assert_eq!(page.header("referrer-policy"), "no-referrer", "the link is a secret");
    for (password, status) in [("", 422), ("short", 422)] {
        let refused = browser.submit(&page, &[("password", password)]).await;
        assert_eq!(refused.status, status, "{}", text_of(&refused));
    }
    let forged = Browser::new(&world);
    let forged = forged.post(&form_of(&page).action, &[("password", NEW), ("csrf", "x")]).await;
    assert_eq!(forged.status, 403);
    assert_eq!(world.sessions_of(&world.home.user).await.len(), 1);

    let done = browser.submit(&page, &[("password", NEW)]).await;
    assert_eq!(done.status, 200, "{}", text_of(&done));
    assert_eq!(browser.get(&link).await.status, 410, "once");
    assert!(world.sessions_of(&world.home.user).await.is_empty(), "all sessions have ended");
    assert!(elsewhere.authorize(web, &[]).await.header("location").starts_with("/u/login"));

    let page = browser.sign_in_page(web).await;
    assert_eq!(browser.enter(&page).await.status, 401, "the old one");
    let entered = browser.submit(&page, &[("username", "fioman"), ("password", NEW)]).await;
    assert!(entered.header("location").starts_with(CALLBACK), "{entered:?}");
}

#[actix_web::test]
async fn a_link_that_is_too_old() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.get("/u/reset").await;
    browser.submit(&page, &[("email", "fioman@qq.com")]).await;
    let link = world.mails().await[0].link.clone().unwrap();
    world.pass(3_601);
    let gone = browser.get(&link).await;
    assert_eq!(gone.status, 410, "{}", text_of(&gone));
    assert_eq!(browser.get(&link_of(&gone, "/u/reset")).await.status, 200);
}

#[actix_web::test]
async fn a_password_that_must_be_changed_first() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    world.set_password(&world.home.user, true).await;
    let page = browser.sign_in_page(web).await;
    let led = browser.enter(&page).await;
    assert_eq!(led.status, 303);
    assert!(led.header("location").starts_with("/u/reset/"), "{led:?}");
    assert!(!browser.cookies.borrow().contains_key("__Host-citizenry"), "not signed in yet");
    assert!(world.sessions_of(&world.home.user).await.is_empty());
    let page = browser.follow(&led).await;
    let done = browser.submit(&page, &[("password", NEW)]).await;
    assert_eq!(done.status, 200, "{}", text_of(&done));
    // Back to what one came for.
    let page = browser.get(&link_of(&done, "/u/login")).await;
    let entered = browser.submit(&page, &[("username", "fioman"), ("password", NEW)]).await;
    assert!(entered.header("location").starts_with(CALLBACK), "{entered:?}");
}
