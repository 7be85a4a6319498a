//! What attackers and accidents send to the authorization and token endpoints and to the pages.

use citizenry_http_kit::testing::Answer;
use serde_json::json;

use crate::{
    browser::{Browser, authorization, form_of},
    world::{CALLBACK, CHALLENGE, FORM, PASSWORD, VERIFIER, World, form, merged, query},
};

fn refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{answer:?}");
    assert!(answer.json()["access_token"].is_null());
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn code_mix_up() {
    let world = World::new().await;
    let (browser, web, spa) = (Browser::new(&world), &world.home.web, &world.home.spa);
    // A code is for the client and the redirect URI that it was asked for.
    let code = browser.code(web, &[]).await;
    refused(&world.redeem(spa, &code, &[]).await, "invalid_grant");
    let code = browser.code(web, &[]).await;
    refused(&world.redeem(web, &code, &[("redirect_uri", "")]).await, "invalid_grant");
    let code = browser.code(web, &[]).await;
    let other = [("redirect_uri", "https://app.example.com/cb2")];
    refused(&world.redeem(web, &code, &other).await, "invalid_grant");
    refused(&world.redeem(web, "nonsense", &[]).await, "invalid_grant");
    refused(&world.redeem(web, "", &[]).await, "invalid_request");
    // An answer says whose it is (RFC 9207), so that it is not taken for another server's.
    let answer = browser.authorize(web, &[]).await;
    assert_eq!(query(answer.header("location"))["iss"], "https://id.example.com/");
    // Nor is another kind of ticket a code.
    let page = browser.get("/u/reset").await;
    browser.submit(&page, &[("email", "fioman@qq.com")]).await;
    let link = world.mails().await[0].link.clone().unwrap();
    let ticket = link.rsplit('/').next().unwrap().split('?').next().unwrap();
    refused(&world.redeem(web, ticket, &[]).await, "invalid_grant");
    let code = browser.code(web, &[]).await;
    for path in ["/u/reset", "/u/verify"] {
        assert_eq!(browser.get(&format!("{path}/{code}")).await.status, 410);
    }
    assert_eq!(world.redeem(web, &code, &[]).await.status, 200, "it was not used up");
    // It is good for a short time.
    let code = browser.code(web, &[]).await;
    world.pass(601);
    refused(&world.redeem(web, &code, &[]).await, "invalid_grant");
}

#[actix_web::test]
async fn pkce_mix_up() {
    let world = World::new().await;
    let (browser, spa) = (Browser::new(&world), &world.home.spa);
    let wrong = "a".repeat(43);
    let long = "a".repeat(129);
    for verifier in [&*wrong, CHALLENGE, "short", &long, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r"] {
        let code = browser.code(spa, &[]).await;
        refused(&world.redeem(spa, &code, &[("code_verifier", verifier)]).await, "invalid_grant");
    }
    let code = browser.code(spa, &[]).await;
    let none = world.redeem(spa, &code, &[("code_verifier", "")]).await;
    assert_eq!(none.status, 400, "{}", none.text());
    // The verifier of another request with another challenge.
    let other = [("code_challenge", "JBbiqONGWPaAmwXk_8bT6UnlPfrn65D32eZlJS-zGG0")];
    let code = browser.code(spa, &other).await;
    refused(&world.redeem(spa, &code, &[]).await, "invalid_grant");
}

