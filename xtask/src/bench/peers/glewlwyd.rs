//! Debian's `glewlwyd` on an SQLite database of its own, as the package sets it up otherwise.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Asked, Bench};
use crate::bench::http::{Connection, FORM};
use crate::bench::programs::Program;
use crate::{Outcome, postgres, process};

/// What the package brings.
const SETTINGS: &str = "/etc/glewlwyd/glewlwyd.conf";
const TABLES: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
/// The secret of the client, and the same with the client's name as HTTP carries it (RFC 7617).
const SECRET: &str = "a secret of the bench";
const BASIC: &str = "Basic YmVuY2g6YSBzZWNyZXQgb2YgdGhlIGJlbmNo";
/// How long it may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running one, and the cookie of its administrator.
struct Glewlwyd {
    program: Program,
    cookie: String,
}

/// Making users.
pub(super) fn users(bench: &Bench) -> Outcome<Asked> {
    let Glewlwyd { program, cookie } = start(&bench.folder.join("glewlwyd-users"))?;
    let body = r#"{"username":"made%09d","name":"@NAME@","email":"made%09d@mail.example.com","#;
    Ok(Asked {
        program,
        path: "/api/user/",
        headers: vec![("Cookie".to_owned(), cookie)],
        body: format!(r#"{body}"scope":["g_profile"],"enabled":true}}"#),
    })
}

/// Tokens of an application by its secret, signed by ES256.
pub(super) fn tokens(bench: &Bench) -> Outcome<Asked> {
    let folder = bench.folder.join("glewlwyd-tokens");
    let glewlwyd = start(&folder)?;
    let (key, certificate) = keys(&folder)?;
    let plugin = json!({
        "module": "oauth2-glewlwyd",
        "name": "glwd",
        "display_name": "glwd",
        "parameters": {
            "url": "glwd", "jwt-type": "ecdsa", "jwt-key-size": "256", "key": key,
            "cert": certificate, "access-token-duration": 3600, "refresh-token-duration": 3600,
            "code-duration": 600, "refresh-token-rolling": true, "auth-type-code-enabled": true,
            "auth-type-code-revoke-replayed": false, "auth-type-implicit-enabled": true,
            "auth-type-password-enabled": true, "auth-type-client-enabled": true,
            "auth-type-refresh-enabled": true, "scope": [],
        },
    });
    glewlwyd.post("/api/mod/plugin/", &plugin.to_string())?;
    let client = json!({
        "client_id": "bench", "name": "bench", "confidential": true, "enabled": true,
        "authorization_type": ["client_credentials"], "redirect_uri": [],
        "scope": ["g_profile"], "password": SECRET,
    });
    glewlwyd.post("/api/client/", &client.to_string())?;
    let (name, form) = FORM;
    Ok(Asked {
        program: glewlwyd.program,
        path: "/api/glwd/token/",
        headers: vec![
            (name.to_owned(), form.to_owned()),
            ("Authorization".to_owned(), BASIC.to_owned()),
        ],
        body: "grant_type=client_credentials&scope=g_profile".to_owned(),
    })
}

impl Glewlwyd {
    fn post(&self, path: &str, body: &str) -> Outcome {
        let headers = [("Cookie", &*self.cookie), ("Content-Type", "application/json")];
        let mut connection = Connection::open(&self.program.address)?;
        match connection.send("POST", path, &headers, body)?.status {
            200 => Ok(()),
            status => Err(format!("glewlwyd answered {status} to {path}").into()),
        }
    }
}

/// Starts it in an empty folder and signs its first administrator in.
fn start(folder: &Path) -> Outcome<Glewlwyd> {
    if process::find("glewlwyd").is_none() {
        postgres::install("glewlwyd", "glewlwyd")?;
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let database = folder.join("database.sqlite");
    let mut sqlite = Command::new("sqlite3");
    process::read(sqlite.arg(&database).arg(format!(".read {TABLES}")))?;
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let settings = folder.join("settings");
    std::fs::write(&settings, configured(&std::fs::read_to_string(SETTINGS)?, port, &database))?;
    let log = folder.join("log");
    let mut command = Command::new("glewlwyd");
    command.arg("--config-file").arg(&settings).args(["--log-mode", "console"]);
    command.args(["--log-level", "ERROR"]).stdin(Stdio::null());
    command.stdout(File::create(&log)?).stderr(File::create(folder.join("errors"))?);
    process::progress(&process::shown(&command));
    let address = format!("127.0.0.1:{port}");
    let program = Program::running(command.spawn()?, address.clone(), &log);
    let begin = Instant::now();
    while TcpStream::connect(&address).is_err() {
        if begin.elapsed() > PATIENCE {
            return Err(format!("glewlwyd does not listen: {}", program.last_words()).into());
        }
        thread::park_timeout(Duration::from_millis(50));
    }
    // The administrator that the package's tables begin with.
    let body = json!({ "username": "admin", "password": "password" }).to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = Connection::open(&address)?.send("POST", "/api/auth/", &headers, &body)?;
    if answer.status != 200 {
        return Err(format!("glewlwyd signs nobody in: {}", answer.status).into());
    }
    Ok(Glewlwyd { program, cookie: answer.cookies() })
}

/// The package's settings with a port on loopback, a database and a log of our own.
fn configured(settings: &str, port: u16, database: &Path) -> String {
    let mut lines = Vec::new();
    for line in settings.lines() {
        let line = match line.split_once('=').map_or(line, |(name, _)| name.trim()) {
            "port" => format!("port={port}\nbind_address=\"127.0.0.1\""),
            "external_url" => format!("external_url=\"http://127.0.0.1:{port}/\""),
            "log_mode" => "log_mode=\"console\"".to_owned(),
            name if name.starts_with("@include") => {
                format!("database = {{ type = \"sqlite3\"; path = \"{}\"; }};", database.display())
            }
            _ => line.to_owned(),
        };
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

/// A key pair for ES256 as PEM.
fn keys(folder: &Path) -> Outcome<(String, String)> {
    let file = folder.join("key.pem");
    let mut openssl = Command::new("openssl");
    openssl.args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"]);
    process::read(openssl.arg(&file))?;
    let public =
        process::read(Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(&file))?;
    Ok((std::fs::read_to_string(&file)?, public))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_keep_what_is_not_ours() {
        let package = "port=4593\nlog_mode=\"file\"\nsession_key=\"X\"\n@include \"/etc/x.conf\"\n";
        let ours = configured(package, 7, Path::new("/tmp/db"));
        assert!(ours.starts_with("port=7\nbind_address=\"127.0.0.1\"\nlog_mode=\"console\"\n"));
        assert!(ours.contains("session_key=\"X\"\n"), "{ours}");
        assert!(
            ours.ends_with("database = { type = \"sqlite3\"; path = \"/tmp/db\"; };\n"),
            "{ours}"
        );
    }
}
