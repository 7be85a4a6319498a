//! `citizenry bench`.

mod interruption;
mod load;
mod server;

use std::time::{Duration, Instant};

use citizenry_config::Configuration;
use citizenry_directory::import::{ImportOptions, Input, Lines, RowForm};
use citizenry_identity::TenantName;
use citizenry_oauth::Issuers;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::interruption::Interruption;
use self::load::{Connection, Load, Request};
use self::server::Server;
use crate::arguments::{Common, ServeArguments};
use crate::failure::{Exit, Failure};
use crate::installation::{self, Installation, migration_failed};
use crate::output::{self, Rows};
use crate::provision::{self, AuthokCredentials};
use crate::{logging, progress, public_url, settings};

/// What the server is told that it is called; the load goes to where it listens.
const PUBLIC_URL: &str = "http://127.0.0.1:8080";
/// Where users are.
const USERS: &str = "/api/v2/users";
/// Where tokens are asked for.
const TOKEN: &str = "/oauth/token";
/// Those who sign in, and callers who do so at a time at the most: as many as may wait.
const PEOPLE: u16 = 16;
/// Good for a server that lives for some seconds and listens on loopback alone.
const PASSWORD: &str = "three brown foxes at the lake";
/// What users are called, and the part that is searched for.
const NAMES: [(&str, &str); 8] = [
    ("王小伟", "小伟"),
    ("Elena Anderson", "nders"),
    ("李雷", "李雷"),
    ("Jonas Kowalski", "walsk"),
    ("Marta Lindberg", "indbe"),
    ("陈静", "陈静"),
    ("Victor Schneider", "chnei"),
    ("Rosa Oliveira", "livei"),
];

/// What a benchmark takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  citizenry bench                               10,000 users in a SQLite file
  citizenry bench --users 1000000 --seconds 20 --data-dir /var/lib
  citizenry bench --database-url postgres://citizenry@db.internal/empty --format json

A server of its own is started on loopback with your configuration, in a directory that is made
below --data-dir [default: the system's for temporary files] and removed at the end, also when you
interrupt it: name a place on the disk that you want to know about. Only the argument --database-url
chooses another database, which must be empty and keeps what was written. The load shares the
machine with the server, so a rate is what both reach together; CPU is the server's alone, in
microseconds a request.")]
pub(crate) struct Arguments {
    /// How many users there are
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    users: u64,
    /// How long each kind of request is measured, seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Callers at a time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    callers: u16,
}

#[derive(Serialize)]
struct Line {
    work: &'static str,
    per_second: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    cpu_us: Option<f64>,
    memory_mib: Option<f64>,
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["work", "per second", "p50 ms", "p99 ms", "CPU µs", "MiB"]
    }

    fn cells(&self) -> Vec<String> {
        let cell = |figure: Option<f64>| figure.map(|it| it.to_string()).unwrap_or_default();
        let mut cells = vec![self.work.to_owned(), self.per_second.to_string()];
        cells.extend([self.p50_ms, self.p99_ms, self.cpu_us, self.memory_mib].map(cell));
        cells
    }
}

/// As many digits as say something.
fn rounded(figure: f64) -> f64 {
    let digits = if figure < 10.0 { 100.0 } else { 1.0 };
    (figure * digits).round() / digits
}

impl Line {
    fn of_load(work: &'static str, load: &Load) -> Self {
        Self {
            work,
            per_second: rounded(load.rate),
            p50_ms: Some(rounded(load.p50_ms)),
            p99_ms: Some(rounded(load.p99_ms)),
            cpu_us: load.cpu_us.map(rounded),
            memory_mib: load.memory_mib.map(rounded),
        }
    }

    fn of_import(users: u64, took: Duration) -> Self {
        let per_second = rounded(load::as_f64(users) / took.as_secs_f64());
        let work = "import users";
        Self { work, per_second, p50_ms: None, p99_ms: None, cpu_us: None, memory_mib: None }
    }
}

