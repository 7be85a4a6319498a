//! Status, chosen headers and body of every route.

use std::fmt::Write as _;

use citizenry_http_audience_manager::TABLE;
use citizenry_http_kit::testing::Answer;
use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{
    house::{FORM, House},
    requests::{Body, body, path},
};

#[test]
fn every_route_answers_as_it_did() {
    block_on(async {
        let mut text = String::new();
        for route in TABLE {
            let house = House::new().await;
            let method = route.method.parse().unwrap();
            let target = path(route.path, &house.ids);
            let ask = house.client.request(method, &target);
            let ask = ask.peer("192.0.2.7:4711".parse().unwrap());
            let ask = match body(route, &house) {
                Body::None => ask.bearer(&house.home.token),
                Body::Json(body) => ask.bearer(&house.home.token).json(&body),
                Body::Form(form) => ask.body(FORM, form),
            };
            let answer = ask.send().await;
            let _ = writeln!(text, "{} {}", route.method, route.path);
            write(&mut text, &answer);
        }
        insta::assert_snapshot!(text);
    });
}

fn write(text: &mut String, answer: &Answer) {
    let _ = writeln!(text, "{}", answer.status);
    for name in ["content-type", "location", "cache-control", "pragma", "www-authenticate"] {
        if !answer.header(name).is_empty() {
            let _ = writeln!(text, "{name}: {}", answer.header(name));
        }
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            for name in ["access_token", "refresh_token"] {
                if body.get(name).is_some() {
                    body[name] = Value::from("<random>");
                }
            }
            _ = writeln!(text, "\n{body:#}\n");
        }
        Err(_) if answer.body.is_empty() => text.push_str("\n(empty)\n\n"),
        Err(_) => _ = writeln!(text, "\n{}\n", answer.text()),
    }
}