#[actix_web::test]
async fn pkce_downgrade() {
    let world = World::new().await;
    let (browser, web, spa) = (Browser::new(&world), &world.home.web, &world.home.spa);
    // Public clients must use it, and nobody may use the plain method.
    for (client, others) in [
        (spa, vec![("code_challenge", ""), ("code_challenge_method", "")]),
        (spa, vec![("code_challenge_method", "plain"), ("code_challenge", VERIFIER)]),
        (spa, vec![("code_challenge_method", "")]),
        (spa, vec![("code_challenge", "")]),
        (web, vec![("code_challenge_method", "plain"), ("code_challenge", VERIFIER)]),
        (web, vec![("code_challenge_method", "s256")]),
        (web, vec![("code_challenge", "short")]),
    ] {
        let answer = browser.authorize(client, &others).await;
        assert_eq!(query(answer.header("location"))["error"], "invalid_request", "{others:?}");
    }
    // A verifier for a code that was asked for without a challenge shows that the request was
    // changed on its way (RFC 9700, section 4.8.2).
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = browser.code(web, &without).await;
    refused(&world.redeem(web, &code, &[]).await, "invalid_grant");
    let code = browser.code(web, &without).await;
    assert_eq!(world.redeem(web, &code, &[("code_verifier", "")]).await.status, 200);
    // And none for one with a challenge.
    let code = browser.code(web, &[]).await;
    refused(&world.redeem(web, &code, &[("code_verifier", "")]).await, "invalid_grant");
}

#[actix_web::test]
async fn replayed_code_revokes_tokens() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let code = browser.code(web, &[("scope", "openid offline_access")]).await;
    let tokens = world.redeem(web, &code, &[]).await.json();
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(world.client().get("/userinfo").bearer(&access).send().await.status, 200);

    refused(&world.redeem(web, &code, &[]).await, "invalid_grant");

    let gone = world.client().get("/userinfo").bearer(&access).send().await;
    assert_eq!((gone.status, &gone.json()["error"]), (401, &json!("invalid_token")));
    for token in [&access, &refresh] {
        let answer = world.ask_as(web, "/oauth/introspect", &[("token", token)]).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })));
    }
    let again = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    refused(&world.ask_as(web, "/oauth/token", &again).await, "invalid_grant");
}

#[actix_web::test]
async fn stolen_refresh_token() {
    let world = World::new().await;
    let (browser, web, spa) = (Browser::new(&world), &world.home.web, &world.home.spa);
    let code = browser.code(spa, &[("scope", "openid offline_access")]).await;
    let first = world.redeem(spa, &code, &[]).await.json();
    let stolen = first["refresh_token"].as_str().unwrap().to_owned();
    let refreshing = |token| [("grant_type", "refresh_token"), ("refresh_token", token)];
    // Somebody else's client has nothing of it.
    refused(&world.ask_as(web, "/oauth/token", &refreshing(&*stolen)).await, "invalid_grant");
    let wider = [("grant_type", "refresh_token"), ("refresh_token", &*stolen)];
    let wider: Vec<_> = wider.into_iter().chain([("scope", "openid email phone")]).collect();
    refused(&world.ask_as(spa, "/oauth/token", &wider).await, "invalid_scope");

    let second = world.ask_as(spa, "/oauth/token", &refreshing(&stolen)).await;
    assert_eq!(second.status, 200, "{}", second.text());
    let fresh = second.json()["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(fresh, stolen);
    // After the grace of parallel requests it is reuse: everything of the family ends.
    world.pass(60);
    refused(&world.ask_as(spa, "/oauth/token", &refreshing(&stolen)).await, "invalid_grant");
    refused(&world.ask_as(spa, "/oauth/token", &refreshing(&fresh)).await, "invalid_grant");
    let access = second.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.client().get("/userinfo").bearer(&access).send().await.status, 401);
}

#[actix_web::test]
async fn missing_state_and_nonce() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    // Both are the client's own protection. Without them it gets what it asked for, nothing is
    // made up, and an answer to a request that it has not sent is still bound to its verifier.
    let others = [("state", ""), ("nonce", "")];
    let asked = browser.authorize(web, &others).await;
    let page = browser.follow(&asked).await;
    let answer = browser.enter(&page).await;
    let answer = query(answer.header("location"));
    assert!(!answer.contains_key("state"), "{answer:?}");
    let tokens = world.redeem(web, &answer["code"], &[]).await;
    let id_token = tokens.json()["id_token"].as_str().unwrap().to_owned();
    assert!(claims(&id_token).get("nonce").is_none());
    let tokens = world.redeem(web, &browser.code(web, &[]).await, &[]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], "n-0S6_WzA2Mj");
    // A public client has PKCE in any case.
    let none = [("state", ""), ("nonce", ""), ("code_challenge", "")];
    let answer = browser.authorize(&world.home.spa, &none).await;
    assert_eq!(query(answer.header("location"))["error"], "invalid_request");
}

