//! What holds for every route of the table.

use std::collections::BTreeSet;

use actix_web::http::Method;
use citizenry_http_authok::{Prefix, QUICK_START, Route, TABLE};
use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{
    examples::example,
    house::{FOREIGN, House, request},
};

fn method(route: &Route) -> Method {
    route.method.parse().unwrap()
}

/// The members that every error body has.
pub(crate) fn assert_error(body: &Value, status: u16, code: &str, what: &str) {
    assert_eq!(body["statusCode"], status, "{what}: {body}");
    assert_eq!(body["errorCode"], code, "{what}: {body}");
    for member in ["error", "error_description", "message"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{what}: {body}");
    }
    assert_eq!(body["message"], body["error_description"], "{what}");
    assert_eq!(body.as_object().unwrap().len(), 5, "{what}: {body}");
}

#[test]
fn the_table_has_every_row_once() {
    let rows: BTreeSet<_> = TABLE.iter().map(|route| (route.method, route.path)).collect();
    let names: BTreeSet<_> = TABLE.iter().map(|route| route.name).collect();
    assert_eq!((rows.len(), names.len()), (TABLE.len(), TABLE.len()));
    let count = |resource| TABLE.iter().filter(|route| route.resource == resource).count();
    let counts = [
        ("Connection", 7),
        ("Client", 6),
        ("ResourceServer", 5),
        ("User", 19),
        ("Role", 11),
        ("Tenant", 2),
        ("Branding", 2),
        ("ClientGrant", 5),
        ("Log", 3),
        ("Job", 6),
    ];
    for (resource, rows) in counts {
        assert_eq!(count(resource), rows, "{resource}");
    }
    assert_eq!(TABLE.len(), counts.iter().map(|(_, rows)| rows).sum::<usize>());
    assert_eq!(QUICK_START.path, "/oauth/token");
}

#[test]
fn every_route_refuses_anonymous_calls_before_it_reads_anything() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        for route in TABLE {
            let (path, body) = example(route, &house.ids);
            for prefix in Prefix::ALL {
                let target = format!("{}{path}", prefix.path());
                for token in [None, Some("nonsense"), Some("nowhere/all")] {
                    let ask = request(&house.client, method(route), &target, body.as_ref());
                    let ask = match token {
                        Some(token) => ask.bearer(token),
                        None => ask,
                    };
                    let answer = ask.send().await;
                    let what = format!("{} {target}", route.method);
                    assert_eq!(answer.status, 401, "{what}");
                    assert_error(&answer.json(), 401, "invalid_token", &what);
                    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
                }
                let malformed = request(&house.client, method(route), &target, None)
                    .body("application/json", "{")
                    .send()
                    .await;
                assert_eq!(malformed.status, 401, "{} {target}", route.method);
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn every_route_needs_exactly_the_scopes_that_the_table_names() {
    block_on(async {
        for (row, route) in TABLE.iter().enumerate() {
            let house = House::new().await;
            let (path, body) = example(route, &house.ids);
            let before = house.dump().await;
            for prefix in Prefix::ALL {
                let target = format!("{}{path}", prefix.path());
                let token = format!("home/without/{row}");
                let answer = house.ask_as(&token, method(route), &target, body.as_ref()).await;
                let what = format!("{} {target}: {}", route.method, answer.text());
                assert_eq!(answer.status, 403, "{what}");
                assert_error(&answer.json(), 403, "insufficient_scope", &what);
            }
            assert_eq!(house.dump().await, before, "{}", route.name);
            let token = format!("home/only/{row}");
            let target = format!("/api/v1{path}");
            let answer = house.ask_as(&token, method(route), &target, body.as_ref()).await;
            let what = format!("{} {target}: {}", route.method, answer.text());
            // The one example that asks for more than there is: nothing is linked to be unlinked.
            let expected = if route.name == "unlink_user" { 404 } else { 200 };
            assert_eq!(answer.status, expected, "{what}");
        }
    });
}

#[test]
fn nothing_of_another_tenant_is_found_listed_or_changed() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let ids = &house.ids;
        let secrets = [
            &ids.user,
            &ids.second_user,
            &ids.social_user,
            &ids.role,
            &ids.connection,
            &ids.social_connection,
            &ids.client,
            &ids.resource_server,
            &ids.grant,
            &ids.event,
            &ids.import,
            &ids.export,
        ];
        for route in TABLE {
            let (path, body) = example(route, &house.ids);
            for prefix in Prefix::ALL {
                let target = format!("{}{path}", prefix.path());
                let answer = house.ask_as(FOREIGN, method(route), &target, body.as_ref()).await;
                let what = format!("{} {target}: {}", route.method, answer.text());
                if route.name == "link_user" {
                    // The vendor's row: an unknown user is a bad request here.
                    assert_error(&answer.json(), 400, "invalid_body", &what);
                } else if names_what_is_at_home(route) {
                    assert_eq!(answer.status, 404, "{what}");
                    let body = answer.json();
                    let code = body["errorCode"].as_str().unwrap();
                    assert!(code.starts_with("inexistent_"), "{what}");
                    assert_error(&body, 404, code, &what);
                } else {
                    // Made, listed or passed over in the caller's own tenant.
                    assert!([200, 201, 204, 400, 409].contains(&answer.status), "{what}");
                    let text = answer.text();
                    assert!(!secrets.iter().any(|id| text.contains(id.as_str())), "{what}");
                }
            }
        }
        assert_eq!(house.dump().await, before);
    });
}

/// Whether a request of another tenant for what lives at home must find nothing.
fn names_what_is_at_home(route: &Route) -> bool {
    // The client of the example's grant, the connection and the user of the jobs are the home
    // tenant's.
    let in_body =
        ["create_client_grant", "import_users", "export_users", "send_verification_email"];
    route.path.contains('{') || in_body.contains(&route.name)
}
