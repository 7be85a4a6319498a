//! What is measured against: a server on an empty database, with an application, APIs and people.

use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use super::http::{Connection, encoded};
use super::programs::{Binaries, Program};
use crate::{Outcome, postgres, process};

/// What one hash costs: the default, said here since the raw rate is taken with the same.
pub(super) const HASH_MEMORY: u64 = 19_456;
/// Passes over that memory.
pub(super) const HASH_PASSES: u64 = 2;
/// Passwords that may wait for each hashing thread, as by default.
const QUEUE_PER_THREAD: usize = 16;

/// Good enough for a server that lives as long as the run and listens on loopback alone.
pub(super) const PASSWORD: &str = "three brown foxes at the lake";
/// Where people are sent after signing in.
pub(super) const CALLBACK: &str = "http://127.0.0.1/callback";

const PEOPLE: usize = 16;

/// The server and what was made in it.
pub(super) struct World {
    /// The server.
    pub(super) server: Program,
    /// The threads that hash.
    pub(super) hash_threads: usize,
    /// How many sign-ins the pool takes: those that are hashed and those that wait.
    pub(super) hash_capacity: usize,
    /// The application.
    pub(super) client_id: String,
    /// Its secret.
    pub(super) client_secret: String,
    /// The names of the people.
    pub(super) people: Vec<String>,
}

impl World {
    /// Starts the server in an empty folder and makes what is needed.
    pub(super) fn make(binaries: &Binaries, folder: &Path) -> Outcome<Self> {
        let data = folder.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let cores = thread::available_parallelism()?.get();
        let hash_threads = cores.saturating_sub(1).max(1);
        let queue = hash_threads * QUEUE_PER_THREAD;
        let citizenry = |verb: &str| {
            let mut command = Command::new(&binaries.citizenry);
            command.arg(verb).arg("--data-dir").arg(&data).env_remove(postgres::TEST_URL);
            command
        };
        let mut serve = citizenry("serve");
        serve.args(["--listen", "127.0.0.1:0"]);
        for (key, value) in [
            ("hash_threads", hash_threads.to_string()),
            ("hash_queue", queue.to_string()),
            ("hash_memory", HASH_MEMORY.to_string()),
            ("hash_passes", HASH_PASSES.to_string()),
        ] {
            serve.arg("--set").arg(format!("sign_in.{key}={value}"));
        }
        let server = Program::start(&mut serve, &folder.join("citizenry.log"))?;
        let text = process::read(citizenry("bootstrap").args(["--format", "json"]))?;
        let mut api = Api::open(&server.address, &serde_json::from_str(&text)?)?;
        let (client_id, client_secret) = api.make_application()?;
        let people = api.make_people()?;
        let hash_capacity = hash_threads + queue;
        Ok(Self { server, hash_threads, hash_capacity, client_id, client_secret, people })
    }

    /// Fields of a form with the application's credentials behind them.
    pub(super) fn form(&self, fields: &[(&str, &str)]) -> String {
        let credentials =
            [("client_id", &*self.client_id), ("client_secret", &*self.client_secret)];
        encoded(&[&credentials, fields].concat())
    }

    /// What the token endpoint answers to a password.
    pub(super) fn tokens_of(&self, person: &str) -> Outcome<Value> {
        let fields = [
            ("client_id", &*self.client_id),
            ("client_secret", &*self.client_secret),
            ("grant_type", "password"),
            ("username", person),
            ("password", PASSWORD),
            ("scope", "openid profile email offline_access"),
        ];
        Connection::open(&self.server.address)?.form_json("/oauth/token", &fields)
    }

    /// So many refresh tokens of their own authorizations.
    pub(super) fn refresh_tokens(&self, count: usize) -> Outcome<Vec<String>> {
        let people = self.people.iter().cycle().take(count);
        people.map(|person| text(&self.tokens_of(person)?, "refresh_token")).collect()
    }
}

/// The identifier of the API whose tokens are signed so, or `opaque`.
pub(super) fn audience(algorithm: &str) -> String {
    format!("https://{}.example/", algorithm.to_lowercase())
}

/// The member of an answer.
pub(super) fn text(answer: &Value, member: &str) -> Outcome<String> {
    let found = answer.get(member).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("the server's answer has no `{member}`"))?.to_owned())
}

/// The management API.
struct Api {
    connection: Connection,
    authorization: String,
}

impl Api {
    fn open(address: &str, bootstrap: &Value) -> Outcome<Self> {
        let door = bootstrap.pointer("/doors/authok").ok_or("bootstrap names no door `authok`")?;
        let of_door = |member| text(door, member);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &of_door("client_id")?),
            ("client_secret", &of_door("client_secret")?),
            ("audience", &of_door("audience")?),
        ];
        let mut connection = Connection::open(address)?;
        let token = text(&connection.form_json("/oauth/token", &fields)?, "access_token")?;
        Ok(Self { connection, authorization: format!("Bearer {token}") })
    }

    fn make(&mut self, what: &str, body: &Value) -> Outcome<Value> {
        let path = format!("/api/v2/{what}");
        let headers =
            [("Authorization", &*self.authorization), ("Content-Type", "application/json")];
        self.connection.send("POST", &path, &headers, &body.to_string())?.json(&path)
    }

    /// An application that may have every kind of token, also its own for four APIs.
    fn make_application(&mut self) -> Outcome<(String, String)> {
        let grants = ["authorization_code", "refresh_token", "password", "client_credentials"];
        let application = json!({
            "name": "Bench",
            "app_type": "regular_web",
            "callbacks": [CALLBACK],
            "grant_types": grants,
            "token_endpoint_auth_method": "client_secret_post",
            "id_token_signed_response_alg": "ES256",
        });
        let made = self.make("clients", &application)?;
        let client_id = text(&made, "client_id")?;
        for algorithm in ["RS256", "ES256", "EdDSA", "opaque"] {
            let identifier = audience(algorithm);
            let mut server = json!({
                "name": algorithm,
                "identifier": identifier,
                "scopes": [{ "value": "read:books", "description": "Read books" }],
            });
            let (member, value) = match algorithm {
                "opaque" => ("token_format", "opaque"),
                signing => ("signing_alg", signing),
            };
            if let Some(members) = server.as_object_mut() {
                members.insert(member.to_owned(), value.into());
            }
            self.make("resource-servers", &server)?;
            let grant =
                json!({ "client_id": client_id, "audience": identifier, "scope": ["read:books"] });
            self.make("client-grants", &grant)?;
        }
        Ok((client_id, text(&made, "client_secret")?))
    }

    fn make_people(&mut self) -> Outcome<Vec<String>> {
        let names: Vec<String> = (0..PEOPLE).map(|number| format!("reader{number}")).collect();
        for name in &names {
            let person = json!({
                "connection": "authok",
                "username": name,
                "password": PASSWORD,
                "email": format!("{name}@example.com"),
                "email_verified": true,
                "given_name": "雷",
                "family_name": "李",
            });
            self.make("users", &person)?;
        }
        Ok(names)
    }
}