/// Measures in a directory that it makes, and that is gone afterwards however it ends.
pub(crate) fn run(arguments: &Arguments, common: &Common) -> Result<(), Failure> {
    let interruption = Interruption::watch()?;
    let below = common.data_dir.as_deref().map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::Builder::new().prefix("citizenry-bench-").tempdir_in(below);
    let folder = folder.map_err(unavailable)?;
    let measured = measured(arguments, &own(common, &folder), &interruption);
    let removed = folder.close().map_err(unavailable);
    // What failed after a signal failed for it.
    interruption.check()?;
    output::list(common.format, &measured?)?;
    removed
}

fn unavailable(error: std::io::Error) -> Failure {
    Failure::new(Exit::Unavailable, error)
}

/// Makes the users, starts a server on them, and measures.
fn measured(
    arguments: &Arguments,
    common: &Common,
    interruption: &Interruption,
) -> Result<Vec<Line>, Failure> {
    let serve = ServeArguments { public_url: Some(PUBLIC_URL.to_owned()), ..Default::default() };
    let loaded = settings::load(common, &serve)?;
    logging::start_quiet(&loaded)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let prepared = prepare(arguments.users, &loaded.configuration, interruption);
    let (credentials, took) = runtime.map_err(unavailable)?.block_on(prepared)?;
    let server = Server::start(common, interruption)?;
    let world = World::open(&server, &credentials)?;
    let mut lines = vec![Line::of_import(arguments.users, took)];
    for (work, callers, request) in world.requests(arguments) {
        progress::note(&format!("measuring: {work}"));
        let during = Duration::from_secs(arguments.seconds);
        lines.push(Line::of_load(work, &load::measure(&server, callers, during, &*request)?));
    }
    Ok(lines)
}

/// The arguments that lead to a directory of the benchmark's own.
fn own(common: &Common, folder: &TempDir) -> Common {
    let file = || format!("sqlite:{}", folder.path().join("citizenry.sqlite").display());
    Common {
        data_dir: Some(folder.path().display().to_string()),
        database_url: Some(common.database_url.clone().unwrap_or_else(file)),
        ..common.clone()
    }
}

/// Makes the tenant and its users; how long the users took.
async fn prepare(
    users: u64,
    configuration: &Configuration,
    interruption: &Interruption,
) -> Result<(AuthokCredentials, Duration), Failure> {
    let database = installation::connect(configuration).await?;
    let is_blank = database.is_blank().await.map_err(|error| migration_failed(&error))?;
    database.close().await;
    if !is_blank {
        return Err(Failure::new(Exit::Refused, "the database is not empty")
            .advise("a benchmark fills its database: name one that is new"));
    }
    let installation = Installation::open_or_create(configuration).await?;
    let issuers = public_url::issuers(configuration, PUBLIC_URL);
    let made = make(users, &installation, &issuers, interruption).await;
    // Before the directory goes: nothing is written into it afterwards.
    installation.close().await;
    made
}

async fn make(
    users: u64,
    installation: &Installation,
    issuers: &Issuers,
    interruption: &Interruption,
) -> Result<(AuthokCredentials, Duration), Failure> {
    let name = TenantName::parse(TenantName::DEFAULT)?;
    let credentials = provision::create(installation, issuers, &name).await?.authok;
    let begin = Instant::now();
    let filling = Box::pin(fill(users, installation, interruption));
    progress::shown("importing users", filling).await?;
    Ok((credentials, begin.elapsed()))
}

async fn fill(
    users: u64,
    installation: &Installation,
    interruption: &Interruption,
) -> Result<(), Failure> {
    const AT_A_TIME: usize = 1_000;
    let (_, caller) = installation.tenant(TenantName::DEFAULT).await?;
    let options = ImportOptions {
        connection: None,
        upsert: false,
        create_missing: false,
        dry_run: false,
        form: RowForm::Whole,
    };
    let input = Input { head: b"bench".to_vec(), bytes: None };
    let begun = installation.directory.begin_import(&caller, options, &input, true);
    let mut importer = begun.await?;
    let rules = importer.rules();
    for first in (0..users).step_by(AT_A_TIME) {
        let rows = (first..users).take(AT_A_TIME).map(|number| format!("{}\n", row(number)));
        let text: String = rows.collect();
        let mut lines = Lines::new(text.as_bytes(), importer.position());
        while let Some(chunk) = lines.chunk().map_err(|error| Failure::new(Exit::Failed, error))? {
            importer.apply(rules.read(chunk)).await?;
            interruption.check()?;
        }
    }
    let made = importer.finish(None).await?.progress.inserted;
    if made == users {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, format!("{made} of {users} users were made")))
}