/// What a token claims.
fn claims(token: &str) -> serde_json::Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[actix_web::test]
async fn oversized_parameters() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let before = world.state().await;
    let long = "x".repeat(9_000);
    for name in ["client_id", "redirect_uri", "scope", "state", "nonce", "ui_locales", "request"] {
        let answer = browser.authorize(web, &[(name, &long)]).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{name}");
    }
    let many: Vec<_> = (0..200).map(|number| (format!("p{number}"), "x")).collect();
    let answer = browser.get(&format!("{}&{}", authorization(web, &[]), form(&many))).await;
    assert_eq!(answer.status, 400);
    let page = browser.sign_in_page(web).await;
    for (name, length) in [("username", 200_000), ("password", 200_000), ("request", 100_000)] {
        let text = "x".repeat(length);
        let action = form_of(&page).action;
        let answer = browser.post(&action, &[(name, &*text)]).await;
        assert!([400, 401, 403, 413].contains(&answer.status), "{name}: {}", answer.status);
    }
    for length in [5_000, 60_000] {
        let text = "x".repeat(length);
        let answer = browser.submit(&page, &[("username", "fioman"), ("password", &text)]).await;
        assert!([401, 413].contains(&answer.status), "{length}: {}", answer.status);
    }
    let huge = "x".repeat(20_000_000);
    for path in ["/oauth/token", "/oauth/par", "/userinfo", "/u/login", "/authorize"] {
        let ask = world.client().post(path).body(FORM, format!("grant_type={huge}"));
        let answer = ask.send().await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    for name in ["code", "code_verifier", "refresh_token", "client_assertion", "token"] {
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/device/code"] {
            let usual = [("grant_type", "authorization_code"), ("token", "x")];
            let pairs = merged(&usual, &[(name, &long)]);
            let answer = world.ask_as(web, path, &pairs).await;
            assert!(answer.status < 500, "{path} {name}: {}", answer.status);
            assert!(answer.text().find("access_token").is_none(), "{path} {name}");
        }
    }
    let cookie = format!("__Host-citizenry={long}; __Host-citizenry-browser={long}");
    let ask = world.client().get("/u/login").header("cookie", &cookie);
    assert_eq!(ask.send().await.status, 200);
    // The failed attempts are noted with the account; nothing else is.
    let ends = |text: &str| text.matches("Session {").count();
    assert_eq!(ends(&world.state().await), ends(&before));
}

#[actix_web::test]
async fn repeated_parameters() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    let path = authorization(web, &[]);
    for name in ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce"] {
        let answer = browser.get(&format!("{path}&{name}=x")).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{name}");
    }
    let code = browser.code(web, &[]).await;
    for name in ["code", "redirect_uri", "code_verifier", "grant_type", "client_id"] {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            (name, "x"),
        ];
        refused(&world.ask_as(web, "/oauth/token", &usual).await, "invalid_request");
    }
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let answer = world.ask_as(web, path, &[("token", "x"), ("token", "y")]).await;
        refused(&answer, "invalid_request");
    }
    let pairs = [("scope", "openid"), ("scope", "email")];
    refused(&world.ask_as(web, "/oauth/device/code", &pairs).await, "invalid_request");
    let pairs = [("state", "a"), ("state", "b"), ("redirect_uri", CALLBACK)];
    refused(&world.ask_as(web, "/oauth/par", &pairs).await, "invalid_request");
    // Forms of pages.
    let page = browser.get("/u/login").await;
    let typed = [("username", "fioman"), ("username", "nobody"), ("password", PASSWORD)];
    let answer = browser.submit(&page, &typed).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[actix_web::test]
