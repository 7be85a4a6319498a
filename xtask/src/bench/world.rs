//! What is measured against: a server on an empty database, with an application, APIs and people.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Connection, encoded};
use super::installation::Installation;
use super::population;
use super::programs::Program;
use crate::{Outcome, process};

/// What one hash costs: the default, said here since the raw rate is taken with the same.
pub(super) const HASH_MEMORY: u64 = 19_456;
/// Passes over that memory.
pub(super) const HASH_PASSES: u64 = 2;

/// Good enough for a server that lives as long as the run and listens on loopback alone.
pub(super) const PASSWORD: &str = "three brown foxes at the lake";
/// Where people are sent after signing in.
pub(super) const CALLBACK: &str = "http://127.0.0.1/callback";
/// Where users are.
pub(super) const USERS: &str = "/api/v2/users";

/// Those who can sign in.
const PEOPLE: usize = 16;
/// Callers that make users at a time where the server cannot import them.
const MAKERS: u64 = 16;

/// The server and what was made in it.
pub(super) struct World {
    /// Its folder, its database, its settings.
    pub(super) installation: Installation,
    /// The server.
    pub(super) server: Program,
    /// An access token for reading and making users.
    pub(super) token: String,
    /// The application.
    pub(super) client_id: String,
    /// Its secret.
    pub(super) client_secret: String,
    /// The names of those who can sign in.
    pub(super) people: Vec<String>,
    /// People without a way to sign in: those of the numbers below this one.
    filled: u64,
}

impl World {
    /// Starts the server and makes what is needed.
    pub(super) fn make(installation: Installation) -> Outcome<Self> {
        let server = installation.start()?;
        let bootstrap = installation.bootstrap()?;
        let mut api = Api::open(&server.address, &bootstrap)?;
        let (client_id, client_secret) = api.make_application()?;
        let people = api.make_people()?;
        let token = token(&server.address, &bootstrap, &[("scope", "read:users create:users")])?;
        Ok(Self { installation, server, token, client_id, client_secret, people, filled: 0 })
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

    /// Reads a path with the access token.
    pub(super) fn get(&self, path: &str) -> Outcome<String> {
        let authorization = format!("Bearer {}", self.token);
        let mut connection = Connection::open(&self.server.address)?;
        let answer = connection.send("GET", path, &[("Authorization", &authorization)], "")?;
        answer.json(path)?;
        Ok(answer.body)
    }

    /// Posts JSON with the access token.
    pub(super) fn post(&self, path: &str, body: &str) -> Outcome<String> {
        let authorization = format!("Bearer {}", self.token);
        let headers = [("Authorization", &*authorization), ("Content-Type", "application/json")];
        let mut connection = Connection::open(&self.server.address)?;
        let answer = connection.send("POST", path, &headers, body)?;
        answer.json(path)?;
        Ok(answer.body)
    }

    /// Makes people until there are so many, and writes their identifiers, as they stand in paths,
    /// to [`Self::users_file`].
    pub(super) fn fill(&mut self, count: u64) -> Outcome {
        if self.filled >= count {
            return Ok(());
        }
        process::progress(&format!("making {} people", count - self.filled));
        if self.installation.knows("import") {
            self.import(count)?;
        } else {
            self.create(count)?;
        }
        self.filled = count;
        self.list()
    }

    /// Where [`Self::fill`] wrote who there is.
    pub(super) fn users_file(&self) -> PathBuf {
        self.installation.folder.join("users.txt")
    }

    /// How many there are but for those who sign in.
    pub(super) fn filled(&self) -> u64 {
        self.filled
    }

    /// Says that the numbers below `count` were filled by somebody else.
    pub(super) fn was_filled(&mut self, count: u64) -> Outcome {
        self.filled = count;
        self.list()
    }

    fn list(&self) -> Outcome {
        let database = &self.installation.database;
        database.settle()?;
        let users = database.sql(
            "SELECT replace(subject, '|', '%7C') FROM users WHERE username_key LIKE 'person%'",
        )?;
        if users.trim().is_empty() {
            return Err("the people that were made are not there".into());
        }
        Ok(std::fs::write(self.users_file(), users)?)
    }

    fn import(&self, count: u64) -> Outcome {
        let file = self.installation.folder.join("people.ndjson");
        let mut lines = std::io::BufWriter::new(std::fs::File::create(&file)?);
        for number in self.filled..count {
            writeln!(lines, "{}", population::line(number))?;
        }
        lines.flush()?;
        process::read(self.installation.command("import").arg(&file))?;
        Ok(std::fs::remove_file(file)?)
    }

    fn create(&self, count: u64) -> Outcome {
        let next = AtomicU64::new(self.filled);
        let authorization = format!("Bearer {}", self.token);
        let work = || -> Result<(), String> {
            let mut connection =
                Connection::open(&self.server.address).map_err(|error| error.to_string())?;
            let headers =
                [("Authorization", &*authorization), ("Content-Type", "application/json")];
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                let body = population::person(number).to_string();
                connection
                    .send("POST", USERS, &headers, &body)
                    .and_then(|answer| answer.json(USERS))
                    .map_err(|error| error.to_string())?;
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..MAKERS).map(|_| scope.spawn(work)).collect();
            threads.into_iter().try_for_each(|it| {
                it.join().map_err(|_panic| "a thread that made people panicked".to_owned())?
            })
        })?;
        Ok(())
    }

    /// Waits until the server has nothing left to do in the background, so far as one can see:
    /// until it takes no processor time for a while.
    pub(super) fn rest(&self) -> Outcome {
        const STEP: Duration = Duration::from_millis(500);
        const PATIENCE: Duration = Duration::from_mins(10);
        let begin = Instant::now();
        let mut before = self.server.processor_time()?;
        while begin.elapsed() < PATIENCE {
            thread::park_timeout(STEP);
            let now = self.server.processor_time()?;
            if now - before < 0.05 {
                return Ok(());
            }
            before = now;
        }
        Err("the server is busy with itself for ten minutes".into())
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

/// An access token for the management API, by what `citizenry bootstrap` says.
pub(super) fn token(address: &str, bootstrap: &Value, more: &[(&str, &str)]) -> Outcome<String> {
    let door = bootstrap.pointer("/doors/authok").ok_or("bootstrap names no door `authok`")?;
    let of_door = |member| text(door, member);
    let (id, secret) = (of_door("client_id")?, of_door("client_secret")?);
    let audience = of_door("audience")?;
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("audience", &audience),
    ];
    let answer = Connection::open(address)?.form_json("/oauth/token", &[&fields, more].concat())?;
    text(&answer, "access_token")
}

/// The management API.
struct Api {
    connection: Connection,
    authorization: String,
}

impl Api {
    fn open(address: &str, bootstrap: &Value) -> Outcome<Self> {
        let token = token(address, bootstrap, &[])?;
        let connection = Connection::open(address)?;
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
