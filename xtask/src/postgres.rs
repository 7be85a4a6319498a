//! A PostgreSQL for one run: found, or installed, started on a free port, and always stopped.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::{Outcome, process};

/// Where tests find a server on which they may create databases.
pub(crate) const TEST_URL: &str = "CITIZENRY_TEST_POSTGRES_URL";

/// The oldest version that Citizenry supports.
const OLDEST: u32 = 15;

/// What every cluster of ours is started with.
const SETTINGS: [&str; 5] = [
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=300",
    "deadlock_timeout=100ms",
    "lc_messages=C",
];

/// For tests alone: nothing here survives a power cut, and nothing needs to.
const FORGETFUL: [&str; 4] =
    ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB"];

/// To be measured: what is answered is kept, and there is room for what is written in a run.
const DURABLE: [&str; 4] =
    ["fsync=on", "synchronous_commit=on", "shared_buffers=1GB", "max_wal_size=8GB"];

/// A server for the length of a run: the caller's own, or one of ours.
pub(crate) enum Server {
    /// The environment names a server; we leave it as it is.
    Given(String),
    /// Ours, ended when dropped.
    Started(Cluster),
}

impl Server {
    /// The server that the environment names, or a new one of our own.
    pub(crate) fn ready() -> Outcome<Self> {
        if let Some(url) = std::env::var(TEST_URL).ok().filter(|url| !url.is_empty()) {
            process::progress(&format!("using the PostgreSQL that {TEST_URL} names"));
            return Ok(Self::Given(url));
        }
        Ok(Self::Started(Cluster::start(&programs()?, &FORGETFUL)?))
    }

    /// A new one of our own that keeps what it has answered, to be measured.
    pub(crate) fn durable() -> Outcome<Self> {
        Ok(Self::Started(Cluster::start(&programs()?, &DURABLE)?))
    }

    /// How to reach its database `postgres` as a superuser.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Started(cluster) => &cluster.url,
        }
    }

    /// The same server with another database.
    pub(crate) fn url_of(&self, database: &str) -> String {
        let url = self.url();
        let (base, options) = url.split_once('?').map_or((url, None), |(a, b)| (a, Some(b)));
        let scheme = base.find("://").map_or(0, |at| at + 3);
        let server = match base.get(scheme..).and_then(|rest| rest.find('/')) {
            Some(slash) => base.get(..scheme + slash).unwrap_or(base),
            None => base,
        };
        let options = options.map_or_else(String::new, |options| format!("?{options}"));
        format!("{server}/{database}{options}")
    }

    /// Makes an empty database and answers its address.
    pub(crate) fn create_database(&self, name: &str) -> Outcome<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(name))
    }

    /// Runs statements in a database and answers what they show.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Outcome<String> {
        sql(&self.url_of(database), statements)
    }
}

/// Runs statements and answers what they show: a line a row, `|` between columns.
pub(crate) fn sql(url: &str, statements: &str) -> Outcome<String> {
    let psql = programs()?.join("psql");
    let options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"];
    let stop = ["--set=ON_ERROR_STOP=1", "--command", statements];
    process::read(Command::new(psql).args(options).args(stop).arg(url))
}

/// A program of PostgreSQL: `pgbench`.
pub(crate) fn program(name: &str) -> Outcome<PathBuf> {
    let program = programs()?.join(name);
    if program.is_file() {
        return Ok(program);
    }
    Err(format!("this PostgreSQL has no `{name}`").into())
}

/// A throw-away cluster in a temporary folder.
///
/// A guard process of its own process group holds the other end of a pipe of ours. When the pipe
/// closes, because the cluster is dropped or because xtask itself was killed by whatever signal,
/// the guard stops the server and removes its folder. So Ctrl-C needs no signal handler.
pub(crate) struct Cluster {
    url: String,
    guard: Child,
}