fn name_of(number: u64) -> (&'static str, &'static str) {
    let place = number % u64::try_from(NAMES.len()).unwrap_or(1);
    usize::try_from(place).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or_default()
}

/// A user as a line of an import.
fn row(number: u64) -> Value {
    json!({
        "user_id": format!("bench{number}"),
        "username": format!("bench{number}"),
        "email": format!("bench{number}@example.com"),
        "email_verified": true,
        "name": format!("{} {number}", name_of(number).0),
        "user_metadata": { "team": format!("team-{}", number % 200) },
        "app_metadata": { "plan": "gold" },
    })
}

/// A kind of request: what it is, by how many callers, and the one of a number.
type Kind<'a> = (&'static str, u16, Box<dyn Fn(u64) -> Request + Sync + 'a>);

/// The credentials that the load uses.
struct World {
    /// An access token of the management API.
    token: String,
    /// What asks for another.
    own_token: Value,
    /// A client that may ask for tokens with a password.
    client: (Value, Value),
}

impl World {
    fn open(server: &Server, credentials: &AuthokCredentials) -> Result<Self, Failure> {
        let mut connection = Connection::open(server)?;
        let own_token = json!({
            "grant_type": "client_credentials", "audience": credentials.audience,
            "client_id": credentials.client_id, "client_secret": credentials.client_secret,
        });
        let answer = connection.json(&Request::post(TOKEN, None, &own_token))?;
        let token = member(&answer, "access_token").as_str().unwrap_or_default().to_owned();
        let client = json!({
            "name": "Bench", "app_type": "regular_web", "grant_types": ["password"],
            "token_endpoint_auth_method": "client_secret_post",
        });
        let mut make =
            |path: &str, body: &Value| connection.json(&Request::post(path, Some(&token), body));
        let made = make("/api/v2/clients", &client)?;
        for number in 0..PEOPLE {
            let username = format!("reader{number}");
            let person =
                json!({ "connection": "authok", "username": username, "password": PASSWORD });
            make(USERS, &person)?;
        }
        let client = (member(&made, "client_id"), member(&made, "client_secret"));
        Ok(Self { token, own_token, client })
    }

    fn get(&self, path: &str) -> Request {
        Request::get(path, &self.token)
    }

    /// What is measured, in this order.
    fn requests(&self, arguments: &Arguments) -> Vec<Kind<'_>> {
        let (users, callers) = (arguments.users, arguments.callers);
        // Far apart, and each once before any comes again.
        let spread = move |number: u64| number.wrapping_mul(7_919) % users;
        vec![
            (
                "user by id",
                callers,
                Box::new(move |number| {
                    self.get(&format!("{USERS}/authok%7Cbench{}", spread(number)))
                }),
            ),
            (
                "page of 50 users",
                callers,
                Box::new(|_| self.get(&format!("{USERS}?page=0&per_page=50"))),
            ),
            (
                "search for a part of a name",
                callers,
                Box::new(|number| {
                    let query = load::escaped(&format!("name:*{}*", name_of(number).1));
                    self.get(&format!("{USERS}?per_page=50&q={query}"))
                }),
            ),
            (
                "token by client_credentials",
                callers,
                Box::new(|_| Request::post(TOKEN, None, &self.own_token)),
            ),
            (
                "sign-in with a password",
                callers.min(PEOPLE),
                Box::new(|number| {
                    let username = format!("reader{}", number % u64::from(PEOPLE));
                    let body = json!({
                        "grant_type": "password", "username": username, "password": PASSWORD,
                        "client_id": self.client.0, "client_secret": self.client.1,
                    });
                    Request::post(TOKEN, None, &body)
                }),
            ),
            (
                "create user",
                callers,
                Box::new(move |number| {
                    let mut body = row(users + number);
                    if let Some(members) = body.as_object_mut() {
                        members.insert("connection".to_owned(), "authok".into());
                    }
                    Request::post(USERS, Some(&self.token), &body)
                }),
            ),
        ]
    }
}

/// A member of an answer; null if it has none of that name.
fn member(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_default()
}
