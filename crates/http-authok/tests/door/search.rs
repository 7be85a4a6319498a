//! `q`: Lucene as far as Auth0's user search has it, and nothing else.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::house::House;

async fn people(house: &House) {
    let body = json!({ "name": "crowd", "strategy": "authok" });
    assert_eq!(house.post("/api/v1/connections", &body).await.status, 200);
    for (name, nickname, email, phone, plan) in [
        (
            "王小伟",
            "阿伟",
            "xiaowei@163.com",
            Some("13900000001"),
            json!({ "plan": "gold", "n": 5 }),
        ),
        ("Wang Xiaowei", "wei", "wxw@qq.com", Some("13900000002"), json!({ "plan": "Gold" })),
        ("Ana-Maria O'Neil", "ana", "ana@example.com", None, json!({ "plan": { "name": "gold" } })),
        (
            "Maria",
            "mia",
            "maria@example.com",
            None,
            json!({
                "addresses": [{ "city": "Paris" }, { "city": "深圳" }], "on": true,
            }),
        ),
    ] {
        let body = json!({
            "connection": "crowd", "name": name, "nickname": nickname, "email": email,
            "phone_number": phone, "user_metadata": plan, "email_verified": name == "Maria",
        });
        let made = house.post("/api/v1/users", &body).await;
        assert_eq!(made.status, 200, "{:?}", made.json());
    }
}

fn target(prefix: &str, q: &str, rest: &str) -> String {
    let q = q.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    format!("/api/{prefix}/users?q={q}{rest}")
}

async fn list(house: &House, q: &str) -> Value {
    let answer = house.get(&target("v2", q, "&include_totals=true&connection=crowd")).await;
    assert_eq!(answer.status, 200, "{q}: {:?}", answer.json());
    answer.json()
}

/// The email addresses of those found, before the `@`, in order.
async fn found(house: &House, q: &str) -> Vec<String> {
    let list = list(house, q).await;
    let email =
        |user: &Value| user["email"].as_str().unwrap().split('@').next().unwrap().to_owned();
    let mut found: Vec<String> = list["users"].as_array().unwrap().iter().map(email).collect();
    found.sort_unstable();
    assert_eq!(list["total"], found.len(), "{q}");
    found
}

#[test]
fn everything_of_the_language_is_answered() {
    block_on(async {
        let house = House::new().await;
        people(&house).await;
        for (q, expected) in [
            ("小伟", &["xiaowei"][..]),
            ("王", &["xiaowei"]),
            ("xiaowei", &["wxw", "xiaowei"]),
            ("XIAOW", &["wxw", "xiaowei"]),
            ("*iaowe*", &["wxw", "xiaowei"]),
            ("o", &["ana"]),
            ("ana@example.com", &["ana"]),
            ("13900000001", &["xiaowei"]),
            ("+8613900000001", &["xiaowei"]),
            ("gold", &[]),
            ("name:maria", &["ana", "maria"]),
            ("name:\"maria\"", &["maria"]),
            ("name:\"wang xiaowei\"", &["wxw"]),
            ("name:wang*", &["wxw"]),
            ("name:*wei", &["wxw"]),
            ("name:*小*", &["xiaowei"]),
            ("name:a*l", &["ana"]),
            ("nickname:阿伟", &["xiaowei"]),
            ("nickname:(wei OR mia)", &["maria", "wxw"]),
            ("email:Ana@Example.com", &["ana"]),
            ("email:\"ana@example.com\"", &["ana"]),
            ("email:*@example.com", &["ana", "maria"]),
            ("email.domain:example.com", &["ana", "maria"]),
            ("phone_number:13900000002", &["wxw"]),
            ("phone_number:139*", &["wxw", "xiaowei"]),
            ("email_verified:true", &["maria"]),
            ("blocked:true", &[]),
            ("user_metadata.plan:gold", &["xiaowei"]),
            ("user_metadata.plan:\"Gold\"", &["wxw"]),
            ("user_metadata.plan.name:gold", &["ana"]),
            ("user_metadata.n:5", &["xiaowei"]),
            ("user_metadata.n:5.0", &["xiaowei"]),
            ("user_metadata.on:true", &["maria"]),
            ("user_metadata.addresses.city:\"深圳\"", &["maria"]),
            ("_exists_:user_metadata.plan", &["ana", "wxw", "xiaowei"]),
            ("_exists_:phone_number", &["wxw", "xiaowei"]),
            ("NOT _exists_:phone_number", &["ana", "maria"]),
            ("name:maria AND NOT nickname:mia", &["ana"]),
            ("name:maria -nickname:mia", &["ana"]),
            ("小伟 OR (maria AND email_verified:true)", &["maria", "xiaowei"]),
            ("小伟 mia", &["maria", "xiaowei"]),
            ("logins_count:[0 TO 3}", &["ana", "maria", "wxw", "xiaowei"]),
            ("logins_count:{0 TO *]", &[]),
            ("created_at:[2000-01-01 TO *]", &["ana", "maria", "wxw", "xiaowei"]),
            ("created_at:[* TO 2000-01-01]", &[]),
            ("name:[m TO n]", &["maria"]),
            ("connection:crowd AND maria", &["ana", "maria"]),
            ("identities.provider:\"authok\" AND maria", &["ana", "maria"]),
            ("*", &["ana", "maria", "wxw", "xiaowei"]),
        ] {
            assert_eq!(found(&house, q).await, expected, "{q}");
        }
    });
}

