//! Status, chosen headers and body of every route.

use std::fmt::Write as _;

use citizenry_http_angus::{PREFIX, TABLE};
use citizenry_http_kit::testing::Answer;
use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{
    examples::{example, form},
    house::House,
};

#[test]
fn every_route_answers_as_it_did() {
    block_on(async {
        for route in TABLE {
            let house = House::new().await;
            house.operate().await;
            let (path, body) = example(route, &house);
            let target = format!("{PREFIX}{path}");
            let method = route.method.parse().unwrap();
            let answer = match form(route, &house) {
                Some(form) => {
                    let media = "application/x-www-form-urlencoded";
                    house.client.post(&target).body(media, form).send().await
                }
                None if route.is_public => house.visit(method, &target, body.as_ref()).await,
                None => house.ask(method, &target, body.as_ref()).await,
            };
            assert!(answer.status < 500, "{} {target}: {}", route.method, answer.text());
            let mut text = format!("{} {target}\n", route.method);
            write(&mut text, &answer);
            insta::assert_snapshot!(route.name, masked(&text));
        }
    });
}

fn write(text: &mut String, answer: &Answer) {
    let _ = writeln!(text, "{}", answer.status);
    for name in ["content-type", "xc-e-key", "allow", "www-authenticate"] {
        if !answer.header(name).is_empty() {
            let _ = writeln!(text, "{name}: {}", answer.header(name));
        }
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => _ = writeln!(text, "\n{body:#}"),
        Err(_) if answer.body.is_empty() => text.push_str("\n(empty)\n"),
        Err(_) => _ = writeln!(text, "\n{}", answer.text()),
    }
}

/// `text` with identifiers and secrets replaced: words of 26 signs and more.
fn masked(text: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if is_word(letter) {
            word.push(letter);
            continue;
        }
        let is_secret = word.len() >= 26 && !word.contains("form-urlencoded");
        masked.push_str(if is_secret { "<masked>" } else { &word });
        word.clear();
        masked.push(letter);
    }
    masked.pop();
    masked
}
