//! Imports and exports of users.

use std::io::Read as _;

use actix_web::http::Method;
use citizenry_identity::Error;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{ALL, House},
    routes::assert_error,
};

const TYPE: &str = "multipart/form-data; boundary=----x";

/// A form with these parts.
fn form(parts: &[(&str, &str)]) -> String {
    let part = |(name, content): &(&str, &str)| {
        format!("------x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "------x--\r\n"
}

async fn send(house: &House, prefix: &str, parts: &[(&str, &str)]) -> (u16, Value) {
    let target = format!("{prefix}/jobs/users-imports");
    let ask = house.client.post(&target).peer("192.0.2.7:4711".parse().unwrap());
    let answer = ask.bearer(ALL).body(TYPE, form(parts)).send().await;
    (answer.status, answer.json())
}

#[test]
fn a_file_is_imported_and_its_refused_rows_are_told() {
    block_on(async {
        let house = House::new().await;
        let users = r#"[{"email":"jim@example.com","password_hash":"$plain$x"},
                        {"email":"hanmeimei@example.com","custom_password_hash":{"hash":"abc"}}]"#;
        let parts = [
            ("users", users),
            ("connection_id", house.ids.connection.as_str()),
            ("upsert", "false"),
            ("external_id", "ours"),
        ];
        let (status, job) = send(&house, "/api/v2", &parts).await;
        assert_eq!(status, 202, "{job}");
        assert_eq!(job["status"], "pending");
        assert_eq!((&job["type"], &job["external_id"]), (&json!("users_import"), &json!("ours")));
        assert!(house.directory.run_due_job().await.unwrap());
        let target = format!("/api/v2/jobs/{}", job["id"].as_str().unwrap());
        let done = house.get(&target).await.json();
        assert_eq!(done["status"], "completed");
        let summary = json!({ "failed": 1, "updated": 0, "inserted": 1, "total": 2 });
        assert_eq!(done["summary"], summary);
        let errors = house.get(&format!("{target}/errors")).await.json();
        assert_eq!(errors[0]["user"]["custom_password_hash"]["hash"], "*****");
        assert_eq!(errors[0]["errors"][0]["path"], "custom_password_hash");
    });
}

#[test]
fn two_jobs_are_under_way_and_a_third_has_to_wait() {
    block_on(async {
        let house = House::new().await;
        let parts = [("users", "[]"), ("connection_id", house.ids.connection.as_str())];
        for expected in [202, 202, 429] {
            let (status, answer) = send(&house, "/api/v2", &parts).await;
            assert_eq!(status, expected, "{answer}");
        }
        while house.directory.run_due_job().await.unwrap() {}
        let (status, answer) = send(&house, "/api/v1", &parts).await;
        assert_eq!(status, 200, "{answer}");
    });
}

#[test]
fn what_cannot_be_imported_is_refused_at_once() {
    block_on(async {
        let house = House::new().await;
        let connection = house.ids.connection.as_str();
        let large = format!("[\"{}\"]", "x".repeat(520_000));
        let nowhere = "con_01j00000000000000000000000";
        for (parts, status, code) in [
            (vec![("connection_id", connection)], 400, "invalid_body"),
            (vec![("users", "[]")], 400, "invalid_body"),
            (vec![("users", "{"), ("connection_id", connection)], 400, "invalid_body"),
            (vec![("users", "[]"), ("connection_id", nowhere)], 404, "inexistent_connection"),
            (vec![("users", "[]"), ("connection_id", connection), ("a", "")], 400, "invalid_body"),
            (
                vec![("users", "[]"), ("connection_id", connection), ("upsert", "maybe")],
                400,
                "invalid_body",
            ),
        ] {
            let (answered, body) = send(&house, "/api/v2", &parts).await;
            assert_eq!(answered, status, "{parts:?}: {body}");
            assert_error(&body, status, code, &format!("{parts:?}"));
        }
        let parts = [("users", large.as_str()), ("connection_id", connection)];
        assert_eq!(send(&house, "/api/v2", &parts).await.0, 413);
        let body = json!({ "format": "xml" });
        assert_eq!(house.post("/api/v2/jobs/users-exports", &body).await.status, 400);
        let unknown = house.get("/api/v2/jobs/job_01j00000000000000000000000").await;
        assert_error(&unknown.json(), 404, "inexistent_job", "an unknown job");
    });
}

#[test]
fn the_file_of_an_export_is_fetched_where_the_job_says() {
    block_on(async {
        let house = House::new().await;
        let body = json!({
            "connection_id": house.ids.connection, "format": "csv",
            "fields": [{ "name": "email", "export_as": "mail" }],
        });
        let job = house.post("/api/v2/jobs/users-exports", &body).await.json();
        let id = job["id"].as_str().unwrap();
        let early = house.get(&format!("/api/v2/jobs/{id}/file")).await;
        assert_eq!(early.status, 404);
        assert!(house.directory.run_due_job().await.unwrap());
        let done = house.get(&format!("/api/v2/jobs/{id}")).await.json();
        let location = done["location"].as_str().unwrap();
        let path = location
            .strip_prefix("http://")
            .map_or(location, |rest| rest.find('/').and_then(|slash| rest.get(slash..)).unwrap());
        assert_eq!(path, format!("/api/v2/jobs/{id}/file"));
        let file = house.ask(Method::GET, path, None).await;
        assert_eq!(file.header("content-type"), "application/gzip");
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(file.body.as_ref()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "\"mail\"\r\n\"hanmeimei@example.com\"\r\n");
    });
}

#[test]
fn a_verification_mail_is_asked_for_as_a_job() {
    block_on(async {
        let house = House::new().await;
        let (user, client) = (&house.ids.user, &house.ids.client);
        let bare = user.split_once('|').unwrap().1;
        let body = json!({
            "user_id": user, "client_id": client,
            "identity": { "provider": "authok", "user_id": bare },
        });
        for (prefix, status) in [("/api/v1", 200), ("/api/v2", 201)] {
            let target = format!("{prefix}/jobs/verification-email");
            let answer = house.post(&target, &body).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            let job = answer.json();
            assert_eq!(
                (&job["type"], &job["status"]),
                (&json!("verification_email"), &json!("completed"))
            );
            assert_eq!((&job["user_id"], &job["client_id"]), (&json!(user), &json!(client)));
            let id = job["id"].as_str().unwrap();
            assert_eq!(house.get(&format!("{prefix}/jobs/{id}")).await.json(), job);
            assert_eq!(house.get(&format!("{prefix}/jobs/{id}/file")).await.status, 404);
        }
        let social = house.ids.social_user.split_once('|').unwrap().1;
        for (body, status, code) in [
            (json!({}), 400, "invalid_body"),
            (json!({ "user_id": "authok|nobody" }), 404, "inexistent_user"),
            (json!({ "user_id": user, "client_id": "nothing" }), 404, "inexistent_client"),
            (json!({ "user_id": user, "organization_id": "org_1" }), 400, "invalid_body"),
            (
                json!({ "user_id": user, "identity": { "provider": "github", "user_id": social } }),
                400,
                "invalid_body",
            ),
            (json!({ "user_id": user, "mail": true }), 400, "invalid_body"),
        ] {
            let answer = house.post("/api/v2/jobs/verification-email", &body).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
            assert_error(&answer.json(), status, code, &body.to_string());
        }
    });
}

/// A server takes the job up and is on its way.
async fn one_row_done_in_ten_seconds(house: &House) {
    let now = house.directory.now();
    let taken = house.storage.transact::<_, Error, _>(async move |tx| {
        let job = tx.jobs().take_due(now, now.plus_seconds(300)).await?;
        let mut job = job.ok_or(Error::Unavailable)?;
        job.progress.lines = 1;
        job.updated_at = job.created_at.plus_seconds(10);
        Ok(tx.jobs().save(&job).await?)
    });
    taken.await.unwrap();
}

#[test]
fn an_import_under_way_tells_how_much_is_done_and_how_long_the_rest_takes() {
    block_on(async {
        let house = House::new().await;
        let rows: Vec<_> =
            (0..4).map(|n| json!({ "email": format!("row{n}@example.com") })).collect();
        let users = Value::from(rows).to_string();
        let parts = [("users", &*users), ("connection_id", house.ids.connection.as_str())];
        let (_, job) = send(&house, "/api/v2", &parts).await;
        let id = job["id"].as_str().unwrap();
        let target = format!("/api/v2/jobs/{id}");
        assert_eq!(house.get(&target).await.json()["percentage_done"], Value::Null);

        one_row_done_in_ten_seconds(&house).await;
        let shown = house.get(&target).await.json();
        assert_eq!(
            (&shown["status"], &shown["percentage_done"]),
            (&json!("processing"), &json!(25))
        );
        assert_eq!(shown["time_left_seconds"], 30);
    });
}
