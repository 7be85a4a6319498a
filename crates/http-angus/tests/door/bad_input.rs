//! What is wrong gets its 4xx in shape, and changes nothing.

use actix_web::http::Method;
use citizenry_http_angus::{PREFIX, TABLE};
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    examples::example,
    house::{House, seed_user},
    routes::assert_error,
};

const USER: &str = "/angus/api/v1/user";

#[test]
fn the_wrong_field_of_a_user_is_named() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let validation = "param_validation_error";
        let parsing = "param_parsing_error";
        let long = |length| Value::from("x".repeat(length));
        let dept = |main: bool| json!({ "id": house.ids.dept, "mainDept": main });
        for (field, value, key) in [
            ("username", long(101), validation),
            ("username", json!("a b"), validation),
            ("username", json!({}), parsing),
            ("firstName", long(101), validation),
            ("fullName", json!("a\u{7}b"), validation),
            ("country", long(17), validation),
            ("itc", json!("CN"), validation),
            ("mobile", json!("12345"), validation),
            ("mobile", json!("1234567890123456"), validation),
            ("mobile", json!("138  13000000"), validation),
            ("email", json!("no-at-sign"), validation),
            ("email", long(101), validation),
            ("landline", long(41), validation),
            ("avatar", long(401), validation),
            ("avatar", json!("javascript:alert(1)"), validation),
            ("title", long(101), validation),
            ("address", long(201), validation),
            ("gender", json!("THIRD"), parsing),
            ("enabled", json!("maybe"), parsing),
            ("password", Value::Null, validation),
            ("password", json!("Ab1!x"), validation),
            ("password", json!("密码密码密码密码密码a1"), validation),
            ("password", json!("aaaaaaaaaaaaaaaa1B"), validation),
            ("signupAccount", long(101), validation),
            ("invitationCode", long(81), validation),
            ("depts", json!([{ "mainDept": true }]), validation),
            ("depts", json!([dept(true), dept(false)]), validation),
            ("groupIds", json!([1, 1]), validation),
            ("groupIds", json!(["x"]), parsing),
            ("tagIds", json!(vec![1; 2_001]), validation),
        ] {
            let mut body = seed_user();
            for (other, value) in
                [("username", "li"), ("email", "li@example.com"), ("mobile", "13813000006")]
            {
                body[other] = value.into();
            }
            body[field] = value.clone();
            let answer = house.post(USER, &body).await;
            let what = format!("{field} {value}: {}", answer.text());
            assert_eq!(answer.status, 400, "{what}");
            assert_error(&answer.json(), "E0", key, &what);
            assert!(answer.json()["msg"].as_str().unwrap().contains(field), "{what}");
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn rules_that_span_fields_are_protocol_errors() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let ids = house.ids;
        let both = json!({ "username": "li", "password": "xcan@123Compoejf" });
        let mut two_mains = seed_user();
        two_mains["username"] = "li".into();
        two_mains["email"] = "li@example.com".into();
        two_mains["mobile"] = Value::Null;
        two_mains["depts"] = json!([
            { "id": ids.dept, "mainDept": true }, { "id": ids.sub_dept, "mainDept": true },
        ]);
        let mut no_main = two_mains.clone();
        no_main["depts"] = json!([{ "id": ids.dept }]);
        for body in [both, two_mains, no_main] {
            let answer = house.post(USER, &body).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            assert_error(&answer.json(), "E0", "protocol_error", "POST");
        }
        let mut unknown = seed_user();
        unknown["username"] = "li".into();
        unknown["email"] = "li@example.com".into();
        unknown["mobile"] = Value::Null;
        for field in ["groupIds", "tagIds"] {
            unknown[field] = json!([999_999]);
            let answer = house.post(USER, &unknown).await;
            assert_error(&answer.json(), "E0", "resource_not_found", field);
            unknown[field] = json!([]);
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn what_is_no_request_of_the_door_is_refused_in_its_words() {
    block_on(async {
        let house = House::new().await;
        let token = &house.home.token;
        let ask = |method: Method, target: &str| {
            house.client.request(method, target).bearer(token).header("x-lang", "en")
        };
        let json = "application/json";
        for (ask, status, key) in [
            (ask(Method::GET, "/angus/api/v1/nothing"), 404, "handler_not_found"),
            (ask(Method::GET, "/angus/gm/api/v2/user"), 404, "handler_not_found"),
            (ask(Method::PUT, "/angus/api/v1/user/sysadmin"), 405, "method_not_supported"),
            (ask(Method::GET, "/angus/api/v1/user/x"), 400, "param_validation_error"),
            (
                ask(Method::GET, "/angus/api/v1/user/99999999999999999999"),
                400,
                "param_validation_error",
            ),
            (ask(Method::GET, "/angus/api/v1/user/-1"), 404, "resource_not_found"),
            (ask(Method::POST, USER).body("text/plain", "x"), 415, "media_type_not_supported"),
            (ask(Method::POST, USER).body(json, "{"), 400, "param_parsing_error"),
            (ask(Method::POST, USER).body(json, "[1]"), 400, "param_parsing_error"),
            (ask(Method::POST, USER), 400, "param_parsing_error"),
            (ask(Method::DELETE, USER), 400, "param_missing"),
            (ask(Method::GET, "/angus/api/v1/user?id=%zz"), 400, "param_validation_error"),
        ] {
            let what = format!("{ask:?}");
            let answer = ask.send().await;
            assert_eq!(answer.status, status, "{what}: {}", answer.text());
            assert_error(&answer.json(), "E0", key, &what);
        }
    });
}

#[test]
fn no_body_of_any_route_ends_in_a_fault_of_the_server() {
    block_on(async {
        let house = House::new().await;
        house.operate().await;
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        for route in TABLE.iter().filter(|route| route.resource != "oauth2") {
            let (path, body) = example(route, &house);
            let Some(good) = body else { continue };
            let target = format!("{PREFIX}{path}");
            let mut bodies =
                vec![json!({}), json!([]), json!([{}]), json!(null), json!("x"), deep.clone()];
            if let Some(members) = good.as_object() {
                for name in members.keys() {
                    for wrong in [json!({}), json!("\u{0}"), json!("x".repeat(10_000)), json!(-1)] {
                        let mut body = good.clone();
                        body[name] = wrong;
                        bodies.push(body);
                    }
                }
            }
            for body in bodies {
                let method: Method = route.method.parse().unwrap();
                let answer = if route.is_public {
                    house.visit(method, &target, Some(&body)).await
                } else {
                    house.ask(method, &target, Some(&body)).await
                };
                assert!(answer.status < 500, "{target} {body}: {}", answer.text());
            }
        }
    });
}
