//! A request for every route of the table that is right in every way. A route that is not named here
//! fails every test that walks the table.

use citizenry_http_angus::Route;
use serde_json::{Value, json};

use crate::house::{House, PASSWORD, SEED_PASSWORD, seed_user, sign_in_body};

/// Path with query, and body, of a good request for `route`.
#[expect(clippy::too_many_lines, reason = "one arm a route")]
pub(crate) fn example(route: &Route, house: &House) -> (String, Option<Value>) {
    let ids = &house.ids;
    let (home, second) = (&house.home, ids.second_user);
    let (client, secret) = (&home.client_id, &home.client_secret);
    let (query, body) = match route.name {
        "addUser" => {
            let mut user = seed_user();
            for (field, value) in [
                ("username", "lilei"),
                ("email", "lilei@example.com"),
                ("mobile", "13813000001"),
                ("fullName", "李磊"),
                ("firstName", "磊"),
                ("lastName", "李"),
            ] {
                user[field] = value.into();
            }
            (String::new(), Some(user))
        }
        "replaceUser" => {
            let body = json!({ "id": second, "fullName": "韩梅", "email": "hm@example.com" });
            (String::new(), Some(body))
        }
        "updateUser" => (String::new(), Some(json!({ "id": second, "title": "总监" }))),
        "deleteUsers" | "deleteAuthUsers" => (format!("?ids={second}"), None),
        "setSysAdmin" => (String::new(), Some(json!({ "id": second, "sysAdmin": true }))),
        "lockUser" => (String::new(), Some(json!({ "id": second, "locked": true }))),
        "enableUsers" => (String::new(), Some(json!([{ "id": second, "enabled": false }]))),
        "checkUsername" => ("?username=james".to_owned(), None),
        "searchUsers" => {
            let query = "?filters[0].key=fullName&filters[0].op=MATCH&filters[0].value=Jone";
            (query.to_owned(), None)
        }
        "revokeToken" => (format!("?access_token={}", home.token), None),
        "addUserDepts" => (String::new(), Some(json!([ids.sub_dept]))),
        "replaceUserDepts" => {
            (String::new(), Some(json!([{ "id": ids.sub_dept, "mainDept": true }])))
        }
        "deleteUserDepts" => (format!("?deptIds={}", ids.dept), None),
        "addUserGroups" | "replaceUserGroups" => (String::new(), Some(json!([ids.group]))),
        "deleteUserGroups" => (format!("?groupIds={}", ids.group), None),
        "addUserTags" | "addDeptTags" | "addGroupTags" | "replaceUserTags" | "replaceDeptTags"
        | "replaceGroupTags" => (String::new(), Some(json!([ids.second_tag]))),
        "deleteUserTags" | "deleteDeptTags" | "deleteGroupTags" => {
            (format!("?tagIds={}", ids.tag), None)
        }
        "updateCurrentUser" => (String::new(), Some(json!({ "title": "管理员" }))),
        "sendCurrentSms" => {
            let body =
                json!({ "bizKey": "MODIFY_MOBILE", "mobile": "13813000009", "country": "CN" });
            (String::new(), Some(body))
        }
        "checkCurrentSms" => {
            let query = "?bizKey=MODIFY_MOBILE&mobile=13813000009&country=CN";
            (format!("{query}&verificationCode=000000"), None)
        }
        "updateCurrentMobile" => {
            let body = json!({
                "bizKey": "MODIFY_MOBILE", "mobile": "13813000009", "country": "CN", "itc": "86",
                "linkSecret": "x",
            });
            (String::new(), Some(body))
        }
        "sendCurrentEmail" => {
            let body = json!({ "bizKey": "MODIFY_EMAIL", "toAddress": ["new@example.com"] });
            (String::new(), Some(body))
        }
        "checkCurrentEmail" => {
            let query = "?bizKey=MODIFY_EMAIL&email=new@example.com&verificationCode=000000";
            (query.to_owned(), None)
        }
        "updateCurrentEmail" => {
            let body = json!({
                "bizKey": "MODIFY_EMAIL", "email": "new@example.com",
                "verificationCode": "000000", "linkSecret": "x",
            });
            (String::new(), Some(body))
        }
        "signIn" => (String::new(), Some(sign_in_body(home, "james", SEED_PASSWORD))),
        "renew" => {
            let body =
                json!({ "clientId": client, "clientSecret": secret, "refreshToken": "nothing" });
            (String::new(), Some(body))
        }
        "signOut" => {
            let body =
                json!({ "clientId": client, "clientSecret": secret, "accessToken": "nothing" });
            (String::new(), Some(body))
        }
        "signUp" => {
            let body = json!({
                "signupType": "EMAIL", "account": "new@example.com", "verificationCode": "000000",
                "password": SEED_PASSWORD,
            });
            (String::new(), Some(body))
        }
        "listSignInAccounts" => (format!("?account=james&password={SEED_PASSWORD}"), None),
        "forgetPassword" => {
            let body = json!({ "id": ids.user, "linkSecret": "x", "newPassword": SEED_PASSWORD });
            (String::new(), Some(body))
        }
        "sendSmsCode" => {
            (String::new(), Some(json!({ "bizKey": "SIGNIN", "mobile": "13813000000" })))
        }
        "checkSmsCode" => {
            let query = "?bizKey=SIGNIN&mobile=13813000000&verificationCode=000000";
            (query.to_owned(), None)
        }
        "sendEmailCode" => {
            let body = json!({ "bizKey": "SIGNIN", "toAddress": ["james@xcan.cloud"] });
            (String::new(), Some(body))
        }
        "checkEmailCode" => {
            let query = "?bizKey=SIGNIN&email=james@xcan.cloud&verificationCode=000000";
            (query.to_owned(), None)
        }
        "clientSignIn" => {
            let body = json!({ "clientId": client, "clientSecret": secret, "scope": "internal" });
            (String::new(), Some(body))
        }
        "setUserPassword" => {
            (String::new(), Some(json!({ "id": second, "newPassword": "Another@Pass12" })))
        }
        "checkUserPassword" => (format!("?id={}&password={SEED_PASSWORD}", ids.user), None),
        "setOwnPassword" => {
            let body = json!({ "oldPassword": PASSWORD, "newPassword": "Another@Pass12" });
            (String::new(), Some(body))
        }
        "checkOwnPassword" => ("?password=correct+horse+battery+staple".to_owned(), None),
        "initOwnPassword" => (String::new(), Some(json!({ "newPassword": "Another@Pass12" }))),
        "setTenantRealName" => {
            let tenant = home.tenant.number.get();
            (String::new(), Some(json!({ "tenantId": tenant, "realNameStatus": "AUDITED" })))
        }
        "addUserToken" => (String::new(), Some(json!({ "name": "cd", "password": PASSWORD }))),
        "deleteUserTokens" => (format!("?ids={}", ids.user_token), None),
        "addSystemToken" => {
            let body = json!({
                "name": "report", "authType": "ACL", "expiredDate": "2030-01-01 00:00:00",
                "resources": [{ "resource": "Dept", "acls": ["READ_WRITE"] }],
            });
            (String::new(), Some(body))
        }
        "deleteSystemTokens" => (format!("?ids={}", ids.system_token), None),
        "addDepts" => {
            (String::new(), Some(json!([{ "name": "市场部", "code": "MK", "tagIds": [ids.tag] }])))
        }
        "updateDepts" => (String::new(), Some(json!([{ "id": ids.sub_dept, "name": "平台部" }]))),
        "replaceDepts" => {
            let body = json!([{ "id": ids.sub_dept, "name": "平台", "code": "PF", "pid": -1 }]);
            (String::new(), Some(body))
        }
        "deleteDepts" => (format!("?ids={}", ids.dept), None),
        "addDeptUsers" | "addGroupUsers" => (String::new(), Some(json!([second]))),
        "deleteDeptUsers" | "deleteGroupUsers" => (format!("?ids={}", ids.user), None),
        "setDeptHead" => (String::new(), Some(json!({ "userId": ids.user, "head": false }))),
        "addGroups" => (String::new(), Some(json!([{ "name": "值班组", "code": "ONCALL" }]))),
        "updateGroups" => (String::new(), Some(json!([{ "id": ids.group, "name": "审查组" }]))),
        "replaceGroups" => {
            (String::new(), Some(json!([{ "id": ids.group, "name": "审查", "code": "R2" }])))
        }
        "deleteGroups" => (format!("?ids={}", ids.group), None),
        "enableGroups" => (String::new(), Some(json!([{ "id": ids.group, "enabled": false }]))),
        "addTags" => (String::new(), Some(json!([{ "name": "新人标签" }]))),
        "updateTags" => (String::new(), Some(json!([{ "id": ids.tag, "name": "核心标签" }]))),
        "deleteTags" => (format!("?ids={}", ids.tag), None),
        "addTagTargets" => {
            (String::new(), Some(json!([{ "targetType": "USER", "targetId": second }])))
        }
        "deleteTagTargets" => (format!("?targetIds={}", ids.user), None),
        "listTagTargets" => (format!("?tagId={}&targetType=USER", ids.tag), None),
        "addTenant" => {
            let body = json!({
                "name": "晓蝉云", "type": "ENTERPRISE", "firstName": "雷", "lastName": "李",
                "fullName": "李雷", "mobile": "13813000002", "email": "fioman@qq.com",
                "password": SEED_PASSWORD,
            });
            (String::new(), Some(body))
        }
        "addTenantByMobile" => {
            let body = json!({ "mobile": "13813000003", "password": SEED_PASSWORD });
            (String::new(), Some(body))
        }
        "updateTenant" => {
            let tenant = house.foreign.tenant.number.get();
            (String::new(), Some(json!({ "id": tenant, "name": "外部", "country": "CN" })))
        }
        "replaceTenant" => {
            let body = json!({
                "id": house.foreign.tenant.number.get(), "name": "外部", "type": "personal",
                "firstName": "x", "lastName": "x", "fullName": "x", "mobile": "13813000004",
                "email": "x@example.com",
            });
            (String::new(), Some(body))
        }
        "enableTenant" => {
            let tenant = house.foreign.tenant.number.get();
            (String::new(), Some(json!({ "id": tenant, "enabled": false })))
        }
        "lockTenant" => {
            let tenant = house.foreign.tenant.number.get();
            (String::new(), Some(json!({ "id": tenant, "locked": true })))
        }
        "token" | "introspect" => (String::new(), None),
        name if WITHOUT_BODY.contains(&name) => (String::new(), None),
        unknown => panic!("no example for {unknown}: a route without tests"),
    };
    (format!("{}{query}", path(route, house)), body)
}

