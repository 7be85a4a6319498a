//! Starts the binary, reads what it prints, asks it over HTTP.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizenry_persistence::Location;
use citizenry_testkit::{TestDatabase, block_on};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Whatever takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A data directory and a database, without a server yet.
pub(crate) struct Installation {
    directory: TempDir,
    database: Option<TestDatabase>,
}

impl Installation {
    pub(crate) fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), database: None }
    }

    pub(crate) fn postgres() -> Self {
        let database = block_on(TestDatabase::empty_postgres());
        Self { directory: tempfile::tempdir().unwrap(), database: Some(database) }
    }

    pub(crate) fn database_url(&self) -> Option<&str> {
        match self.database.as_ref()?.location() {
            Location::Postgres { url, .. } => Some(url.expose_secret()),
            Location::Sqlite { .. } | Location::Memory => None,
        }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The binary with an environment that holds nothing but this installation.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_citizenry"));
        command.env_clear().current_dir(self.directory.path()).args(arguments);
        command.env("CITIZENRY_SERVER__DATA_DIR", self.data_dir());
        if let Some(url) = self.database_url() {
            command.env("CITIZENRY_DATABASE__URL", url);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command that must succeed and print JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts a server on a free port and waits until it says where it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        Server::start(self.command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat()))
    }
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// What it printed up to and with the line that it listens, which is the last.
    pub(crate) printed: String,
    /// `http://127.0.0.1:PORT`.
    pub(crate) base_url: String,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        while after(&printed, "listening on http://").is_none() {
            if lines.read_line(&mut printed).unwrap() == 0 {
                let mut errors = String::new();
                child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("the server ended: {printed}{errors}");
            }
        }
        let base_url = after(&printed, "listening on http://").expect("no address");
        let base_url = format!("http://{base_url}");
        child.stdout = Some(lines.into_inner());
        Self { child, printed, base_url }
    }

    /// The address of the TLS listener.
    pub(crate) fn tls_url(&self) -> Option<String> {
        after(&self.printed, "listening on https://").map(|address| format!("https://{address}"))
    }

    /// Asks it to stop, waits, and answers how it ended and what else it printed on standard output
    /// and standard error.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, String, String) {
        self.signal(signal);
        let (mut out, mut errors) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap(), out, errors)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        let request = agent().get(format!("{}{path}", self.base_url));
        Answer::of(request.header("authorization", format!("Bearer {token}")).call())
    }

    pub(crate) fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = agent().post(format!("{}{path}", self.base_url));
        Answer::of(request.header("authorization", format!("Bearer {token}")).send_json(body))
    }

    /// Sends JSON, or nothing, with any method.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .unwrap();
        Answer::of(agent().run(request))
    }

    /// Sends a form with a client's credentials by HTTP Basic.
    pub(crate) fn send_form(
        &self,
        path: &str,
        basic: (&str, &str),
        form: &[(&str, &str)],
    ) -> Answer {
        let credentials = STANDARD.encode(format!("{}:{}", basic.0, basic.1));
        let request = agent().post(format!("{}{path}", self.base_url));
        let request = request.header("authorization", format!("Basic {credentials}"));
        Answer::of(request.send_form(form.iter().copied()))
    }

    /// Asks for a token with a client's credentials.
    pub(crate) fn ask_token(&self, client: &str, secret: &str) -> Answer {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "audience": format!("{}/api/v1", self.base_url),
        });
        Answer::of(agent().post(format!("{}/oauth/token", self.base_url)).send_json(&body))
    }

    /// A token for the credentials that `bootstrap` printed.
    pub(crate) fn token(&self, bootstrap: &Value) -> String {
        let door = &bootstrap["doors"]["authok"];
        let (client, secret) = (door["client_id"].as_str(), door["client_secret"].as_str());
        let answer = self.ask_token(client.unwrap(), secret.unwrap());
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A status and a JSON body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn of(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = result.unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status: response.status().as_u16(), body }
    }
}

pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build();
    config.into()
}

/// What follows `label` up to the end of its line.
pub(crate) fn after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(label)?;
    rest.lines().next().map(|line| line.trim().to_owned())
}

/// Writes a test for each database.
macro_rules! on_both_databases {
    ($( $(#[$attribute:meta])* fn $name:ident($installation:ident) $body:block )+) => { $(
        mod $name {
            use super::*;

            fn scenario($installation: &Installation) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                scenario(&Installation::sqlite());
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                scenario(&Installation::postgres());
            }
        }
    )+ };
}

pub(crate) use on_both_databases;
