//! Status, chosen headers and body of every route, under both prefixes.

use std::fmt::Write as _;

use citizenry_http_authok::{Prefix, TABLE};
use citizenry_http_kit::testing::Answer;
use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{examples::example, house::House, masks::Masks};

#[test]
fn every_route_answers_as_it_did() {
    block_on(async {
        for route in TABLE {
            let mut text = String::new();
            for prefix in Prefix::ALL {
                let (house, mut masks) = (House::new().await, Masks::default());
                if route.name == "unlink_user" {
                    let target = format!("/api/v1/users/{}/identities", house.ids.user);
                    let body = serde_json::json!({ "user_id": house.ids.second_user });
                    assert_eq!(house.post(&target, &body).await.status, 200);
                }
                let (path, body) = example(route, &house.ids);
                let target = format!("{}{path}", prefix.path());
                let method = route.method.parse().unwrap();
                let answer = house.ask(method, &target, body.as_ref()).await;
                assert!(answer.status < 300, "{} {target}: {}", route.method, answer.text());
                let mut part = format!("{} {target}\n", route.method);
                write(&mut part, &answer);
                text.push_str(&masks.mask(&part));
            }
            insta::assert_snapshot!(route.name, text);
        }
    });
}

fn write(text: &mut String, answer: &Answer) {
    let _ = writeln!(text, "{}", answer.status);
    for name in ["content-type", "location", "www-authenticate"] {
        if !answer.header(name).is_empty() {
            let _ = writeln!(text, "{name}: {}", answer.header(name));
        }
    }
    if answer.header("content-type") == "application/gzip" {
        text.push_str("\n(compressed)\n\n");
        return;
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => _ = writeln!(text, "\n{body:#}\n"),
        Err(_) if answer.body.is_empty() => text.push_str("\n(empty)\n\n"),
        Err(_) => _ = writeln!(text, "\n{}\n", answer.text()),
    }
}
