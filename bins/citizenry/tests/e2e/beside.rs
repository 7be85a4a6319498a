//! Commands beside a running server: it honours what they change at its next request.

use serde_json::json;

use crate::harness::{Installation, on_both_databases};

on_both_databases! {
    fn a_disabled_tenant_is_refused_at_the_next_request(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        assert_eq!(server.get("/api/v1/users", &token).status, 200);

        installation.json(&["tenant", "disable", "default"]);
        assert_eq!(server.get("/api/v1/users", &token).status, 401);
        let door = &credentials["doors"]["authok"];
        let (client, secret) = (&door["client_id"], &door["client_secret"]);
        let (client, secret) = (client.as_str().unwrap(), secret.as_str().unwrap());
        assert_ne!(server.ask_token(client, secret).status, 200);

        installation.json(&["tenant", "enable", "default"]);
        assert_eq!(server.get("/api/v1/users", &token).status, 200);
    }

    fn a_rotated_secret_is_the_only_one(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let door = &credentials["doors"]["authok"];
        let (client, old) = (&door["client_id"], &door["client_secret"]);
        let (client, old) = (client.as_str().unwrap(), old.as_str().unwrap());
        assert_eq!(server.ask_token(client, old).status, 200);

        let rotated = installation.json(&["client", "rotate-secret", client]);
        let refused = server.ask_token(client, old);
        assert_eq!((refused.status, &refused.body["error"]), (401, &json!("invalid_client")));
        let new = rotated["client_secret"].as_str().unwrap();
        assert_eq!(server.ask_token(client, new).status, 200);
    }

    fn users_made_by_the_command_line_are_seen_by_the_server_and_back(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        let password = installation.write("password", "compoejffio@jfowfjeio\n");
        let made = installation.json(&[
            "user", "create", "--username", "fioman", "--email", "fioman@qq.com", "--name", "李雷",
            "--password-file", password.to_str().unwrap(),
        ]);
        let path = format!("/api/v1/users/{}", made["user_id"].as_str().unwrap());
        let seen = server.get(&path, &token);
        assert_eq!((seen.status, &seen.body["username"]), (200, &json!("fioman")));
        assert_eq!(seen.body["blocked"], false);

        installation.json(&["user", "lock", "fioman"]);
        assert_eq!(server.get(&path, &token).body["blocked"], true);
        let listed = installation.json(&["user", "list"]);
        let found = listed["users"].as_array().unwrap().iter().find(|u| u["username"] == "fioman");
        assert_eq!(found.unwrap()["blocked"], true);
        installation.json(&["user", "unlock", "fioman"]);
        assert_eq!(server.get(&path, &token).body["blocked"], false);

        installation.json(&["user", "delete", "fioman"]);
        assert_eq!(server.get(&path, &token).status, 404);
        let missing = installation.run(&["user", "get", "fioman"]);
        assert_eq!(missing.status.code(), Some(4));
    }

    fn a_client_with_a_fixed_identifier_and_secret_works_at_once(installation) {
        installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let fixed = "a-secret-that-was-used-before-the-move-0123456789";
        let secret = installation.write("secret", fixed);
        let made = installation.json(&[
            "client", "create", "--name", "Moved", "--client-id", "moved-here", "--secret-file",
            secret.to_str().unwrap(), "--scope", "read:users",
        ]);
        assert_eq!((&made["client_id"], &made["client_secret"]), (&json!("moved-here"), &json!(fixed)));
        let answer = server.ask_token("moved-here", fixed);
        let scope = &answer.body["scope"];
        assert_eq!((answer.status, scope), (200, &json!("read:users")), "{}", answer.body);
        let token = answer.body["access_token"].as_str().unwrap();
        assert_eq!(server.get("/api/v1/users", token).status, 200);
        let body = json!({ "connection": "authok", "username": "x", "password": "Xk29!mdkQpw" });
        assert_eq!(server.post("/api/v1/users", token, &body).status, 403);
    }

    fn a_further_tenant_is_a_world_of_its_own(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        installation.json(&["tenant", "create", "acme", "--display-name", "Acme"]);
        let names: Vec<_> = installation
            .json(&["tenant", "list"])
            .as_array()
            .unwrap()
            .iter()
            .map(|tenant| tenant["name"].as_str().unwrap().to_owned())
            .collect();
        assert!(names.contains(&"acme".to_owned()) && names.contains(&"default".to_owned()));
        installation.json(&["user", "create", "--tenant", "acme", "--username", "fioman"]);
        let token = server.token(&credentials);
        let here = server.get("/api/v1/users?page_size=100", &token);
        let users = here.body["items"].as_array().unwrap();
        assert!(users.iter().all(|user| user["username"] != "fioman"), "{}", here.body);

        let acme = installation.json(&["bootstrap", "--tenant", "acme"]);
        let there = server.get("/api/v1/users?page_size=100", &server.token(&acme));
        let users = there.body["items"].as_array().unwrap();
        assert!(users.iter().any(|user| user["username"] == "fioman"), "{}", there.body);
    }

    fn doctor_finds_nothing_wrong_and_names_what_is(installation) {
        installation.json(&["bootstrap"]);
        let checks = installation.json(&["doctor"]);
        assert!(checks.as_array().unwrap().len() >= 4, "{checks}");
        assert!(checks.as_array().unwrap().iter().all(|check| check["result"] == "ok"), "{checks}");
        std::fs::write(installation.data_dir().join("master.key"), "not a key\n").unwrap();
        let broken = installation.run(&["doctor", "--format", "json"]);
        assert_eq!(broken.status.code(), Some(1));
        let checks: serde_json::Value = serde_json::from_slice(&broken.stdout).unwrap();
        let failed = checks.as_array().unwrap().iter().find(|c| c["result"] == "failed").unwrap();
        assert_eq!(failed["check"], "master key");
    }
}

#[test]
fn commands_on_nothing_say_what_to_do_and_make_nothing() {
    let installation = Installation::sqlite();
    let output = installation.run(&["user", "list"]);
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("citizenry bootstrap"), "{errors}");
    assert!(!installation.data_dir().exists());
}

#[test]
fn refusals_have_their_exit_codes_and_change_nothing() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    let code = |arguments: &[&str]| installation.run(arguments).status.code();
    assert_eq!(code(&["user", "create", "--username", "fioman"]), Some(0));
    assert_eq!(code(&["user", "create", "--username", "FIOMAN"]), Some(5));
    assert_eq!(code(&["user", "create", "--username", "x", "--email", "no address"]), Some(5));
    assert_eq!(code(&["user", "create", "--username", "x", "--tenant", "nowhere"]), Some(4));
    assert_eq!(
        code(&["user", "create", "--username", "x", "--password-file", "/nowhere"]),
        Some(6)
    );
    assert_eq!(code(&["client", "create", "--name", "x", "--scope", "no:scope"]), Some(5));
    assert_eq!(code(&["client", "create", "--name", "x", "--scope", "read:users"]), Some(0));
    assert_eq!(code(&["user", "delete", "admin"]), Some(5));
    assert_eq!(code(&["user", "lock", "admin"]), Some(5));
    assert_eq!(code(&["tenant", "create", "default"]), Some(5));
    assert_eq!(code(&["tenant", "create", "No Label"]), Some(5));
    let users = installation.json(&["user", "list"]);
    let names: Vec<_> = users["users"].as_array().unwrap().iter().map(|u| &u["username"]).collect();
    assert_eq!(names, ["fioman", "admin"]);
}
