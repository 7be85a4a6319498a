//! The first credentials, and what they are good for.

use serde_json::json;

use crate::harness::{Installation, after, on_both_databases};

on_both_databases! {
    fn bootstrap_prints_credentials_that_work(installation) {
        let printed = installation.json(&["bootstrap"]);
        assert_eq!(printed["tenant"], "default");
        assert_eq!(printed["admin"]["username"], "admin");
        assert!(printed["admin"]["password"].as_str().unwrap().len() >= 16);
        let doors: Vec<_> = printed["doors"].as_object().unwrap().keys().collect();
        assert_eq!(doors, ["angus", "audience_manager", "authok"]);

        let server = installation.serve(&[]);
        let token = server.token(&printed);
        let user = json!({
            "connection": "authok",
            "username": "fioman",
            "email": "fioman@qq.com",
            "name": "李雷",
            "password": "compoejffio@jfowfjeio",
        });
        let created = server.post("/api/v1/users", &token, &user);
        assert_eq!(created.status, 200, "{}", created.body);
        let id = created.body["user_id"].as_str().unwrap();
        let found = server.get(&format!("/api/v1/users/{id}"), &token);
        assert_eq!((found.status, &found.body["name"]), (200, &json!("李雷")));
        let seen = installation.json(&["user", "get", "fioman@qq.com"]);
        assert_eq!(seen["user_id"], id);
    }

    fn bootstrap_again_keeps_the_secret_and_changes_the_password(installation) {
        let first = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let second = installation.json(&["bootstrap"]);
        let (old, new) = (&first["doors"]["authok"], &second["doors"]["authok"]);
        assert_eq!(old["client_secret"], new["client_secret"]);
        assert_eq!(old["audience"], new["audience"]);
        // Beside a running server the addresses are that server's.
        assert_eq!(new["base_url"], server.base_url);
        assert_eq!(second["issuer"], format!("{}/", server.base_url));
        assert_ne!(first["admin"]["password"], second["admin"]["password"]);
        server.token(&second);
    }

    fn the_first_start_prints_credentials_once(installation) {
        let server = installation.serve(&[]);
        let (client, secret) = (
            after(&server.printed, "client_id").unwrap(),
            after(&server.printed, "client_secret").unwrap(),
        );
        assert_eq!(after(&server.printed, "username").unwrap(), "admin");
        let password = after(&server.printed, "password").unwrap();
        assert!(password.len() >= 16, "{password}");
        assert_eq!(server.ask_token(&client, &secret).status, 200);
        let (status, later, errors) = server.stop("TERM");
        assert!(status.success());
        assert!(!later.contains(&secret) && !errors.contains(&secret) && !errors.contains(&password));

        let again = installation.serve(&[]);
        for word in ["client_secret", "password", secret.as_str()] {
            assert!(!again.printed.contains(word), "{}", again.printed);
        }
        assert_eq!(again.ask_token(&client, &secret).status, 200);
    }
}

#[test]
fn the_data_directory_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(installation.data_dir()), 0o700);
    assert_eq!(mode(installation.data_dir().join("master.key")), 0o600);
}