impl Cluster {
    fn start(programs: &Path, settings: &[&str]) -> Outcome<Self> {
        process::progress(&format!("starting a PostgreSQL from {}", programs.display()));
        let account = Account::find()?;
        let folder = account.temporary_folder()?;
        // Made first, so that even a failed start leaves nothing behind.
        let guard = guard(&account, programs, &folder)?;
        let mut cluster = Self { url: String::new(), guard };
        let data = format!("{folder}/data");
        process::read(account.command(&programs.join("initdb")).args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--pgdata",
            &data,
        ]))?;
        cluster.url = start_server(&account, programs, &folder, settings)?;
        Ok(cluster)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe is what tells the guard to end the server.
        drop(self.guard.stdin.take());
        match self.guard.wait() {
            Ok(status) if status.success() => {}
            Ok(status) => eprintln!("the throw-away PostgreSQL was not stopped cleanly: {status}"),
            Err(error) => eprintln!("the throw-away PostgreSQL may still run: {error}"),
        }
    }
}

/// Starts the server on a free port; another program may take the port first, so more than once.
fn start_server(
    account: &Account,
    programs: &Path,
    folder: &str,
    settings: &[&str],
) -> Outcome<String> {
    let mut last = None;
    for _ in 0..5 {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut options =
            format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}");
        for setting in SETTINGS.iter().chain(settings) {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let started = process::read(account.command(&programs.join("pg_ctl")).args([
            "start",
            "--wait",
            "--silent",
            "--pgdata",
            &format!("{folder}/data"),
            "--log",
            &format!("{folder}/log"),
            "--options",
            &options,
        ]));
        match started {
            Ok(_) => return Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres")),
            Err(error) => last = Some(error),
        }
    }
    let log = process::read(account.command(Path::new("cat")).arg(format!("{folder}/log")));
    let error = last.map_or_else(String::new, |error| error.to_string());
    Err(format!("PostgreSQL does not start: {error}\n{}", log.unwrap_or_default()).into())
}

fn guard(account: &Account, programs: &Path, folder: &str) -> Outcome<Child> {
    const SCRIPT: &str = "cat >/dev/null
if [ -f \"$2/data/postmaster.pid\" ]; then
  \"$1/pg_ctl\" stop --silent --mode=immediate --pgdata \"$2/data\"
fi
rm -rf \"$2\"";
    let mut command = account.command(Path::new("sh"));
    command.args(["-c", SCRIPT, "guard"]).arg(programs).arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    // Ctrl-C reaches every process of the terminal's group; this one must outlive it.
    command.process_group(0);
    Ok(command.spawn()?)
}

/// The user under which PostgreSQL's programs run.
enum Account {
    Own,
    /// Root hands over to this one, by a program that is there.
    Other {
        name: &'static str,
        by: &'static str,
    },
}

impl Account {
    fn find() -> Outcome<Self> {
        if !process::is_root() {
            return Ok(Self::Own);
        }
        let exists = |name: &&str| process::read(Command::new("id").args(["-u", name])).is_ok();
        let name = ["postgres", "nobody"].into_iter().find(exists).ok_or(
            "PostgreSQL refuses to run as root and there is no user `postgres`; run this as \
             another user",
        )?;
        let by = ["setpriv", "runuser", "su"]
            .into_iter()
            .find(|program| process::find(program).is_some())
            .ok_or("neither setpriv, runuser nor su is there to leave root with")?;
        Ok(Self::Other { name, by })
    }

    /// The program, run by this user from a folder that everybody may enter.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self {
            Self::Own => Command::new(program),
            Self::Other { name, by: "setpriv" } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={name}")).arg(format!("--regid={}", group(name)));
                command.arg("--init-groups").arg("--").arg(program);
                command
            }
            Self::Other { name, by: "runuser" } => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program);
                command
            }
            Self::Other { name, by } => {
                // `su` takes a script and arguments for it; the script runs its arguments.
                let mut command = Command::new(by);
                command.args([name, "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--"]);
                command.arg(program);
                command
            }
        };
        command.current_dir("/").env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGPORT");
        command
    }

    /// A new folder that belongs to this user.
    fn temporary_folder(&self) -> Outcome<String> {
        let preferred = std::env::temp_dir();
        let make = |within: &Path| {
            let pattern = within.join("citizenry-postgres-XXXXXX");
            process::read(self.command(Path::new("mktemp")).arg("-d").arg(pattern))
        };
        // The temporary folder of root may be closed to others.
        let folder = make(&preferred).or_else(|_| make(Path::new("/tmp")))?;
        Ok(folder.trim().to_owned())
    }
}

