//! Lists: every page, both ways to count, the checkpoint form, order, filters.

use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::house::House;

async fn crowd(house: &House) -> Vec<String> {
    let body = json!({ "name": "crowd", "strategy": "authok" });
    assert_eq!(house.post("/api/v1/connections", &body).await.status, 200);
    let mut ids = Vec::new();
    for number in 0..23 {
        let body = json!({
            "connection": "crowd", "email": format!("page-{number:02}@example.com"),
            "name": format!("Page {number:02}"), "nickname": format!("小{number:02}"),
        });
        let made = house.post("/api/v1/users", &body).await.json();
        ids.push(made["user_id"].as_str().unwrap().to_owned());
    }
    ids
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|user| user["user_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_page_is_walked_once() {
    block_on(async {
        let house = House::new().await;
        let mut newest_first = crowd(&house).await;
        newest_first.reverse();
        for (prefix, size, first) in
            [("v1", "page_size", 1), ("v1", "per_page", 1), ("v2", "per_page", 0)]
        {
            let mut seen = Vec::new();
            for page in first.. {
                let target = format!(
                    "/api/{prefix}/users?connection=crowd&page={page}&{size}=5&include_totals=true"
                );
                let list = house.get(&target).await.json();
                let items = ids(&list);
                let start = (page - first) * 5;
                let meta = json!({
                    "page": page, "page_size": 5, "per_page": 5, "total": 23, "start": start,
                    "limit": 5, "length": items.len(),
                });
                assert_eq!(list["meta"], meta);
                for member in ["start", "limit", "length", "total"] {
                    assert_eq!(list[member], meta[member], "{member}");
                }
                assert_eq!(list["users"], list["items"]);
                if items.is_empty() {
                    break;
                }
                seen.extend(items);
            }
            assert_eq!(seen, newest_first, "{prefix}");
        }
        let zero = house.get("/api/v1/users?connection=crowd&page=0").await.json();
        assert_eq!(ids(&zero), newest_first[..10]);
        assert_eq!(zero["meta"]["page"], 1);
        assert!(zero.get("users").is_none() && zero.get("total").is_none());
        let usual = house.get("/api/v2/users?connection=crowd").await.json();
        assert_eq!(
            (usual["meta"]["page"].as_u64(), usual["meta"]["limit"].as_u64()),
            (Some(0), Some(50))
        );
    });
}

#[test]
fn checkpoints_walk_to_the_end_and_then_say_so() {
    block_on(async {
        let house = House::new().await;
        let mut newest_first = crowd(&house).await;
        newest_first.reverse();
        for order in ["", "&sort=email:-1", "&sort=-name"] {
            let (mut seen, mut from, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let target = format!(
                    "/api/v2/users?connection=crowd&include_totals=true&take=10{order}{from}"
                );
                let list = house.get(&target).await.json();
                assert_eq!(list["users"], list["items"]);
                seen.extend(ids(&list));
                pages += 1;
                match list.get("next") {
                    Some(next) => from = format!("&from={}", next.as_str().unwrap()),
                    None => break,
                }
            }
            assert_eq!((seen, pages), (newest_first.clone(), 3), "{order}");
        }
    });
}

#[test]
fn connections_grants_and_holders_of_roles_have_checkpoints_too() {
    block_on(async {
        let house = House::new().await;
        let role = &house.ids.role;
        let write = json!({ "permissions": [
            { "resource_server_identifier": "https://api.example/v1", "permission_name": "write:books" },
        ] });
        house.post(&format!("/api/v1/roles/{role}/permissions"), &write).await;
        let composed = format!("/api/v2/users/{}/permissions?take=1", house.ids.user);
        assert_eq!(house.get(&composed).await.status, 400, "a list that knows no cursors");
        let holders = json!({ "users": [house.ids.second_user, house.ids.social_user] });
        house.post(&format!("/api/v1/roles/{role}/users"), &holders).await;
        for (path, key) in [
            ("/connections".to_owned(), "connections"),
            ("/client-grants".to_owned(), "client_grants"),
            (format!("/roles/{role}/users"), "users"),
            (format!("/roles/{role}/permissions"), "permissions"),
        ] {
            let whole = house.get(&format!("/api/v1{path}?page_size=100")).await.json();
            let (mut seen, mut from) = (Vec::new(), String::new());
            loop {
                let target = format!("/api/v2{path}?include_totals=true&take=1{from}");
                let answer = house.get(&target).await;
                assert_eq!(answer.status, 200, "{target}: {}", answer.text());
                let list = answer.json();
                assert_eq!(list[key].as_array().unwrap().len(), 1, "{target}");
                seen.push(list[key][0].clone());
                match list.get("next") {
                    Some(next) => from = format!("&from={}", next.as_str().unwrap()),
                    None => break,
                }
            }
            assert!(seen.len() > 1, "{path}");
            assert_eq!(seen.len() as u64, whole["meta"]["total"].as_u64().unwrap(), "{path}");
        }
    });
}

#[test]
fn lists_are_sorted_in_each_of_the_three_grammars() {
    block_on(async {
        let house = House::new().await;
        let oldest_first = crowd(&house).await;
        let mut newest_first = oldest_first.clone();
        newest_first.reverse();
        for (sort, expected) in [
            ("-created_at", &newest_first),
            ("created_at", &oldest_first),
            ("created_at:1", &oldest_first),
            ("created_at:-1", &newest_first),
            ("-email:created_at", &newest_first),
            ("name%20-created_at", &oldest_first),
            ("updated_at", &oldest_first),
        ] {
            let target = format!("/api/v1/users?connection=crowd&page_size=100&sort={sort}");
            assert_eq!(&ids(&house.get(&target).await.json()), expected, "{sort}");
        }
        let answer = house.get("/api/v1/users?sort=shoe_size").await;
        let message = "sort: may name created_at, updated_at, last_login, email, name";
        assert_eq!((answer.status, &answer.json()["message"]), (400, &json!(message)));
        assert_eq!(answer.json()["errorCode"], "invalid_query_string");
    });
}

#[test]
fn users_are_filtered() {
    block_on(async {
        let house = House::new().await;
        let ids_of = async |query: String| {
            let answer = house.get(&format!("/api/v1/users?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text());
            ids(&answer.json())
        };
        let (user, second, role) = (&house.ids.user, &house.ids.second_user, &house.ids.role);
        assert_eq!(ids_of("email=FIOMAN@qq.com".to_owned()).await, std::slice::from_ref(user));
        assert_eq!(ids_of("connection=people".to_owned()).await, std::slice::from_ref(second));
        assert_eq!(ids_of("nickname=OMA".to_owned()).await, std::slice::from_ref(user));
        assert_eq!(ids_of("phone_number=0000222".to_owned()).await, std::slice::from_ref(user));
        assert_eq!(ids_of(format!("role_id={role}")).await, std::slice::from_ref(user));
        assert!(!ids_of(format!("exclude_role_id={role}")).await.contains(user));
        for query in ["role_id=role_x", "connection=none", "email=not-an-address", "email=x%40y.cn"]
        {
            assert!(ids_of(query.to_owned()).await.is_empty(), "{query}");
        }
        assert!(ids_of("search_engine=v3&q=".to_owned()).await.len() > 2);
        for query in ["q=shoe:4", "group=g1", "shoe_size=4"] {
            let answer = house.get(&format!("/api/v1/users?{query}")).await;
            assert_eq!(answer.status, 400, "{query}");
            assert_eq!(answer.json()["errorCode"], "invalid_query_string");
        }
    });
}

#[test]
fn other_lists_are_filtered() {
    block_on(async {
        let house = House::new().await;
        let ids = &house.ids;
        let shown = async |target: String, member: &str| -> Vec<String> {
            let answer = house.get(&format!("/api/v1{target}")).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let list = answer.json();
            let items = list["items"].as_array().unwrap();
            items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
        };
        let connections = async |query: &str| {
            let mut names = shown(format!("/connections?{query}"), "name").await;
            names.sort();
            names
        };
        assert_eq!(connections("name=people&name=github").await, ["github", "people"]);
        assert_eq!(connections("strategy=github,sms").await, ["github", "sms"]);
        assert_eq!(connections("strategy_type=passwordless").await, ["email", "sms"]);
        assert_eq!(connections("strategy_type=social").await, ["github"]);
        assert!(connections("strategy_type=enterprise").await.is_empty());
        assert!(connections("strategy_type=enterprise&strategy=github").await.is_empty());
        let clients = async |query: String| shown(format!("/clients?{query}"), "client_id").await;
        assert_eq!(
            clients(format!("client_id={}", ids.client)).await,
            std::slice::from_ref(&ids.client)
        );
        assert!(clients("is_global=true".to_owned()).await.is_empty());
        assert!(clients("client_id=%20".to_owned()).await.len() > 1, "a blank list is none");
        assert!(clients("app_type=spa".to_owned()).await.is_empty());
        let servers = async |query: &str| shown(format!("/resource-servers?{query}"), "id").await;
        assert_eq!(servers("is_system=false").await, std::slice::from_ref(&ids.resource_server));
        assert_eq!(servers("identifier=https%3A%2F%2Fapi.example%2Fv1").await.len(), 1);
        assert!(servers("id=nonsense").await.is_empty());
        let grants = async |query: String| shown(format!("/client-grants?{query}"), "id").await;
        assert_eq!(
            grants(format!("client_id={}", ids.client)).await,
            std::slice::from_ref(&ids.grant)
        );
        assert!(grants("audience=https%3A%2F%2Fnone.example".to_owned()).await.is_empty());
        assert_eq!(shown("/roles?name_filter=EDIT".to_owned(), "name").await, ["Editor"]);
    });
}

#[test]
fn what_cannot_be_there_yet_is_empty_in_the_vendors_shapes() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/users/{}", house.ids.user);
        assert_eq!(house.get(&format!("{target}/organizations")).await.json(), json!([]));
        for key in ["organizations", "grants"] {
            let list = house.get(&format!("{target}/{key}?include_totals=true")).await.json();
            assert_eq!((&list["items"], &list[key]), (&json!([]), &json!([])));
            assert_eq!((&list["total"], &list["start"]), (&json!(0), &json!(0)));
            let nobody = format!("/api/v1/users/authok%7Cnobody/{key}");
            assert_eq!(house.get(&nobody).await.status, 404, "{key}");
        }
    });
}