/// The form of a good request for one of the two routes that read forms.
pub(crate) fn form(route: &Route, house: &House) -> Option<String> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &house.home.client_id);
    form.append_pair("client_secret", &house.home.client_secret);
    match route.name {
        "token" => {
            form.append_pair("grant_type", "password").append_pair("account", "james");
            form.append_pair("password", SEED_PASSWORD).append_pair("scope", "user_trust");
        }
        "introspect" => {
            form.append_pair("token", &house.home.token);
        }
        _ => return None,
    }
    Some(form.finish())
}

/// The routes that read no body and need no query.
const WITHOUT_BODY: [&str; 37] = [
    "listUsers",
    "listSysAdmins",
    "getUser",
    "getPrincipal",
    "listUserDepts",
    "listUserGroups",
    "listUserTags",
    "getCurrentUser",
    "getCurrentTenant",
    "signInGet",
    "listUserApps",
    "listUserAppFuncs",
    "treeUserAppFuncs",
    "getUserTokenValue",
    "listUserTokens",
    "getSystemTokenAuth",
    "getSystemTokenValue",
    "listSystemTokens",
    "deptNavigation",
    "getDept",
    "listDepts",
    "searchDepts",
    "countSubDepts",
    "listDeptTags",
    "listDeptUsers",
    "getGroup",
    "listGroups",
    "searchGroups",
    "listGroupTags",
    "listGroupUsers",
    "getTag",
    "listTags",
    "searchTags",
    "getTenant",
    "listTenants",
    "searchTenants",
    "listTagTargets",
];

/// The route's path with the numbers of what lives at home.
fn path(route: &Route, house: &House) -> String {
    let ids = &house.ids;
    let id = match route.resource {
        "dept" | "dept-tag" | "dept-user" => ids.dept,
        "group" | "group-tag" | "group-user" => ids.group,
        "org-tag" | "org-tag-target" => ids.tag,
        "tenant" => house.home.tenant.number.get(),
        "user-token" => ids.user_token,
        "system-token" => ids.system_token,
        _ => ids.user,
    };
    route
        .path
        .replace("{id}", &id.to_string())
        .replace("{userId}", &ids.user.to_string())
        .replace("{appIdOrCode}", "1")
}
