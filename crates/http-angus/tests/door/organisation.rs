//! Departments, groups, tags and tenants: what differs from method to method.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::json;

use crate::{
    house::{House, number, text},
    routes::assert_error,
};

const API: &str = "/angus/api/v1";

#[test]
fn a_department_moves_with_all_below_it_but_not_under_itself() {
    block_on(async {
        let house = House::new().await;
        let (dept, sub) = (house.ids.dept, house.ids.sub_dept);
        let target = format!("{API}/dept");
        let answer = house.patch(&target, &json!([{ "id": dept, "pid": sub }])).await;
        assert_error(&answer.json(), "E0", "protocol_error", "a circle");
        let path = house.get(&format!("{API}/dept/{sub}/navigation")).await.json();
        assert_eq!(
            (&path["data"]["current"]["name"], &path["data"]["parentChain"][0]["name"]),
            (&json!("平台组"), &json!("研发部"))
        );
        assert_eq!(house.patch(&target, &json!([{ "id": sub, "pid": -1 }])).await.status, 200);
        let shown = house.get(&format!("{API}/dept/{sub}")).await.json();
        assert_eq!((&shown["data"]["pid"], &shown["data"]["level"]), (&json!("-1"), &json!("1")));
        let answer = house.delete(&format!("{target}?ids={dept},999999")).await;
        assert_eq!((answer.status, &answer.json()["code"]), (200, &json!("S")));
        assert_eq!(house.get(&format!("{API}/dept/{dept}")).await.status, 404);
    });
}

#[test]
fn a_tree_that_is_too_deep_breaches_a_quota() {
    block_on(async {
        let house = House::new().await;
        let mut parent = house.ids.sub_dept;
        for level in 3..=6 {
            let body = json!([{ "name": format!("层 {level}"), "code": format!("L{level}"), "pid": parent }]);
            let answer = house.post(&format!("{API}/dept"), &body).await;
            if level == 6 {
                assert_eq!(answer.status, 200);
                assert_error(&answer.json(), "BCO115", "quota_error", "a sixth level");
            } else {
                parent = number(&answer.json()["data"][0]["id"]);
            }
        }
    });
}

#[test]
fn a_department_has_one_head() {
    block_on(async {
        let house = House::new().await;
        let (dept, second) = (house.ids.dept, house.ids.second_user);
        let users = format!("{API}/dept/{dept}/user");
        let made = house.post(&users, &json!([second])).await;
        assert_eq!((made.status, &made.json()["data"][0]["key"]), (201, &json!("韩梅梅")));
        let body = json!({ "userId": second, "head": true });
        assert_eq!(house.put(&format!("{users}/head"), &body).await.status, 200);
        let heads = house.get(&format!("{users}?deptHead=true")).await.json();
        assert_eq!(
            (&heads["data"]["total"], number(&heads["data"]["list"][0]["userId"])),
            (&json!("1"), second)
        );
        let counts = house.get(&format!("{API}/dept/{dept}/count")).await.json();
        assert_eq!(counts["data"], json!({ "subDeptNum": "1", "sunUserNum": "2" }));
    });
}

#[test]
fn a_disabled_group_can_neither_change_nor_grow() {
    block_on(async {
        let house = House::new().await;
        let group = house.ids.group;
        let body = json!([{ "id": group, "enabled": false }]);
        assert_eq!(house.patch(&format!("{API}/group/enabled"), &body).await.status, 200);
        let renamed = json!([{ "id": group, "name": "x" }]);
        let answer = house.patch(&format!("{API}/group"), &renamed).await;
        assert_eq!(answer.status, 200);
        assert_error(&answer.json(), "BUC301", "BUC301", "a change");
        let target = format!("{API}/group/{group}/user");
        let answer = house.post(&target, &json!([house.ids.second_user])).await;
        assert_error(&answer.json(), "BUC301", "BUC301", "a member");
    });
}

