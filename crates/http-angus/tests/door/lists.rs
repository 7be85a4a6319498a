//! Filters, orders, pages and searches of a list of users.

use citizenry_testkit::block_on;
use serde_json::Value;

use crate::{house::House, routes::assert_error};

async fn names(house: &House, query: &str) -> Vec<String> {
    let answer = house.get(&format!("/angus/api/v1/user{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let body = answer.json();
    let list = body["data"]["list"].as_array().unwrap();
    list.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

fn filter(key: &str, operator: &str, value: &str) -> String {
    format!("filters[0].key={key}&filters[0].op={operator}&filters[0].value={value}")
}

#[test]
fn every_filter_finds_what_it_says() {
    block_on(async {
        let house = House::new().await;
        let (james, tag) = (house.ids.user, house.ids.tag);
        let admin = house.home.administrator;
        for (query, expected) in [
            ("?orderBy=id&orderSort=ASC".to_owned(), vec!["admin", "james", "hanmeimei"]),
            ("?orderBy=fullName&orderSort=asc&pageSize=1".to_owned(), vec!["admin"]),
            (format!("?id={james}"), vec!["james"]),
            ("?username=James".to_owned(), vec!["james"]),
            ("?mobile=138+1300+0000".to_owned(), vec!["james"]),
            ("?email=HANMEIMEI@example.com".to_owned(), vec!["hanmeimei"]),
            ("?source=background_added".to_owned(), vec!["hanmeimei", "james"]),
            ("?sysAdmin=true".to_owned(), vec!["admin"]),
            ("?enabled=false".to_owned(), vec![]),
            (format!("?tagId={tag}"), vec!["james"]),
            (format!("?createdBy={admin}"), vec!["hanmeimei", "james"]),
            (format!("?{}", filter("fullName", "MATCH", "ones")), vec!["james"]),
            (format!("?{}", filter("mobile", "MATCH_END", "1381")), vec!["james"]),
            (format!("?{}", filter("username", "NOT_MATCH", "ame")), vec!["hanmeimei", "admin"]),
            (
                format!("?{}", filter("username", "IN", "[%22james%22,%22admin%22]")),
                vec!["james", "admin"],
            ),
            (format!("?{}", filter("id", "GREATER_THAN", &james.to_string())), vec!["hanmeimei"]),
            (format!("?{}", filter("email", "IS_NULL", "")), vec!["admin"]),
            (format!("?{}", filter("fullName", "MATCH", "%25")), vec![]),
            (format!("?id={james}&{}", filter("username", "EQUAL", "admin")), vec![]),
            (format!("/search?{}", filter("username", "MATCH", "CTO")), vec!["james"]),
            ("/search?sysAdmin=true".to_owned(), vec!["admin"]),
        ] {
            assert_eq!(names(&house, &query).await, expected, "{query}");
        }
    });
}

#[test]
fn a_date_finds_what_it_was_shown_for() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/angus/api/v1/user/{}", house.ids.user);
        let shown = house.get(&target).await.json()["data"]["createdDate"].clone();
        let shown = shown.as_str().unwrap();
        for form in [shown.to_owned(), shown.replace(' ', "T")] {
            let value = form.replace(' ', "%20");
            assert_eq!(names(&house, &format!("?createdDate={value}")).await, ["james"], "{form}");
            let later = format!("?{}", filter("createdDate", "GREATER_THAN", &value));
            assert_eq!(names(&house, &later).await, ["hanmeimei"], "{form}");
        }
    });
}

#[test]
fn totals_are_texts_and_nought_past_the_end() {
    block_on(async {
        let house = House::new().await;
        let total = async |query: &str| -> Value {
            house.get(&format!("/angus/api/v1/user{query}")).await.json()["data"]["total"].clone()
        };
        assert_eq!(total("?pageSize=1").await, "3");
        assert_eq!(total("?pageSize=1&pageNo=4").await, "0");
    });
}

#[test]
fn what_a_list_does_not_have_is_refused_by_key() {
    block_on(async {
        let house = House::new().await;
        for (query, key) in [
            (filter("title", "EQUAL", "x"), "unsupported_filter_field"),
            (filter("email", "MATCH", "x"), "unsupported_match_filter"),
            (filter("username", "LESS_THAN", "x"), "unsupported_range_filter"),
            (filter("id", "EQUAL", "x"), "param_validation_error"),
            (filter("id", "LIKE", "1"), "param_validation_error"),
            ("orderBy=email".to_owned(), "unsupported_order_by"),
            ("pageNo=0".to_owned(), "param_validation_error"),
            ("pageSize=2001".to_owned(), "param_validation_error"),
            ("source=NOWHERE".to_owned(), "param_validation_error"),
            ("createdDate=yesterday".to_owned(), "param_validation_error"),
            ("infoScope=ALL".to_owned(), "param_validation_error"),
        ] {
            let answer = house.get(&format!("/angus/api/v1/user?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.text());
            assert_error(&answer.json(), "E0", key, &query);
        }
        let search = format!("/angus/api/v1/user/search?{}", filter("createdBy", "EQUAL", "1"));
        let answer = house.get(&search).await;
        assert_error(&answer.json(), "E0", "unsupported_filter_field", "searches lack createdBy");
    });
}