async fn cross_site_sign_in() {
    let world = World::new().await;
    let (victim, attacker) = (Browser::new(&world), Browser::new(&world));
    // The attacker's own form, with his request and his token, sent from the victim's browser, so
    // that the victim would be signed in as the attacker.
    let page = attacker.sign_in_page(&world.home.web).await;
    let form = form_of(&page);
    let mut pairs = form.hidden.clone();
    pairs.push(("username".to_owned(), "fioman".to_owned()));
    pairs.push(("password".to_owned(), PASSWORD.to_owned()));
    let without_request: Vec<_> =
        pairs.iter().filter(|(name, _)| name != "request").cloned().collect();
    for fresh in [true, false] {
        if !fresh {
            victim.get("/u/login").await;
        }
        for (pairs, status) in [(&pairs, 400), (&without_request, 403)] {
            let answer = victim.post(&form.action, pairs).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            assert!(!victim.cookies.borrow().contains_key("__Host-citizenry"));
        }
    }
    // His link shows no form, either.
    let request = &pairs.iter().find(|(name, _)| name == "request").unwrap().1;
    for path in ["/u/login", "/u/signup", "/u/consent", "/u/reset"] {
        let answer = victim.get(&format!("{path}?request={request}")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(!answer.text().contains("<form"), "{path}");
    }
    assert!(world.sessions_of(&world.home.user).await.is_empty());
    // The attacker's browser itself is served.
    assert_eq!(attacker.post(&form.action, &pairs).await.status, 303);
}

#[actix_web::test]
async fn an_expired_request() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.sign_in_page(&world.home.web).await;
    let request = form_of(&page).hidden[0].1.clone();
    world.pass(3_601);
    let answer = browser.enter(&page).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains("expired_request"), "{}", answer.text());
    // Nor one that was changed by a letter.
    let page = browser.sign_in_page(&world.home.web).await;
    let good = form_of(&page).hidden[0].1.clone();
    assert_ne!(good, request);
    for at in [0, good.len() / 2, good.len() - 2] {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let answer = browser.get(&format!("/u/login?request={changed}")).await;
        assert_eq!(answer.status, 400, "{at}");
    }
}