#[test]
fn put_makes_what_has_no_number_and_replaces_what_has() {
    block_on(async {
        let house = House::new().await;
        let body = json!([
            { "name": "新组", "code": "NEW" },
            { "id": house.ids.group, "name": "评审", "code": "REVIEW" },
        ]);
        let answer = house.put(&format!("{API}/group"), &body).await;
        assert_eq!((answer.status, answer.json()["data"].as_array().unwrap().len()), (200, 2));
        let group = house.get(&format!("{API}/group/{}", house.ids.group)).await.json();
        assert!(group["data"].get("remark").is_none(), "{group}");
        assert_eq!((&group["data"]["tags"], &group["data"]["userNum"]), (&json!([]), &json!("1")));
        let taken = json!([{ "name": "另一组", "code": "NEW" }]);
        let answer = house.post(&format!("{API}/group"), &taken).await;
        assert_eq!(answer.status, 409);
        assert_error(&answer.json(), "E0", "resource_already_exists", "a code");
    });
}

#[test]
fn tags_have_names_that_differ_and_lists_that_name_their_kind() {
    block_on(async {
        let house = House::new().await;
        let target = format!("{API}/org/tag");
        let body = json!([{ "name": "同名" }, { "name": "同名" }]);
        let answer = house.post(&target, &body).await;
        assert_error(&answer.json(), "E0", "protocol_error", "a name twice");
        let answer = house.delete(&format!("{target}?ids=999999")).await;
        assert_eq!(answer.status, 404);
        let answer = house.get(&format!("{target}/target?tagId={}", house.ids.tag)).await;
        assert_error(&answer.json(), "E0", "protocol_error", "no targetType");
        for kind in ["USER", "dept", "GROUP"] {
            let query = format!("?tagId={}&targetType={kind}", house.ids.tag);
            let list = house.get(&format!("{target}/target{query}")).await.json();
            assert_eq!(list["data"]["total"], "1", "{kind}");
            let shown = text(&list["data"]["list"][0]["targetType"]);
            assert!(shown.eq_ignore_ascii_case(kind), "{list}");
        }
    });
}

#[test]
fn an_operator_keeps_tenants_and_nobody_else_does() {
    block_on(async {
        let house = House::new().await;
        let target = format!("{API}/tenant");
        assert_eq!(house.get(&target).await.status, 403);
        house.operate().await;
        let body = json!({
            "name": "晓蝉云", "type": "enterprise", "firstName": "雷", "lastName": "李",
            "fullName": "李雷", "mobile": "13813000002", "email": "fioman@qq.com",
            "password": "xcan@123Compoejf", "remark": "客户",
        });
        let made = house.post(&target, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = number(&made.json()["data"]["id"]);
        let shown = house.get(&format!("{target}/{id}")).await.json()["data"].clone();
        for (field, value) in [
            ("name", "晓蝉云"),
            ("type", "ENTERPRISE"),
            ("status", "ENABLED"),
            ("realNameStatus", "NOT_SUBMITTED"),
            ("remark", "客户"),
            ("userCount", "1"),
        ] {
            assert_eq!(shown[field], value, "{field}");
        }
        let body = json!({ "id": id, "locked": true });
        assert_eq!(house.patch(&format!("{target}/locked"), &body).await.status, 200);
        let locked = house.get(&format!("{target}?locked=true")).await.json();
        assert_eq!(
            (&locked["data"]["total"], number(&locked["data"]["list"][0]["id"])),
            (&json!("1"), id)
        );
        let query = "filters[0].key=name&filters[0].op=MATCH&filters[0].value=%E8%9D%89";
        let found = house.get(&format!("{target}/search?{query}")).await.json();
        assert_eq!(found["data"]["total"], "1", "{found}");
        let own = json!({ "id": house.home.tenant.number.get(), "enabled": false });
        let answer = house.patch(&format!("{target}/enabled"), &own).await;
        assert_error(&answer.json(), "E0", "protocol_error", "one's own tenant");
        let foreign = json!({ "id": house.foreign.tenant.number.get(), "enabled": false });
        assert_eq!(house.patch(&format!("{target}/enabled"), &foreign).await.status, 200);
        let token = &house.foreign.token;
        let answer = house.ask_as(token, Method::GET, &format!("{API}/user/current"), None).await;
        assert_eq!(answer.status, 401, "a closed tenant");
    });
}
