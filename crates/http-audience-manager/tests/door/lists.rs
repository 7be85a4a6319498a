//! Lists: bare and paged, sorted, searched, filtered.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{house::House, users::assert_user};

/// More than one piece of a bare array.
const MANY: usize = 205;

fn numbers(list: &Value, key: &str) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|item| item[key].as_i64().unwrap()).collect()
}

async fn usernames(house: &House, query: &str) -> Vec<String> {
    let answer = house.get(&format!("/aam/v1/users/?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let list = answer.json();
    let list = list.get("list").unwrap_or(&list).as_array().unwrap().clone();
    list.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_bare_list_is_one_array_of_everything() {
    block_on(async {
        let house = House::new().await;
        for index in 0..MANY {
            let body = json!({ "name": format!("Group {index:03}") });
            assert_eq!(house.post("/aam/v1/groups/", &body).await.status, 201);
        }
        let answer = house.get("/aam/v1/groups/").await;
        assert_eq!(answer.header("content-type"), "application/json");
        let all = numbers(&answer.json(), "groupId");
        assert_eq!(all.len(), MANY + 2);
        assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
        let mut paged = Vec::new();
        for page in 0..3 {
            let target = format!("/aam/v1/groups/?page={page}&pageSize=100");
            let answer = house.get(&target).await.json();
            assert_eq!(answer["total"], MANY + 2);
            assert_eq!((&answer["page"], &answer["pageSize"]), (&json!(page), &json!(100)));
            assert_eq!(answer.as_object().unwrap().len(), 4);
            paged.extend(numbers(&answer["list"], "groupId"));
        }
        assert_eq!(paged, all);
        let down = house.get("/aam/v1/groups/?sortBy=name&descending").await.json();
        let names: Vec<_> =
            down.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), MANY + 2);
        assert_eq!((names[0], names[1]), ("Traders", "Group 204"));
    });
}

#[test]
fn users_are_paged_sorted_and_searched() {
    block_on(async {
        let house = House::new().await;
        let list = house.get("/aam/v1/users/").await.json();
        list.as_array().unwrap().iter().for_each(assert_user);
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(usernames(&house, "").await, names("admin fioman hanmeimei"));
        assert_eq!(usernames(&house, "page=1&pageSize=2").await, names("hanmeimei"));
        assert_eq!(usernames(&house, "page=7").await, Vec::<String>::new());
        let down = usernames(&house, "sortBy=username&descending=TRUE").await;
        assert_eq!(down, names("hanmeimei fioman admin"));
        let up = usernames(&house, "sortBy=email&descending=false").await;
        assert_eq!(up, names("admin fioman hanmeimei"));
        for (text, found) in [
            ("FIO", "fioman"),
            ("%40qq", "fioman"),
            ("%E6%A2%85", "hanmeimei"),
            ("%E7%BB%8F%E7%90%86", "fioman"),
            ("6552", "fioman"),
            ("ADMI", "admin"),
        ] {
            assert_eq!(usernames(&house, &format!("search={text}")).await, names(found), "{text}");
        }
        for nobody in ["%25", "_iom", "'%20or%201=1"] {
            let query = format!("search={nobody}&page=0");
            assert_eq!(usernames(&house, &query).await, Vec::<String>::new(), "{nobody}");
        }
    });
}

#[test]
fn users_of_any_of_the_groups_are_listed() {
    block_on(async {
        let house = House::new().await;
        let (one, other) = (house.ids.group, house.ids.second_group);
        let both = ["fioman".to_owned(), "hanmeimei".to_owned()];
        assert_eq!(usernames(&house, &format!("groupId={one}")).await, both);
        assert_eq!(usernames(&house, &format!("groupId={other}")).await, both[1..]);
        assert_eq!(usernames(&house, &format!("groupId={other}&groupdId={one}")).await, both);
        assert_eq!(usernames(&house, &format!("groupId={other}&groupId={one}")).await, both);
        assert_eq!(usernames(&house, &format!("groupId={other}&groupId=999999")).await, both[1..]);
        for nobody in ["groupId=999999", "groupdId=-1", "groupId=0&page=0"] {
            assert_eq!(usernames(&house, nobody).await, Vec::<String>::new(), "{nobody}");
        }
    });
}
