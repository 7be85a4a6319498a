//! Users: the seed's bodies, and the rules of each method.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{House, SEED_PASSWORD, number, seed_user, text},
    routes::assert_error,
};

const USER: &str = "/angus/api/v1/user";

async fn show(house: &House, id: i64) -> Value {
    let answer = house.get(&format!("{USER}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

#[test]
fn the_seeds_post_is_stored_and_shown() {
    block_on(async {
        let house = House::new().await;
        let user = show(&house, house.ids.user).await;
        for (field, value) in [
            ("username", "james"),
            ("firstName", "James"),
            ("lastName", "Jones"),
            ("fullName", "James Jones"),
            ("country", "CN"),
            ("itc", "86"),
            ("mobile", "13813000000"),
            ("email", "james@xcan.cloud"),
            ("landline", "010-88287890"),
            ("title", "CTO"),
            ("gender", "MALE"),
            ("source", "BACKGROUND_ADDED"),
            ("passwordStrength", "STRONG"),
            ("createdByName", "Administrator"),
        ] {
            assert_eq!(user[field], value, "{field}");
        }
        assert_eq!(user["depts"][0]["name"], "研发部");
        assert_eq!(user["depts"][0]["mainDept"], true);
        assert_eq!((&user["deptHead"], &user["sysAdmin"]), (&json!(true), &json!(false)));
        assert_eq!(number(&user["mainDeptId"]), house.ids.dept);
        assert_eq!(
            (&user["groups"][0]["name"], &user["tags"][0]["name"]),
            (&json!("评审组"), &json!("骨干标签"))
        );
        assert!(user.get("password").is_none() && user.get("lockStartDate").is_none());
        assert_eq!(number(&user["createdBy"]), house.home.administrator);
    });
}

#[test]
fn the_seeds_put_replaces_and_without_an_id_creates() {
    block_on(async {
        let house = House::new().await;
        let id = house.ids.user;
        let body = json!({ "id": id.to_string(), "mobile": "13813000007" });
        let answer = house.put(USER, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(number(&answer.json()["data"]["id"]), id);
        let user = show(&house, id).await;
        for gone in ["firstName", "title", "email", "address", "landline", "mainDeptId"] {
            assert!(user.get(gone).is_none(), "{gone}: {user}");
        }
        assert_eq!(
            (&user["depts"], &user["groups"], &user["tags"]),
            (&json!([]), &json!([]), &json!([]))
        );
        assert_eq!((&user["gender"], &user["username"]), (&json!("UNKNOWN"), &json!("james")));
        // The password stays.
        assert_eq!(house.sign_in("james", SEED_PASSWORD).await.status, 200);

        let mut new = seed_user();
        for (field, value) in
            [("username", ""), ("email", "neu@example.com"), ("mobile", "13813000008")]
        {
            new[field] = value.into();
        }
        let answer = house.put(USER, &new).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let made = show(&house, number(&answer.json()["data"]["id"])).await;
        assert_eq!(text(&made["username"]).len(), 12);
    });
}

#[test]
fn the_seeds_patch_keeps_what_it_does_not_name() {
    block_on(async {
        let house = House::new().await;
        let id = house.ids.user;
        let body = json!({
            "id": id, "title": "CEO", "address": "", "depts": [], "groupIds": [], "gender": null,
        });
        let answer = house.patch(USER, &body).await;
        assert_eq!((answer.status, &answer.json()["data"]), (200, &Value::Null));
        let user = show(&house, id).await;
        assert_eq!((&user["title"], &user["gender"]), (&json!("CEO"), &json!("MALE")));
        assert!(user.get("address").is_none());
        assert_eq!(
            (&user["depts"][0]["name"], &user["groups"][0]["name"]),
            (&json!("研发部"), &json!("评审组"))
        );
        let body = json!({ "id": id, "depts": [{ "id": house.ids.sub_dept, "mainDept": true }] });
        assert_eq!(house.patch(USER, &body).await.status, 200);
        let user = show(&house, id).await;
        assert_eq!(
            (user["depts"].as_array().unwrap().len(), &user["depts"][0]["name"]),
            (1, &json!("平台组"))
        );
    });
}

#[test]
fn a_lock_holds_between_its_dates_and_ends_tokens() {
    block_on(async {
        let house = House::new().await;
        let (id, token) = (house.ids.user, house.person().await);
        let locked = format!("{USER}/locked");
        let body = json!({ "id": id, "locked": true, "lockEndDate": "2000-01-01 00:00:00" });
        let answer = house.patch(&locked, &body).await;
        assert_eq!(answer.status, 400);
        assert_error(&answer.json(), "E0", "protocol_error", "a lock that has ended");
        let body = json!({ "id": id, "locked": true, "lockEndDate": "2099-01-01 00:00:00" });
        assert_eq!(house.patch(&locked, &body).await.status, 200);
        let user = show(&house, id).await;
        assert_eq!(
            (&user["locked"], &user["lockEndDate"]),
            (&json!(true), &json!("2099-01-01 00:00:00"))
        );
        let own = format!("{USER}/current");
        assert_eq!(house.ask_as(&token, Method::GET, &own, None).await.status, 401);
        let refused = house.sign_in("james", SEED_PASSWORD).await;
        assert_error(&refused.json(), "E0", "protocol_error", "a locked user");
        let body = json!({ "id": id, "locked": false });
        assert_eq!(house.patch(&locked, &body).await.status, 200);
        let user = show(&house, id).await;
        assert!(user["locked"] == json!(false) && user.get("lockEndDate").is_none(), "{user}");
        assert_eq!(house.sign_in("james", SEED_PASSWORD).await.status, 200);
    });
}

#[test]
fn the_last_administrator_stays() {
    block_on(async {
        let house = House::new().await;
        let id = house.home.administrator;
        for (method, target, body) in [
            (Method::DELETE, format!("{USER}?ids={id}"), None),
            (
                Method::PATCH,
                format!("{USER}/sysadmin"),
                Some(json!({ "id": id, "sysAdmin": false })),
            ),
            (Method::PATCH, format!("{USER}/locked"), Some(json!({ "id": id, "locked": true }))),
            (
                Method::PATCH,
                format!("{USER}/enabled"),
                Some(json!([{ "id": id, "enabled": false }])),
            ),
        ] {
            let answer = house.ask(method, &target, body.as_ref()).await;
            assert_eq!(answer.status, 400, "{target}: {}", answer.text());
            assert_error(&answer.json(), "E0", "protocol_error", &target);
        }
        let body = json!({ "id": house.ids.user, "sysAdmin": true });
        assert_eq!(house.patch(&format!("{USER}/sysadmin"), &body).await.status, 200);
        let list = house.get(&format!("{USER}/sysadmin")).await.json();
        let first: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|it| &it["firstSysAdmin"]).collect();
        assert_eq!(first, [&json!(true), &json!(false)]);
    });
}

#[test]
fn deletion_passes_over_some_unknown_users_but_not_all() {
    block_on(async {
        let house = House::new().await;
        let answer = house.delete(&format!("{USER}?ids=999999,888888")).await;
        assert_eq!(answer.status, 404, "{}", answer.text());
        let target = format!("{USER}?ids={},999999", house.ids.second_user);
        let answer = house.delete(&target).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        let answer = house.get(&format!("{USER}/{}", house.ids.second_user)).await;
        assert_eq!(answer.status, 404);
    });
}

#[test]
fn what_is_taken_is_a_conflict() {
    block_on(async {
        let house = House::new().await;
        for (field, value) in
            [("username", "JAMES"), ("email", "James@XCAN.cloud"), ("mobile", "138 1300 0000")]
        {
            let mut body = seed_user();
            for (other, value) in
                [("username", "li"), ("email", "li@example.com"), ("mobile", "13813000006")]
            {
                body[other] = value.into();
            }
            body[field] = value.into();
            let answer = house.post(USER, &body).await;
            assert_eq!(answer.status, 409, "{field}: {}", answer.text());
            assert_error(&answer.json(), "E0", "resource_already_exists", field);
            assert!(text(&answer.json()["msg"]).ends_with(field), "{}", answer.text());
        }
    });
}

#[test]
fn quotas_and_disabled_groups_have_status_200_and_a_code() {
    block_on(async {
        let house = House::new().await;
        let body = json!([{ "id": house.ids.group, "enabled": false }]);
        assert_eq!(house.patch("/angus/api/v1/group/enabled", &body).await.status, 200);
        let mut user = seed_user();
        for (field, value) in
            [("username", "li"), ("email", "li@example.com"), ("mobile", "13813000006")]
        {
            user[field] = value.into();
        }
        user["groupIds"] = json!([house.ids.group]);
        let answer = house.post(USER, &user).await;
        assert_eq!(answer.status, 200);
        assert_error(&answer.json(), "BUC301", "BUC301", "a disabled group");

        let tags: Vec<_> = (0..11).map(|at| json!({ "name": format!("标签 {at}") })).collect();
        let made = house.post("/angus/api/v1/org/tag", &json!(tags)).await.json();
        let tags: Vec<_> = made["data"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        let target = format!("{USER}/{}/tag", house.ids.user);
        let answer = house.put(&target, &json!(tags)).await;
        assert_eq!(answer.status, 200);
        assert_error(&answer.json(), "BCO110", "quota_error", "eleven tags");
        assert_eq!(answer.header("xc-e-key"), "quota_error");
    });
}

#[test]
fn a_username_is_free_or_has_an_owner() {
    block_on(async {
        let house = House::new().await;
        let check = async |name: &str| {
            house.get(&format!("{USER}/username/check?username={name}")).await.json()["data"]
                .clone()
        };
        assert_eq!(check("nobody").await, json!({ "username": "nobody" }));
        assert_eq!(number(&check("James").await["userId"]), house.ids.user);
        let answer = house.get(&format!("{USER}/username/check")).await;
        assert_error(&answer.json(), "E0", "param_missing", "no username");
    });
}

#[test]
fn messages_come_in_the_callers_language_and_the_token_may_stand_in_the_query() {
    block_on(async {
        let house = House::new().await;
        let target = format!("{USER}/999999");
        let answer = house.get(&target).await.json();
        assert_eq!(answer["msg"], "user not found");
        let answer = house.get(&format!("{target}?lang=zh_CN")).await.json();
        assert_eq!(answer["msg"], "用户不存在");
        let token = &house.home.token;
        let target = format!("{USER}/current?access_token={token}");
        assert_eq!(house.visit(Method::GET, &target, None).await.status, 200);
        let target = format!("{USER}?ids={}&access_token={token}", house.ids.user);
        assert_eq!(house.visit(Method::DELETE, &target, None).await.status, 401);
    });
}