fn group(user: &str) -> String {
    process::read(Command::new("id").args(["-gn", user]))
        .map_or_else(|_| user.to_owned(), |name| name.trim().to_owned())
}

/// The folder of PostgreSQL's programs, installed first when there is none.
pub(crate) fn programs() -> Outcome<PathBuf> {
    if let Some(folder) = find_programs() {
        return Ok(folder);
    }
    install("postgresql", "initdb")?;
    find_programs().ok_or_else(|| {
        format!("the package `postgresql` was installed but brought no PostgreSQL {OLDEST}+").into()
    })
}

/// Installs a package of the system by apt-get, or says what to do by hand.
pub(crate) fn install(package: &str, wanted: &str) -> Outcome {
    let advice = format!(
        "`{wanted}` is missing and cannot be installed from here; install the package \
         `{package}` of your system and run this again"
    );
    if process::find("apt-get").is_none() {
        return Err(advice.into());
    }
    let run = |arguments: &[&str]| {
        let mut command = if process::is_root() {
            Command::new("apt-get")
        } else {
            let mut command = Command::new("sudo");
            // Ask for nothing: without a terminal the run would hang.
            command.args(["--non-interactive", "apt-get"]);
            command
        };
        process::run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    process::progress(&format!("`{wanted}` is missing: installing the package `{package}`"));
    run(&["update", "--quiet"])
        .and_then(|()| run(&["install", "--yes", "--no-install-recommends", package]))
        .map_err(|error| format!("{error}\n{advice}").into())
}

/// The newest PostgreSQL on the PATH or where the distributions put it.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (parent, within) in
        [("/usr/lib/postgresql", "bin"), ("/usr/local/opt", "bin"), ("/usr", "bin")]
    {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| {
            parent.ends_with("postgresql")
                || entry.file_name().to_string_lossy().starts_with("postgresql")
                || entry.file_name().to_string_lossy().starts_with("pgsql-")
        });
        folders.extend(named.map(|entry| entry.path().join(within)));
    }
    folders
        .into_iter()
        // Distributions link single programs onto the PATH; the rest stand beside the real one.
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf))
        .filter(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|p| folder.join(p).is_file()))
        .filter_map(|folder| Some((version(&folder)?, folder)))
        .filter(|(version, _)| *version >= OLDEST)
        .max()
        .map(|(_, folder)| folder)
}

fn version(folder: &Path) -> Option<u32> {
    let text = process::read(Command::new(folder.join("initdb")).arg("--version")).ok()?;
    major(&text)
}

/// The major version in a line like `initdb (PostgreSQL) 15.18 (Debian 15.18-0)`.
fn major(line: &str) -> Option<u32> {
    let number = line.split_once("(PostgreSQL) ")?.1;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version() {
        assert_eq!(major("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("initdb (PostgreSQL) 19devel"), Some(19));
        assert_eq!(major("nothing"), None);
    }

    #[test]
    fn another_database_keeps_server_and_options() {
        let url = |text: &str| Server::Given(text.to_owned()).url_of("other");
        assert_eq!(url("postgres://u@h:1/postgres"), "postgres://u@h:1/other");
        assert_eq!(url("postgres://u@h:1"), "postgres://u@h:1/other");
        assert_eq!(
            url("postgres://u@h:1/a?sslmode=disable"),
            "postgres://u@h:1/other?sslmode=disable"
        );
    }
}
