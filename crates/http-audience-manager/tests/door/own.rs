//! What people do to their own account.

use actix_web::http::Method;
use citizenry_testkit::block_on;
use serde_json::json;

use crate::{
    house::House,
    routes::assert_error,
    users::{assert_user, keys, named},
};

const NEW: &str = "Quokka!wanders7Far";

#[test]
fn people_change_themselves() {
    block_on(async {
        let house = House::new().await;
        let (token, _) = house.person().await;
        let own = house.ask_as(&token, Method::GET, "/aam/api/v1/users/self", None).await;
        assert_user(&own.json());
        let body = json!({
            "status": "ACTIVE", "firstName": "Lei", "lastName": "Li", "email": "lei@example.com",
            "title": null, "phoneNumber": "1",
        });
        for target in ["/aam/self/update", "/aam/users/self/update", "/aam/v1/self/update/"] {
            let changed = house.ask_as(&token, Method::PUT, target, Some(&body)).await;
            assert_eq!(changed.status, 200, "{target}: {}", changed.text());
            let changed = changed.json();
            let printed =
                ["userId", "status", "firstName", "lastName", "email", "title", "phoneNumber"];
            assert_eq!(keys(&changed), named(&printed));
            assert!(changed["userId"].is_i64());
            assert_eq!(changed["email"], "lei@example.com");
        }
        let answer = house.ask_as(&token, Method::PUT, "/aam/self/update", Some(&json!({}))).await;
        assert_error(&answer, 400, "bad_request", "an empty body");
    });
}

#[test]
fn people_change_their_password() {
    block_on(async {
        let house = House::new().await;
        let (token, old) = house.person().await;
        let target = "/aam/users/self/update-password";
        let ask = async |method: Method, old: &str, new: &str| {
            let body = json!({ "oldPassword": old, "newPassword": new });
            house.ask_as(&token, method, target, Some(&body)).await
        };
        let wrong = ask(Method::POST, "nothing like it", NEW).await;
        assert_error(&wrong, 400, "bad_request", "the wrong old password");
        assert!(wrong.text().contains("oldPassword"), "{}", wrong.text());
        for bad in
            ["Short1!", "nouppercase1!x", "-Starts!with7", &"Aa1!".repeat(11), "Fioman12!xyz"]
        {
            let answer = ask(Method::POST, &old, bad).await;
            assert_error(&answer, 400, "bad_request", bad);
            assert!(answer.text().contains("newPassword"), "{}", answer.text());
        }
        let done = ask(Method::POST, &old, NEW).await;
        assert_eq!((done.status, done.body.len()), (200, 0), "{}", done.text());
        assert_eq!(house.sign_in("fioman", &old).await.status, 400);
        assert_eq!(house.sign_in("fioman", NEW).await.status, 200);
        let by_put = ask(Method::PUT, NEW, "Wombat?digs42holes").await;
        assert_eq!(by_put.status, 200, "{}", by_put.text());
        let again = ask(Method::PUT, "Wombat?digs42holes", NEW).await;
        assert_error(&again, 400, "bad_request", "a password of the last twelve");
    });
}

#[test]
fn a_mailed_password_is_good_for_a_day() {
    block_on(async {
        let house = House::new().await;
        let (token, old) = house.person().await;
        let answer = house.ask_as(&token, Method::POST, "/aam/self/reset-password", None).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{}", answer.text());
        let mailed = house.mailed_password().await;
        assert_eq!(house.sign_in("fioman", &old).await.status, 400);
        assert_eq!(house.sign_in("fioman", &mailed).await.status, 200);
        house.clock.advance(time::Duration::hours(24));
        let late = house.sign_in("fioman", &mailed).await;
        assert_eq!((late.status, &late.json()["error"]), (400, &json!("invalid_grant")));
    });
}

#[test]
fn whoever_has_no_address_is_mailed_nothing() {
    block_on(async {
        let house = House::new().await;
        let answer = house.ask(Method::POST, "/aam/v1/users/self/reset-password", None).await;
        assert_error(&answer, 400, "bad_request", "no address");
        assert!(house.mails().await.is_empty());
    });
}
