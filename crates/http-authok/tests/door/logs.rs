//! The audit trail in its three forms.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::house::House;

fn ids(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap();
    items.iter().map(|event| event["log_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_forms_walk_the_same_events() {
    block_on(async {
        let house = House::new().await;
        let whole = house.get("/api/v1/logs?page_size=100&include_totals=true").await.json();
        let newest_first = ids(&whole["items"]);
        assert!(newest_first.len() > 10, "{whole}");
        assert_eq!(whole["logs"], whole["items"]);
        assert_eq!(whole["total"], newest_first.len());

        let (mut forward, mut after) = (Vec::new(), String::new());
        loop {
            let page = house.get(&format!("/api/v1/logs?first=4{after}")).await.json();
            let nodes: Vec<Value> =
                page["data"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect();
            assert_eq!(page["hasPreviousPage"], !after.is_empty());
            forward.extend(ids(&Value::Array(nodes)));
            if page["hasNextPage"] == false {
                break;
            }
            after = format!("&after={}", page["endCursor"].as_str().unwrap());
        }
        assert_eq!(forward, newest_first);
        let target = format!("/api/v1/logs?first=3&before={}", newest_first[5]);
        let page = house.get(&target).await.json();
        let before: Vec<_> =
            page["data"].as_array().unwrap().iter().map(|edge| edge["cursor"].clone()).collect();
        assert_eq!(before, newest_first[2..5]);
        assert_eq!((&page["hasPreviousPage"], &page["hasNextPage"]), (&json!(true), &json!(true)));

        let mut oldest_first = newest_first.clone();
        oldest_first.reverse();
        let all = house.get("/api/v2/logs?take=100").await.json();
        assert_eq!(ids(&all), oldest_first);
        let target = format!("/api/v2/logs?take=2&from={}", oldest_first[3]);
        assert_eq!(ids(&house.get(&target).await.json()), oldest_first[4..6]);
    });
}

#[test]
fn events_have_the_vendors_codes_and_names() {
    block_on(async {
        let house = House::new().await;
        let user = &house.ids.user;
        let target = format!("/api/v1/users/{user}");
        let change = json!({ "password": "another one entirely" });
        assert_eq!(house.ask(Method::PATCH, &target, Some(&change)).await.status, 200);
        assert_eq!(house.delete(&target).await.status, 200);
        for (code, description) in [
            ("sdu", "Deleted the user"),
            ("du", "Deleted the user"),
            ("scp", "Changed the password of the user"),
        ] {
            let list = house.get(&format!("/api/v1/logs?type={code}")).await.json();
            assert_eq!(list["meta"]["total"], 1, "{code}: {list}");
            assert_eq!(list["items"][0]["description"], description);
        }
        let none = house.get("/api/v1/logs?type=fu").await.json();
        assert_eq!(none["items"], json!([]));
        let event = &house.get("/api/v2/logs?type=sdu").await.json()["items"][0];
        let one =
            house.get(&format!("/api/v2/logs/{}", event["_id"].as_str().unwrap())).await.json();
        assert_eq!(&one, event);
        assert_eq!(one["ip"], "192.0.2.7");
        assert!(one["date"].as_str().unwrap().ends_with('Z'));
        assert!(one["client_name"].is_string() && one["client_id"].is_string(), "{one}");
    });
}

#[test]
fn a_users_events_are_his() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/users/{}/logs?page_size=100", house.ids.user);
        let list = house.get(&target).await.json();
        let items = list["items"].as_array().unwrap();
        assert!(items.len() >= 3, "{list}");
        assert!(items.iter().all(|event| event["user_id"] == house.ids.user.as_str()), "{list}");
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    block_on(async {
        let house = House::new().await;
        for query in [
            "first=1&last=1",
            "after=x",
            "before=x",
            "from=x",
            "first=0",
            "order=SIDEWAYS",
            "q=type:s",
            "take=1000",
            "after=01j00000000000000000000000&before=01j00000000000000000000000",
        ] {
            let answer = house.get(&format!("/api/v1/logs?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.text());
            assert_eq!(answer.json()["errorCode"], "invalid_query_string", "{query}");
        }
        for id in ["x", "01j00000000000000000000000"] {
            let answer = house.get(&format!("/api/v1/logs/{id}")).await;
            assert_eq!(
                (answer.status, &answer.json()["errorCode"]),
                (404, &json!("inexistent_log"))
            );
        }
    });
}
