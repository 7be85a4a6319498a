//! Configurations that are refused, and failures of the start: one clear line each.

use std::net::TcpListener;

use crate::harness::Installation;

#[test]
fn every_problem_is_listed_and_nothing_is_made() {
    let installation = Installation::sqlite();
    let file = installation.write("citizenry.toml", "[server]\nlisten = 'x'\nlistne = 'y'\n");
    let output = installation
        .command(&["serve", "--config", file.to_str().unwrap()])
        .env("CITIZENRY_LIMITS__BODDY", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let errors = String::from_utf8(output.stderr).unwrap();
    for expected in [
        "the configuration has 3 problems",
        "citizenry.toml line 2: server.listen: `x` is not HOST:PORT",
        "citizenry.toml line 3: server.listne: unknown setting; did you mean server.listen?",
        "CITIZENRY_LIMITS__BODDY: limits.boddy: unknown setting; did you mean limits.body?",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
    assert!(!installation.data_dir().exists());
}

#[test]
fn show_names_sources_and_masks_secrets() {
    let installation = Installation::sqlite();
    let output = installation
        .command(&["config", "show", "--format", "json"])
        .env("CITIZENRY_DATABASE__URL", "postgres://citizen:hunter2@127.0.0.1/x")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let url = entries.iter().find(|entry| entry["key"] == "database.url").unwrap();
    assert_eq!(url["value"], "postgres://citizen:***@127.0.0.1/x");
    assert_eq!(url["source"], "environment CITIZENRY_DATABASE__URL");
}

#[test]
fn a_taken_port_is_named_before_anything_is_made() {
    let installation = Installation::sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = installation.run(&["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains(&format!("{address} is in use")), "{errors}");
    assert!(errors.contains("--listen HOST:PORT"), "{errors}");
    assert!(!installation.data_dir().exists());
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    let installation = Installation::sqlite();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = installation
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .env("CITIZENRY_DATABASE__URL", format!("postgres://citizen:hunter2@{free}/x"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains(&format!("postgres://citizen:***@{free}/x")), "{errors}");
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn a_damaged_master_key_stops_the_start() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    std::fs::write(installation.data_dir().join("master.key"), "nonsense\n").unwrap();
    let output = installation.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("32 bytes in base64"), "{errors}");
}

#[test]
fn another_master_key_than_the_databases_is_noticed() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    std::fs::remove_file(installation.data_dir().join("master.key")).unwrap();
    let output = installation.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("master key"), "{errors}");
}

#[test]
fn completions_and_the_reference_are_printed() {
    let installation = Installation::sqlite();
    let script = installation.run(&["completions", "bash"]);
    assert!(String::from_utf8(script.stdout).unwrap().contains("rotate-secret"));
    let reference = installation.run(&["config", "reference"]);
    assert!(String::from_utf8(reference.stdout).unwrap().starts_with("# Configuration\n"));
}

#[test]
fn serving_arguments_before_another_command_are_refused() {
    let installation = Installation::sqlite();
    let output = installation.run(&["--listen", "127.0.0.1:0", "user", "list"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("--listen belongs to `citizenry serve`"), "{errors}");
}