#[test]
fn a_search_has_pages_and_checkpoints_and_every_order() {
    block_on(async {
        let house = House::new().await;
        people(&house).await;
        let emails = |list: &Value| -> Vec<String> {
            let users = list["items"].as_array().unwrap();
            users.iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
        };
        let q = "maria OR wei OR 小伟";
        let whole = "&sort=email&connection=crowd&per_page=100";
        let whole = emails(&house.get(&target("v2", q, whole)).await.json());
        assert_eq!(whole.len(), 4);
        let mut pages = Vec::new();
        for page in 0..3 {
            let rest =
                format!("&sort=email&connection=crowd&per_page=2&page={page}&search_engine=v3");
            let list = house.get(&target("v2", q, &rest)).await.json();
            assert_eq!(list["meta"]["total"], 4);
            pages.extend(emails(&list));
        }
        assert_eq!(pages, whole);
        let (mut seen, mut from) = (Vec::new(), String::new());
        loop {
            let rest = format!("&sort=email&connection=crowd&take=3{from}");
            let list = house.get(&target("v2", q, &rest)).await.json();
            seen.extend(emails(&list));
            match list.get("next") {
                Some(next) => from = format!("&from={}", next.as_str().unwrap()),
                None => break,
            }
        }
        assert_eq!(seen, whole);
    });
}

#[test]
fn a_search_stays_in_its_tenant() {
    block_on(async {
        let house = House::new().await;
        people(&house).await;
        for q in ["小伟", "user_metadata.plan:gold", "email:ana@example.com", "_exists_:name"] {
            let answer =
                house.ask_as(crate::house::FOREIGN, Method::GET, &target("v2", q, ""), None).await;
            assert_eq!(answer.status, 200, "{q}");
            assert!(!answer.json()["items"].to_string().contains("@163.com"), "{q}");
            assert!(!answer.json()["items"].to_string().contains("@example.com"), "{q}");
        }
    });
}

#[test]
fn hostile_queries_are_refused_at_once_and_by_name() {
    let deep_path = format!("user_metadata{}:1", ".a".repeat(100));
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    let long = "李".repeat(1_400);
    let many = "a OR ".repeat(60) + "a";
    let wild = format!("name:{}a", "a*".repeat(40));
    let unclosed = "(".repeat(3_000);
    let bombs = [
        deep_path.as_str(),
        &deep,
        &long,
        &many,
        &wild,
        &unclosed,
        "name:/(a+)+$/",
        "/.*/",
        "name:*a",
        "name:?a",
        "name:a~2",
        "name:a^4",
        "user_metadata.a:*b*",
        "user_metadata.a:[1 TO 2]",
        "shoe_size:4",
        "name:",
        ":",
        "AND",
        "a AND",
        "(a",
        "a)",
        "\"a",
        "[1 TO 2]",
        "created_at:[now TO then]",
        "logins_count:9999999999999999999",
        "created_at:+99999-01-01",
        "email_verified:perhaps",
        "\\",
    ];
    block_on(async {
        let house = House::new().await;
        let begun = Instant::now();
        for bomb in bombs {
            for prefix in ["v1", "v2"] {
                let answer = house.get(&target(prefix, bomb, "")).await;
                assert_eq!(answer.status, 400, "{bomb}");
                let body = answer.json();
                let message = body["message"].as_str().unwrap();
                assert!(message.starts_with("q: "), "{bomb}: {message}");
                assert_eq!(body["errorCode"], "invalid_query_string", "{bomb}");
            }
        }
        let negated = format!("{}a", "NOT ".repeat(200));
        for odd in [
            "\0",
            "%",
            "_",
            "'; DROP TABLE users; --",
            "a\u{202e}b",
            "😀",
            &negated,
            "\"\\\"\"",
            "···",
        ] {
            let answer = house.get(&target("v2", odd, "")).await;
            assert!([200, 400].contains(&answer.status), "{odd:?}: {}", answer.status);
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    });
}