#[actix_web::test]
async fn csrf() {
    let world = World::new().await;
    let (victim, web, spa) = (Browser::new(&world), &world.home.web, &world.home.spa);
    victim.code(web, &[]).await;
    let asked = victim.authorize(spa, &[]).await;
    let consent = victim.follow(&asked).await;
    let request = form_of(&consent).hidden[0].1.clone();
    let begun = world.ask_as(web, "/oauth/device/code", &[("scope", "openid")]).await.json();
    let user_code = begun["user_code"].as_str().unwrap();
    let stranger = Browser::new(&world);
    let page = stranger.get("/u/login").await;
    let strange = form_of(&page).hidden.iter().find(|it| it.0 == "csrf").unwrap().1.clone();
    let before = world.state().await;
    // The victim's browser, with its cookies, sends what another site has put together.
    for csrf in ["", "nonsense", &*strange] {
        for (path, pairs) in [
            ("/u/login", vec![("username", "fioman"), ("password", PASSWORD)]),
            ("/u/signup", vec![("email", "x@example.com"), ("password", PASSWORD)]),
            ("/u/consent", vec![("request", &*request), ("action", "allow")]),
            ("/u/reset", vec![("email", "fioman@qq.com")]),
            ("/activate", vec![("user_code", user_code), ("action", "allow")]),
            ("/oidc/logout", vec![("action", "logout")]),
        ] {
            let mut pairs = pairs;
            pairs.push(("csrf", csrf));
            let answer = victim.post(path, &pairs).await;
            assert!(answer.status < 500 && answer.status != 303, "{path}: {answer:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
        }
    }
    assert_eq!(world.state().await, before);
    assert!(world.mails().await.is_empty());
    // By GET, nothing is ever decided.
    for path in [
        format!("/u/consent?request={request}&action=allow"),
        format!("/activate?user_code={user_code}&action=allow"),
        "/oidc/logout?action=logout".to_owned(),
        "/u/logout?action=logout".to_owned(),
    ] {
        assert_eq!(victim.get(&path).await.status, 200, "{path}");
    }
    let after = world.state().await;
    assert_eq!(after, before);
    // The victim's own click is served.
    let answer = victim.submit(&consent, &[("action", "allow")]).await;
    assert_eq!(answer.status, 303);
}

#[actix_web::test]
async fn header_injection() {
    let world = World::new().await;
    let (browser, web) = (Browser::new(&world), &world.home.web);
    browser.code(web, &[]).await;
    let injected = "x\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>";
    for name in ["state", "redirect_uri", "ui_locales", "nonce", "login_hint", "client_id"] {
        let answer = browser.authorize(web, &[(name, injected)]).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{name}");
        assert!(!answer.text().contains("<script>alert"), "{name}");
    }
    for text in [injected, "x\u{b}y", "x\0y", "\u{7f}", "\u{85}"] {
        for path in ["/u/login", "/activate", "/u/reset", "/u/signup", "/u/logout"] {
            for name in ["ui_locales", "user_code", "request", "notice"] {
                let answer = browser.get(&format!("{path}?{}", form(&[(name, text)]))).await;
                let what = format!("{path} {name}={text:?}: {answer:?}");
                assert!([200, 303, 400, 422].contains(&answer.status), "{what}");
                assert!(!answer.text().contains("<script>alert"), "{what}");
                assert!(!answer.headers.contains_key("evil"), "{what}");
                for (_, value) in &answer.headers {
                    assert!(value.to_str().is_ok_and(|it| !it.contains("evil=1\r")), "{what}");
                }
            }
        }
        let page = browser.get("/activate").await;
        let answer = browser.submit(&page, &[("user_code", text), ("action", "continue")]).await;
        assert!([400, 422].contains(&answer.status), "{text:?}: {answer:?}");
        let path = format!("/oidc/logout?{}", form(&[("state", text), ("ui_locales", text)]));
        assert_eq!(browser.get(&path).await.status, 400, "{text:?}");
        for path in ["/v1/logout", "/v2/logout"] {
            let path = format!("{path}?{}", form(&[("returnTo", text), ("return_to", text)]));
            let answer = browser.get(&path).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{text:?}");
        }
    }
    // What is legal, if strange, arrives as it was sent.
    let state = "x&code=evil#y z\"%0d%0a李";
    let answer = browser.authorize(web, &[("state", state)]).await;
    let said = query(answer.header("location"));
    assert_eq!(said["state"], state);
    assert_ne!(said["code"], "evil");
    // Cookies of other programs and of attackers.
    for cookie in [
        "__Host-citizenry=; __Host-citizenry-browser=\"",
        "__Host-citizenry=a\tb; =; ;;; __Host-citizenry-browser=<script>",
        "__Host-citizenry-browser=%0d%0aSet-Cookie:%20evil=1; __Host-citizenry-device=%00",
        "__Host-citizenry=\u{e9}",
    ] {
        let ask = world.client().get(&authorization(web, &[]));
        let answer = ask.header("cookie", cookie).send().await;
        assert_eq!(answer.status, 303, "{cookie}");
        assert!(answer.header("location").starts_with("/u/login?"), "{cookie}");
        let set: Vec<_> = answer.headers.get_all("set-cookie").collect();
        assert_eq!(set.len(), 1, "{cookie}: a new secret");
        assert!(!set[0].to_str().unwrap().contains("evil"), "{cookie}");
    }
}
