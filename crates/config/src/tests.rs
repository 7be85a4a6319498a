//! How the layers behave together.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::{ByteSize, Layers, LogFormat, Source, reference};

fn write(directory: &tempfile::TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const NONE: [(&str, &str); 0] = [];

#[test]
fn later_layers_win_and_say_where_a_value_came_from() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[server]\nlisten = \"10.0.0.1:1\"\nworkers = 3\nrequest_timeout = \"250ms\"\n";
    let path = write(&directory, "citizenry.toml", text);
    let loaded = Layers::new()
        .file(Some(path.clone()))
        .environment([("CITIZENRY_SERVER__WORKERS", "4"), ("CITIZENRY_SERVER__LISTEN", "[::1]:2")])
        .flag("--listen", "server.listen", Some("127.0.0.1:0"))
        .flag("--data-dir", "server.data_dir", None::<String>)
        .load()
        .unwrap();
    let server = &loaded.configuration.server;
    assert_eq!(server.listen.to_string(), "127.0.0.1:0");
    assert_eq!(server.workers, Some(4));
    assert_eq!(server.request_timeout, Duration::from_millis(250));
    assert_eq!(loaded.source("server.listen"), Source::Flag { name: "--listen".into() });
    assert_eq!(loaded.source("server.request_timeout"), Source::File { path, line: 4 });
    assert_eq!(loaded.source("server.data_dir"), Source::Default);
    let workers = loaded.entries().into_iter().find(|e| e.key == "server.workers").unwrap();
    assert_eq!(workers.value, "4");
    assert_eq!(workers.source.to_string(), "environment CITIZENRY_SERVER__WORKERS");
}

#[test]
fn every_problem_is_reported_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[server]\nlisten = \"nowhere\"\nworkes = 3\n\n[sever]\nx = 1\n\n[tls]\ncert = \"a\"\n\
                [logging]\nformat = 1.5\nlevel = []\n";
    let path = write(&directory, "citizenry.toml", text);
    let problems = Layers::new()
        .file(Some(path.clone()))
        .environment([
            ("CITIZENRY_LIMITS__BODY", "-1"),
            ("CITIZENRY_NOWHERE__KEY", "1"),
            ("CITIZENRY_LISTEN", "1"),
            ("CITIZENRY_SECURITY__MASTER_KEY_FILE", "/nonexistent/key"),
            ("OTHER", "ignored"),
        ])
        .flag("--set", "server.request_timeout", Some("0s"))
        .load()
        .unwrap_err();
    let found: Vec<String> = problems
        .0
        .iter()
        .map(|problem| problem.to_string().replace(path.to_str().unwrap(), "FILE"))
        .collect();
    let expected = [
        "FILE line 11: logging.format: is a fraction, which no setting takes",
        "FILE line 12: logging.level: is a list; one value belongs here",
        "FILE line 2: server.listen: `nowhere` is not HOST:PORT, like 127.0.0.1:8080 or [::]:8080",
        "FILE line 3: server.workes: unknown setting; did you mean server.workers?",
        "FILE line 5: sever: unknown section; there are server, tls, database, security, logging, \
         metrics, limits, tenancy, doors, sign_in, mail, sms, outgoing",
        "FILE line 9: tls.cert: is given without tls.key",
        "environment CITIZENRY_LIMITS__BODY: limits.body: `-1` is not a size, like 65536, 64KiB or \
         1MiB",
        "environment CITIZENRY_LISTEN: is not a setting; variables are named \
         CITIZENRY_SECTION__KEY, with two underscores in the middle",
        "environment CITIZENRY_NOWHERE__KEY: nowhere.key: unknown setting; `citizenry config \
         reference` lists them",
        "environment CITIZENRY_SECURITY__MASTER_KEY_FILE: security.master_key_file: \
         /nonexistent/key cannot be read (No such file or directory (os error 2))",
        "flag --set: server.request_timeout: must be longer than 0",
    ];
    let mut sorted = found.clone();
    sorted.sort_by_key(|line| expected.iter().position(|other| other == line));
    assert_eq!(sorted, expected, "{problems}");
}

#[test]
fn a_file_that_is_not_toml_names_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = write(&directory, "citizenry.toml", "[server]\nlisten = \n[tls]\ncert = 'a\n");
    let problems = Layers::new().file(Some(path)).environment(NONE).load().unwrap_err();
    let lines: Vec<_> = problems
        .0
        .iter()
        .map(|problem| match &problem.source {
            Source::File { line, .. } => *line,
            other => panic!("not from the file: {other}"),
        })
        .collect();
    assert!(lines.contains(&2) && lines.contains(&4), "{problems}");
}

#[test]
fn a_missing_file_is_one_problem_beside_the_others() {
    let problems = Layers::new()
        .environment([("CITIZENRY_CONFIG", "/nonexistent.toml"), ("CITIZENRY_TLS__CERT", "a")])
        .load()
        .unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems}");
    assert!(problems.to_string().starts_with("the configuration has 2 problems:\n  /nonexistent"));
}

