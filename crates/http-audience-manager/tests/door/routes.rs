//! What holds for every route of the table, in every form of its path.

use std::collections::BTreeSet;

use actix_web::http::Method;
use citizenry_http_audience_manager::{Route, TABLE};
use citizenry_http_kit::testing::{Answer, Ask};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{FORM, House},
    requests::{Body, body, path},
};

/// Whether clients prove themselves there without a token.
fn is_public(route: &Route) -> bool {
    route.resource == "auth"
}

/// Every form of every path, with every method.
fn forms() -> impl Iterator<Item = (&'static Route, &'static str, Method)> {
    TABLE.iter().flat_map(|route| {
        route.paths().flat_map(move |path| {
            route.methods().map(move |method| (route, path, method.parse().unwrap()))
        })
    })
}

fn request(house: &House, route: &Route, form: &str, method: Method) -> Ask {
    let ask = house.client.request(method, &path(form, &house.ids));
    let ask = ask.peer("192.0.2.7:4711".parse().unwrap());
    match body(route, house) {
        Body::None => ask,
        Body::Json(body) => ask.json(&body),
        Body::Form(form) => ask.body(FORM, form),
    }
}

/// The body of every refusal of the management methods.
pub(crate) fn assert_error(answer: &Answer, status: u16, code: &str, what: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["code"]), (status, &json!(code)), "{what}: {body}");
    assert!(body["message"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {body}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{what}: {body}");
}

#[test]
fn the_table_has_every_row_once() {
    let names: BTreeSet<_> = TABLE.iter().map(|route| route.name).collect();
    assert_eq!(names.len(), TABLE.len());
    // The vendor's rows, and the proposed one that reads a group.
    assert_eq!(TABLE.len(), 23 + 1);
    let count = |resource| TABLE.iter().filter(|route| route.resource == resource).count();
    let counts = [("self", 4), ("user", 6), ("group", 6), ("permission", 4), ("auth", 4)];
    for (resource, rows) in counts {
        assert_eq!(count(resource), rows, "{resource}");
    }
    let forms: Vec<_> = forms().map(|(_, path, method)| (path, method.to_string())).collect();
    assert_eq!(forms.iter().collect::<BTreeSet<_>>().len(), forms.len());
}

#[test]
fn strangers_are_told_so_before_anything_is_read() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        for (route, form, method) in forms().filter(|(route, ..)| !is_public(route)) {
            let what = format!("{method} {form}");
            let foreign = "01234567-89ab-4def-8123-456789abcdef";
            for token in [None, Some("nonsense"), Some(foreign)] {
                let ask = request(&house, route, form, method.clone());
                let ask = match token {
                    Some(token) => ask.bearer(token),
                    None => ask,
                };
                let answer = ask.send().await;
                assert_error(&answer, 401, "invalid_token", &what);
                let challenge = answer.header("www-authenticate");
                let start = "Bearer realm=\"oauth\", error=\"invalid_token\", error_description=\"";
                assert!(challenge.starts_with(start), "{what}: {challenge}");
                assert!(token.is_none_or(|token| !challenge.contains(token)), "{what}");
            }
            let target = path(form, &house.ids);
            let malformed = house.client.request(method, &target).body("application/json", "{");
            assert_eq!(malformed.send().await.status, 401, "{what}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn clients_without_credentials_get_no_token() {
    block_on(async {
        let house = House::new().await;
        for (route, form, method) in forms().filter(|(route, ..)| is_public(route)) {
            let (what, target) = (format!("{method} {form}"), path(form, &house.ids));
            if route.name == "legacyAuthorize" {
                let answer = house.client.request(method, &target).send().await;
                assert_eq!(answer.status, 302, "{what}");
                continue;
            }
            let Body::Form(good) = body(route, &house) else { panic!("{what} takes a form") };
            let bare = good.replace(&house.home.client_secret, "wrong");
            let answer = house.client.post(&target).body(FORM, bare).send().await;
            let expected = if route.name == "imsServerToServer" { 400 } else { 401 };
            assert_eq!(answer.status, expected, "{what}: {}", answer.text());
            assert_eq!(answer.json()["error"], "invalid_client", "{what}");
            assert_eq!(answer.header("cache-control"), "no-store", "{what}");
            let other = house.client.post(&target).body("text/plain", good).send().await;
            assert_eq!(other.status, 415, "{what}");
            assert_eq!(other.json()["error"], "invalid_request", "{what}");
        }
    });
}

#[test]
fn nothing_of_another_partner_is_found_listed_or_changed() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let (token, ids) = (house.foreign.token.clone(), house.ids);
        let secrets = [ids.user, ids.second_user, ids.group, ids.second_group];
        for (route, form, method) in forms().filter(|(route, ..)| !is_public(route)) {
            // What callers do to themselves names nobody else, and would end the tests' own access.
            if route.resource == "self" {
                continue;
            }
            let what = format!("{method} {form}");
            let answer = request(&house, route, form, method).bearer(&token).send().await;
            match route.name {
                // Its own lists, and what is the same for all.
                "listUsers" | "listGroups" => {
                    let listed = answer.json();
                    let numbers =
                        |item: &Value| item["userId"].as_i64().or(item["groupId"].as_i64());
                    let found: Vec<_> = listed.as_array().unwrap().iter().map(numbers).collect();
                    let leaked = secrets.iter().any(|id| found.contains(&Some(*id)));
                    assert!(answer.status == 200 && !leaked, "{what}: {listed}");
                }
                "listPermissionableObjectTypes" | "listPermissionsOfObjectType" => {
                    assert_eq!(answer.status, 200, "{what}");
                }
                // The home's group or user in a body, and permissions of a group out of reach.
                "createUser" | "createGroup" | "listGroupPermissions" | "setGroupPermissions" => {
                    assert_error(&answer, 400, "bad_request", &what);
                }
                _ => assert_error(&answer, 404, "not_found", &what),
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn people_who_are_no_administrators_reach_their_own_account_alone() {
    block_on(async {
        let house = House::new().await;
        let (token, _) = house.person().await;
        let before = house.dump().await;
        for (route, form, method) in forms().filter(|(route, ..)| !is_public(route)) {
            if route.resource == "self" {
                continue;
            }
            let what = format!("{method} {form}");
            let answer = request(&house, route, form, method).bearer(&token).send().await;
            assert_error(&answer, 403, "forbidden", &what);
        }
        assert_eq!(house.dump().await, before);
        let own = house.ask_as(&token, Method::GET, "/aam/v1/users/self", None).await;
        assert_eq!((own.status, &own.json()["username"]), (200, &json!("fioman")));
    });
}

#[test]
fn every_form_of_a_read_answers_alike() {
    block_on(async {
        let house = House::new().await;
        for route in TABLE.iter().filter(|route| route.method == "GET" && !is_public(route)) {
            let first = house.get(&path(route.path, &house.ids)).await;
            assert_eq!(first.status, 200, "{}: {}", route.path, first.text());
            for alias in route.aliases {
                let other = house.get(&path(alias, &house.ids)).await;
                assert_eq!((other.status, other.text()), (200, first.text()), "{alias}");
            }
        }
    });
}

#[test]
fn fixed_words_win_over_identifiers() {
    block_on(async {
        let house = House::new().await;
        for target in ["/aam/v1/users/bulk-delete", "/aam/api/v1/groups/bulk-delete/"] {
            let answer = house.get(target).await;
            assert_error(&answer, 405, "method_not_allowed", target);
            assert!(answer.header("allow").contains("POST"), "{target}");
        }
        let answer = house.delete("/aam/v1/users/self").await;
        assert_error(&answer, 405, "method_not_allowed", "DELETE self");
        let answer = house.get("/aam/v1/traits/").await;
        assert_error(&answer, 404, "not_found", "another part of the vendor's");
    });
}
