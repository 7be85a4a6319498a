//! What holds for every route of the table.

use std::collections::BTreeSet;

use actix_web::http::Method;
use citizenry_http_angus::{CLOUD, PREFIX, Route, TABLE};
use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{
    examples::{example, form},
    house::{House, request},
};

fn method(route: &Route) -> Method {
    route.method.parse().unwrap()
}

/// The envelope of a refusal.
pub(crate) fn assert_error(body: &Value, code: &str, key: &str, what: &str) {
    assert_eq!(
        (&body["code"], &body["ext"]["eKey"]),
        (&code.into(), &key.into()),
        "{what}: {body}"
    );
    let keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "data", "datetime", "ext", "msg"], "{what}");
    assert!(body["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{what}: {body}");
}

#[test]
fn the_table_has_every_row_once() {
    let rows: BTreeSet<_> = TABLE.iter().map(|route| (route.method, route.path)).collect();
    let names: BTreeSet<_> = TABLE.iter().map(|route| route.name).collect();
    assert_eq!((rows.len(), names.len(), TABLE.len()), (118, 118, 118));
    let count = |resource| TABLE.iter().filter(|route| route.resource == resource).count();
    for (resource, rows) in [
        ("user", 12),
        ("auth", 2),
        ("user-dept", 4),
        ("user-group", 4),
        ("user-tag", 4),
        ("current-user", 9),
        ("sign", 11),
        ("client-sign", 1),
        ("oauth2", 2),
        ("auth-user", 10),
        ("user-token", 4),
        ("system-token", 5),
        ("dept", 9),
        ("dept-tag", 4),
        ("dept-user", 4),
        ("group", 8),
        ("group-tag", 4),
        ("group-user", 3),
        ("org-tag", 6),
        ("org-tag-target", 3),
        ("tenant", 9),
    ] {
        assert_eq!(count(resource), rows, "{resource}");
    }
    for route in TABLE {
        let is_open = route.path.starts_with("/pubapi/") || route.path.starts_with("/oauth2/");
        assert_eq!(route.is_public, is_open, "{}", route.name);
    }
}

#[test]
fn every_route_refuses_anonymous_calls_before_it_reads_anything() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        for route in TABLE.iter().filter(|route| !route.is_public) {
            let (path, body) = example(route, &house);
            for cloud in ["", CLOUD] {
                let target = format!("{PREFIX}{cloud}{path}");
                for (token, key) in [(None, "unauthorized"), (Some("nonsense"), "invalid_token")] {
                    let ask = request(&house.client, method(route), &target, body.as_ref());
                    let ask = match token {
                        Some(token) => ask.bearer(token),
                        None => ask,
                    };
                    let answer = ask.send().await;
                    let what = format!("{} {target}", route.method);
                    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
                    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
                    assert_error(&answer.json(), "E0", key, &what);
                    assert_eq!(answer.header("xc-e-key"), key, "{what}");
                }
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn another_tenant_neither_finds_nor_changes_anything() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let names = ["James", "james@", "韩梅", "研发部", "平台组", "评审组", "骨干", "外包"];
        for route in TABLE.iter().filter(|route| !route.is_public) {
            let (path, body) = example(route, &house);
            let target = format!("{PREFIX}{path}");
            let token = &house.foreign.token;
            let answer = house.ask_as(token, method(route), &target, body.as_ref()).await;
            let what = format!("{} {target}: {}", route.method, answer.text());
            if route.resource == "tenant" || route.name == "setTenantRealName" {
                assert_eq!(answer.status, 403, "{what}");
            } else if route.path.contains('{') {
                assert_eq!(answer.status, 404, "{what}");
                assert_error(&answer.json(), "E0", "resource_not_found", &what);
            } else {
                // Made, listed or passed over in the caller's own tenant.
                assert!([200, 201, 204, 400, 404].contains(&answer.status), "{what}");
                let text = answer.text();
                let is_echo = route.name == "checkUsername";
                assert!(is_echo || !names.iter().any(|name| text.contains(name)), "{what}");
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn people_without_the_role_change_nothing_but_their_own() {
    block_on(async {
        let house = House::new().await;
        let token = house.person().await;
        let before = house.dump().await;
        for route in TABLE.iter().filter(|route| !route.is_public) {
            let is_own = ["current-user", "user-token", "auth"].contains(&route.resource)
                || route.name.contains("OwnPassword");
            let is_tenants = route.resource == "tenant";
            let is_system = route.resource == "system-token";
            let reads = route.method == "GET" && route.name != "checkUserPassword";
            if is_own || (reads && !is_tenants && !is_system) {
                continue;
            }
            let (path, body) = example(route, &house);
            let target = format!("{PREFIX}{path}");
            let answer = house.ask_as(&token, method(route), &target, body.as_ref()).await;
            let what = format!("{} {target}: {}", route.method, answer.text());
            assert_eq!(answer.status, 403, "{what}");
            assert_error(&answer.json(), "E0", "forbidden", &what);
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn open_routes_want_a_client_or_a_secret() {
    block_on(async {
        let mut house = House::new().await;
        let before = house.dump().await;
        house.home.client_secret = "wrong".to_owned();
        for route in TABLE.iter().filter(|route| route.is_public) {
            let (path, body) = example(route, &house);
            let target = format!("{PREFIX}{path}");
            let what = format!("{} {target}", route.method);
            let answer = match form(route, &house) {
                Some(form) => {
                    let media = "application/x-www-form-urlencoded";
                    house.client.post(&target).body(media, form).send().await
                }
                None => house.visit(method(route), &target, body.as_ref()).await,
            };
            let expected = match route.name {
                "token" | "introspect" => 401,
                "signInGet" => 405,
                "listSignInAccounts" | "sendSmsCode" | "sendEmailCode" => 200,
                _ => 400,
            };
            assert_eq!(answer.status, expected, "{what}: {}", answer.text());
        }
        assert_eq!(house.dump().await, before);
    });
}