#[test]
fn secrets_come_from_files_and_are_never_printed() {
    let directory = tempfile::tempdir().unwrap();
    let key = write(&directory, "key", "c2VjcmV0\n");
    let url = write(&directory, "url", "postgres://citizen:hunter2@a:1,b:2/name?password=hunter2");
    let text = format!("[security]\nmaster_key_file = '{}'\n", key.display());
    let path = write(&directory, "citizenry.toml", &text);
    let loaded = Layers::new()
        .file(Some(path))
        .environment([("CITIZENRY_DATABASE__URL_FILE", url.to_str().unwrap())])
        .load()
        .unwrap();
    let configuration = &loaded.configuration;
    let master_key = configuration.security.master_key.as_ref().unwrap();
    assert_eq!(master_key.expose_secret(), "c2VjcmV0");
    let url = configuration.database.url.as_ref().unwrap();
    assert!(url.secret().expose_secret().contains("hunter2@a:1,b:2"));
    let printed = format!("{:?} {:?}", loaded.entries(), loaded.configuration);
    assert!(!printed.contains("hunter2") && !printed.contains("c2VjcmV0"), "{printed}");
    assert_eq!(url.masked(), "postgres://citizen:***@a:1,b:2/name?***");
}

#[test]
fn a_secret_given_twice_in_one_layer_is_a_problem_but_a_later_layer_wins() {
    let directory = tempfile::tempdir().unwrap();
    let key = write(&directory, "key", "from-file");
    let key = key.to_str().unwrap();
    let twice = [
        ("CITIZENRY_SECURITY__MASTER_KEY", "direct"),
        ("CITIZENRY_SECURITY__MASTER_KEY_FILE", key),
    ];
    let problems = Layers::new().environment(twice).load().unwrap_err();
    assert!(problems.to_string().contains("is given twice, also by environment"), "{problems}");
    let file = write(&directory, "citizenry.toml", "[security]\nmaster_key = 'direct'\n");
    let loaded = Layers::new()
        .file(Some(file))
        .environment([("CITIZENRY_SECURITY__MASTER_KEY_FILE", key)])
        .load()
        .unwrap();
    let master_key = loaded.configuration.security.master_key.unwrap();
    assert_eq!(master_key.expose_secret(), "from-file");
}

#[test]
fn tables_and_lists_read_alike_from_file_and_variable() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']\n[tenancy.hosts]\n\
                'id.example.com' = 'acme'\n";
    let file = write(&directory, "citizenry.toml", text);
    let from_file = Layers::new().file(Some(file)).environment(NONE).load().unwrap();
    let from_variables = Layers::new()
        .environment([
            ("CITIZENRY_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("CITIZENRY_TENANCY__HOSTS", "id.example.com=acme"),
        ])
        .load()
        .unwrap();
    for loaded in [from_file, from_variables] {
        let configuration = loaded.configuration;
        assert_eq!(configuration.tenancy.hosts["id.example.com"], "acme");
        let proxies = &configuration.server.trusted_proxies;
        let shown: Vec<_> = proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128"]);
    }
}

#[test]
fn the_reference_names_every_setting_with_its_default() {
    let page = reference();
    for entry in Layers::new().environment(NONE).load().unwrap().entries() {
        let name = entry.key.split_once('.').unwrap().1;
        assert!(page.contains(&format!("| `{name}`")), "{} is missing", entry.key);
        assert!(page.contains(&format!("`{}`", entry.value)) || entry.value.is_empty());
    }
    assert!(page.contains("`CITIZENRY_TENANCY__HOSTS`"));
    assert!(page.contains("| `body` | size: bytes, or a whole number and KiB or MiB | `1MiB` |"));
}

#[test]
fn defaults_need_no_layer() {
    let loaded = Layers::new().load().unwrap();
    assert_eq!(loaded.configuration.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(loaded.configuration.limits.body, ByteSize(1_048_576));
    assert_eq!(loaded.configuration.logging.format, LogFormat::Text);
    assert!(loaded.entries().iter().all(|entry| entry.source == Source::Default));
}

#[test]
fn assignments_reach_every_setting_but_refuse_secrets() {
    let set = |text: &str| Layers::new().assignments("--set", &[text.to_owned()]).load();
    let limits = set("limits.requests_per_second=3").unwrap().configuration.limits;
    assert_eq!(limits.requests_per_second, Some(3));
    let problems = set("security.master_key=abc").unwrap_err().to_string();
    assert!(problems.contains("flag --set: security.master_key: is secret"), "{problems}");
    assert!(!problems.contains("abc"));
    let problems = set("server.listen").unwrap_err().to_string();
    assert!(problems.contains("flag --set: server.listen: `` is not HOST:PORT"), "{problems}");
}

#[test]
fn hosts_stand_for_doors_that_there_are() {
    let load = |value| Layers::new().environment([("CITIZENRY_DOORS__HOSTS", value)]).load();
    let loaded = load("api.example.com=audience_manager").unwrap();
    assert_eq!(loaded.configuration.doors.hosts["api.example.com"], "audience_manager");
    let problems = load("api.example.com=keycloak").unwrap_err();
    let expected = "doors.hosts: `keycloak` is no door; there are audience_manager and angus";
    assert_eq!(problems.0.len(), 1);
    assert!(problems.0[0].to_string().ends_with(expected), "{}", problems.0[0]);
}
