//! Signing in, out and up; tokens that are made by hand; passwords.

use actix_web::http::Method;
use citizenry_authz::Caller;
use citizenry_testkit::block_on;
use serde_json::json;

use crate::{
    house::{House, PASSWORD, SEED_PASSWORD, number, sign_in_body, text},
    routes::assert_error,
};

const SIGN: &str = "/angus/pubapi/v1/auth/user";
const AUTH: &str = "/angus/api/v1/auth/user";
const CURRENT: &str = "/angus/api/v1/user/current";

#[test]
fn a_sign_in_gives_tokens_that_renew_once() {
    block_on(async {
        let house = House::new().await;
        let answer = house.sign_in("13813000000", SEED_PASSWORD).await.json();
        let data = &answer["data"];
        assert_eq!(
            (&data["expires_in"], &data["token_type"], &data["scope"]),
            (&json!("36000"), &json!("Bearer"), &json!("user_trust"))
        );
        let (access, refresh) = (text(&data["access_token"]), text(&data["refresh_token"]));
        assert_eq!((access.len(), refresh.len()), (128, 128));
        let body = json!({
            "clientId": house.home.client_id, "clientSecret": house.home.client_secret,
            "refreshToken": refresh,
        });
        let renew = format!("{SIGN}/renew");
        let answer = house.visit(Method::POST, &renew, Some(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let access = text(&answer.json()["data"]["access_token"]);
        let again = house.visit(Method::POST, &renew, Some(&body)).await;
        assert_eq!(again.status, 400);
        assert_error(&again.json(), "E0", "protocol_error", "a refresh token twice");
        // What was shown twice may be stolen: all that came from the sign-in has ended.
        assert_eq!(house.ask_as(&access, Method::GET, CURRENT, None).await.status, 401);
    });
}

#[test]
fn what_a_sign_in_lacks_is_missing_and_what_is_wrong_is_refused() {
    block_on(async {
        let house = House::new().await;
        let target = format!("{SIGN}/signin");
        let good = sign_in_body(&house.home, "james", SEED_PASSWORD);
        let with = |field: &str, value: serde_json::Value| {
            let mut body = good.clone();
            body[field] = value;
            body
        };
        for (body, status, key) in [
            (with("account", json!(null)), 400, "param_missing"),
            (with("deviceId", json!("")), 400, "param_missing"),
            (with("clientId", json!(null)), 400, "param_validation_error"),
            (with("scope", json!(null)), 400, "param_validation_error"),
            (with("signinType", json!("MAGIC")), 400, "param_parsing_error"),
            (with("signinType", json!("THIRD_SOCIAL")), 400, "protocol_error"),
            (with("clientId", json!("nobody")), 404, "resource_not_found"),
            (with("clientSecret", json!("wrong")), 400, "protocol_error"),
            (with("password", json!("wrong")), 400, "protocol_error"),
            (with("account", json!("nobody")), 400, "protocol_error"),
            (with("userId", json!("999999")), 400, "protocol_error"),
        ] {
            let answer = house.visit(Method::POST, &target, Some(&body)).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
            assert_error(&answer.json(), "E0", key, &body.to_string());
        }
        let by_number = with("userId", json!(house.ids.user.to_string()));
        assert_eq!(house.visit(Method::POST, &target, Some(&by_number)).await.status, 200);
        let mut by_header = with("deviceId", json!(null));
        by_header["signinType"] = "account_password".into();
        let ask = house.client.post(&target).json(&by_header);
        let answer = ask.header("xc-auth-device-id", "d").send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}

#[test]
fn too_many_wrong_passwords_block_with_status_200() {
    block_on(async {
        let house = House::new().await;
        let mut codes = Vec::new();
        for _ in 0..30 {
            let answer = house.sign_in("james", "wrong").await;
            let body = answer.json();
            codes.push((answer.status, text(&body["code"])));
            if body["code"] == "BAA406" {
                assert_error(&body, "BAA406", "BAA406", "blocked");
                break;
            }
        }
        assert_eq!(codes.first().unwrap(), &(400, "E0".to_owned()));
        assert!(codes.contains(&(200, "BAA405".to_owned())), "{codes:?}");
        assert_eq!(codes.last().unwrap(), &(200, "BAA406".to_owned()));
    });
}

#[test]
fn a_sign_out_ends_the_token_and_forgives_unknown_ones() {
    block_on(async {
        let house = House::new().await;
        let token = house.person().await;
        let target = format!("{SIGN}/signout");
        let body = |token: &str| {
            json!({
                "clientId": house.home.client_id, "clientSecret": house.home.client_secret,
                "accessToken": token,
            })
        };
        for token in [token.as_str(), "unknown"] {
            let answer = house.visit(Method::POST, &target, Some(&body(token))).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(house.ask_as(&token, Method::GET, CURRENT, None).await.status, 401);
        let target = format!("{AUTH}/token/{}/value", house.ids.user_token);
        let by_hand = text(&house.get(&target).await.json()["data"]["value"]);
        let target = format!("{SIGN}/signout");
        let answer = house.visit(Method::POST, &target, Some(&body(&by_hand))).await;
        assert_error(&answer.json(), "E0", "protocol_error", "made by hand");
    });
}

#[test]
fn a_code_signs_in_by_its_link_secret_once() {
    block_on(async {
        let house = House::new().await;
        let body = json!({ "bizKey": "SIGNIN", "toAddress": ["james@xcan.cloud"] });
        let target = format!("{SIGN}/signemail/send");
        assert_eq!(house.visit(Method::POST, &target, Some(&body)).await.status, 200);
        let code = house.code().await;
        let target = format!("{SIGN}/signemail/check?bizKey=SIGNIN&email=james@xcan.cloud");
        let target = format!("{target}&verificationCode={code}");
        let accounts = house.visit(Method::GET, &target, None).await.json()["data"].clone();
        assert_eq!(
            (number(&accounts[0]["userId"]), &accounts[0]["expiresIn"]),
            (house.ids.user, &json!("300"))
        );
        let mut body = sign_in_body(&house.home, "james", "");
        body["signinType"] = "EMAIL_CODE".into();
        body["password"] = accounts[0]["linkSecret"].clone();
        let target = format!("{SIGN}/signin");
        let answer = house.visit(Method::POST, &target, Some(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(house.visit(Method::POST, &target, Some(&body)).await.status, 400);
    });
}

#[test]
fn a_forgotten_password_is_set_by_a_code() {
    block_on(async {
        let house = House::new().await;
        let body = json!({ "bizKey": "PASSWORD_FORGET", "toAddress": ["james@xcan.cloud"] });
        let target = format!("{SIGN}/signemail/send");
        assert_eq!(house.visit(Method::POST, &target, Some(&body)).await.status, 200);
        let code = house.code().await;
        let target =
            format!("{SIGN}/signemail/check?bizKey=PASSWORD_FORGET&email=james@xcan.cloud");
        let target = format!("{target}&verificationCode={code}");
        let accounts = house.visit(Method::GET, &target, None).await.json()["data"].clone();
        let body = |password: &str| {
            json!({
                "id": house.ids.user, "linkSecret": accounts[0]["linkSecret"],
                "newPassword": password,
            })
        };
        let target = format!("{SIGN}/password/forget");
        let weak = house.visit(Method::PATCH, &target, Some(&body("abcdefgh"))).await;
        assert_error(&weak.json(), "E0", "protocol_error", "one class");
        let answer = house.visit(Method::PATCH, &target, Some(&body("Brand@New1234"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(house.sign_in("james", "Brand@New1234").await.status, 200);
    });
}

#[test]
fn an_account_is_signed_up_for_with_a_code_or_an_invitation() {
    block_on(async {
        let house = House::new().await;
        let body = json!({ "bizKey": "SIGNUP", "toAddress": ["fioman@qq.com"] });
        let target = format!("{SIGN}/signemail/send");
        assert_eq!(house.visit(Method::POST, &target, Some(&body)).await.status, 200);
        let code = house.code().await;
        let sign_up = |code: &str, invitation: serde_json::Value| {
            json!({
                "signupType": "EMAIL", "account": "fioman@qq.com", "verificationCode": code,
                "password": "Brand@New1234", "invitationCode": invitation,
            })
        };
        let target = format!("{SIGN}/signup");
        let body = sign_up("000000x", json!(null));
        let wrong = house.visit(Method::POST, &target, Some(&body)).await;
        assert_error(&wrong.json(), "E0", "protocol_error", "a wrong code");
        let body = sign_up(&code, json!("nobody's"));
        let uninvited = house.visit(Method::POST, &target, Some(&body)).await;
        assert_error(&uninvited.json(), "E0", "protocol_error", "no such invitation");
        let body = sign_up(&code, json!(null));
        let made = house.visit(Method::POST, &target, Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(house.sign_in("fioman@qq.com", "Brand@New1234").await.status, 200);
        let id = number(&made.json()["data"]["id"]);
        let user = house.get(&format!("/angus/api/v1/user/{id}")).await.json();
        assert_eq!(user["data"]["source"], "PLATFORM_SIGNUP");
    });
}

#[test]
fn an_invitation_opens_its_tenant_where_sign_up_is_closed() {
    block_on(async {
        let house = House::new().await;
        let caller = Caller::operator(&house.foreign.tenant);
        let settings = json!({ "invitation_code": "welcome-26" });
        let settings = settings.as_object().unwrap().clone();
        house.directory.update_tenant(&caller, settings).await.unwrap();
        let body = json!({ "bizKey": "SIGNUP", "mobile": "13813000026" });
        let target = format!("{SIGN}/signsms/send");
        assert_eq!(house.visit(Method::POST, &target, Some(&body)).await.status, 200);
        let code = house.code().await;
        let body = json!({
            "signupType": "MOBILE", "account": "138 1300 0026", "country": "CN",
            "verificationCode": code, "password": "Brand@New1234", "invitationCode": "welcome-26",
        });
        let target = format!("{SIGN}/signup");
        let made = house.visit(Method::POST, &target, Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let target = format!("/angus/api/v1/user/{}", number(&made.json()["data"]["id"]));
        assert_eq!(house.get(&target).await.status, 404);
        let shown = house.ask_as(&house.foreign.token, Method::GET, &target, None).await.json();
        assert_eq!(
            (&shown["data"]["source"], &shown["data"]["mobile"]),
            (&json!("INVITATION_CODE_SIGNUP"), &json!("13813000026"))
        );
        // The code is used up with the account.
        let target = format!("{SIGN}/signup");
        let again = house.visit(Method::POST, &target, Some(&body)).await;
        assert_error(&again.json(), "E0", "protocol_error", "a code twice");
    });
}

#[test]
fn ones_own_mobile_changes_by_a_code() {
    block_on(async {
        let house = House::new().await;
        let token = house.person().await;
        let body = json!({ "bizKey": "MODIFY_MOBILE", "mobile": "13813000009", "country": "CN" });
        let target = format!("{CURRENT}/sms/send");
        let sent = house.ask_as(&token, Method::POST, &target, Some(&body)).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        let code = house.code().await;
        let target = format!("{CURRENT}/sms/check?bizKey=MODIFY_MOBILE&mobile=13813000009");
        let target = format!("{target}&country=CN&verificationCode={code}");
        let link = house.ask_as(&token, Method::GET, &target, None).await.json()["data"].clone();
        let body = json!({
            "bizKey": "MODIFY_MOBILE", "mobile": "13813000009", "country": "CN", "itc": 86,
            "verificationCode": code, "linkSecret": link["linkSecret"],
        });
        let target = format!("{CURRENT}/mobile");
        let changed = house.ask_as(&token, Method::PATCH, &target, Some(&body)).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        let own = house.ask_as(&token, Method::GET, CURRENT, None).await.json();
        assert_eq!(own["data"]["mobile"], "13813000009");
        assert_eq!(own["data"]["authApps"], json!([]));
    });
}

#[test]
fn tokens_made_by_hand_stand_for_their_maker_or_for_nobody() {
    block_on(async {
        let house = House::new().await;
        let target = format!("{AUTH}/token/{}/value", house.ids.user_token);
        let own = text(&house.get(&target).await.json()["data"]["value"]);
        let principal = house.ask_as(&own, Method::GET, AUTH, None).await;
        assert_eq!(principal.json(), json!({ "name": "admin" }));
        let target = format!("/angus/api/v1/system/token/{}/value", house.ids.system_token);
        let system = text(&house.get(&target).await.json()["data"]["value"]);
        let users = "/angus/api/v1/user";
        assert_eq!(house.ask_as(&system, Method::GET, users, None).await.status, 200);
        for (method, target) in [
            (Method::GET, "/angus/api/v1/dept".to_owned()),
            (Method::DELETE, format!("{users}?ids={}", house.ids.second_user)),
            (Method::GET, CURRENT.to_owned()),
        ] {
            let answer = house.ask_as(&system, method, &target, None).await;
            assert_eq!(answer.status, 403, "{target}: {}", answer.text());
        }
        let body = json!({ "name": "x", "password": "wrong" });
        let answer = house.post(&format!("{AUTH}/token"), &body).await;
        assert_error(&answer.json(), "E0", "protocol_error", "the wrong password");
        for name in ["second", "third"] {
            let body = json!({ "name": name, "password": PASSWORD });
            assert_eq!(house.post(&format!("{AUTH}/token"), &body).await.status, 201);
        }
        let body = json!({ "name": "fourth", "password": PASSWORD });
        let answer = house.post(&format!("{AUTH}/token"), &body).await;
        assert_error(&answer.json(), "BCO122", "quota_error", "a fourth token");
        let body = json!({ "name": "ci", "password": PASSWORD });
        let answer = house.post(&format!("{AUTH}/token"), &body).await;
        assert!([200, 409].contains(&answer.status), "{}", answer.text());
    });
}

#[test]
fn a_shown_token_is_revoked_by_its_owner_alone() {
    block_on(async {
        let house = House::new().await;
        let (token, admin) = (house.person().await, house.home.token.clone());
        let target = |token: &str| format!("/angus/api/v1/auth/token?access_token={token}");
        let answer = house.ask_as(&token, Method::DELETE, &target(&admin), None).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("revoke_fail")));
        let answer = house.ask_as(&token, Method::DELETE, &target(&token), None).await;
        assert_eq!((answer.status, answer.json()), (200, json!({})));
        assert_eq!(house.ask_as(&token, Method::GET, CURRENT, None).await.status, 401);
    });
}

#[test]
fn passwords_are_set_and_checked() {
    block_on(async {
        let house = House::new().await;
        let token = house.person().await;
        let target = format!("{AUTH}/password/current");
        for (old, new, status) in [
            ("wrong-password", "Brand@New1234", 400),
            (SEED_PASSWORD, SEED_PASSWORD, 400),
            (SEED_PASSWORD, "Brand@New1234", 200),
        ] {
            let body = json!({ "oldPassword": old, "newPassword": new });
            let answer = house.ask_as(&token, Method::PATCH, &target, Some(&body)).await;
            assert_eq!(answer.status, status, "{old} {new}: {}", answer.text());
            if status == 400 {
                assert_error(&answer.json(), "E0", "protocol_error", old);
            }
        }
        // Tokens stay good.
        assert_eq!(house.ask_as(&token, Method::GET, CURRENT, None).await.status, 200);
        let target = format!("{AUTH}/password/check?id={}&password=x", house.ids.user);
        assert_error(&house.get(&target).await.json(), "E0", "protocol_error", "a wrong one");
        let body = json!({ "newPassword": "Brand@New12345" });
        let answer = house.patch(&format!("{AUTH}/password/init/current"), &body).await;
        assert_error(&answer.json(), "E0", "protocol_error", "there is one already");
        let body = json!({ "id": house.ids.user, "newPassword": "Third@Pass1234" });
        assert_eq!(house.patch(&format!("{AUTH}/password"), &body).await.status, 200);
        assert_eq!(house.sign_in("james", "Third@Pass1234").await.status, 200);
    });
}

#[test]
fn the_token_endpoint_speaks_oauth() {
    block_on(async {
        let house = House::new().await;
        let ask = async |form: String| {
            let media = "application/x-www-form-urlencoded";
            house.client.post("/angus/oauth2/token").body(media, form).send().await
        };
        let client = format!(
            "client_id={}&client_secret={}",
            house.home.client_id, house.home.client_secret
        );
        let form = format!("{client}&grant_type=password&account=james&password={SEED_PASSWORD}");
        let answer = ask(form).await;
        assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(36_000)));
        let answer = ask(format!("{client}&grant_type=client_credentials")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = ask(format!("{client}&grant_type=password&account=james&password=x")).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_grant")));
        let answer = ask("client_id=x&client_secret=y&grant_type=client_credentials".to_owned());
        let answer = answer.await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        let answer = house.client.post("/angus/oauth2/token").json(&json!({})).send().await;
        assert_eq!((answer.status, &answer.json()["error"]), (415, &json!("invalid_request")));
    });
}
