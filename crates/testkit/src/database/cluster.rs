//! The PostgreSQL server that tests use.
//!
//! `cargo xtask test` names one in the environment. Otherwise one is started for this user of this
//! machine, in the temporary folder, reached by a socket that only this user can reach, and left
//! running for the next test: it is found again by its folder, and a lock on a file keeps two test
//! processes from starting it at once. PostgreSQL refuses to run as root, so root starts it as
//! `postgres`.

use std::{
    fs::{self, File},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Names a server on which tests may create databases.
const URL: &str = "CITIZENRY_TEST_POSTGRES_URL";

/// For tests alone: nothing here survives a power cut, and nothing needs to.
const SETTINGS: &str = "-c listen_addresses= -c fsync=off -c synchronous_commit=off \
     -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=300 \
     -c shared_buffers=64MB -c deadlock_timeout=100ms -c lc_messages=C";

/// The URL of the server's database `postgres`.
pub(super) async fn server() -> String {
    if let Some(url) = std::env::var(URL).ok().filter(|url| !url.is_empty()) {
        return url;
    }
    let cluster = Cluster::of_this_user();
    if !cluster.answers().await {
        // Blocks this test's thread alone, which has nothing else to do.
        let lock = File::create(cluster.base.join("lock")).expect("a file to lock");
        lock.lock().expect("the lock");
        if !cluster.answers().await {
            cluster.start();
        }
        drop(lock);
    }
    cluster.url()
}

struct Cluster {
    base: PathBuf,
    root: bool,
}

impl Cluster {
    fn of_this_user() -> Self {
        // Whom a file that this process makes belongs to is who this process is.
        let probe = tempfile::tempfile().expect("a temporary file");
        let user = probe.metadata().expect("its owner").uid();
        let base = std::env::temp_dir().join(format!("citizenry-testkit-{user}"));
        // Others may pass through, as the server's own user must, but not look.
        match fs::DirBuilder::new().mode(0o711).create(&base) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", base.display()),
        }
        let owner = fs::symlink_metadata(&base).expect("the folder").uid();
        assert_eq!(owner, user, "{} belongs to somebody else", base.display());
        Self { base, root: user == 0 }
    }

    fn data(&self) -> PathBuf {
        self.base.join("server").join("data")
    }

    fn socket_folder(&self) -> PathBuf {
        self.base.join("server").join("socket")
    }

    fn url(&self) -> String {
        let folder = self.socket_folder().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/postgres")
    }

    async fn answers(&self) -> bool {
        match tokio_postgres::connect(&self.url(), tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                client.simple_query("SELECT 1").await.is_ok()
            }
            Err(_not_there) => false,
        }
    }

    fn start(&self) {
        let programs = programs();
        if !self.data().join("PG_VERSION").is_file() || self.run_server(&programs).is_err() {
            // Never made, half made, or by another version.
            let _absent = self
                .as_server_user(&programs.join("pg_ctl"))
                .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
                .arg(self.data())
                .stdin(Stdio::null())
                .output();
            self.make(&programs);
            self.run_server(&programs).expect("the server starts");
        }
    }

    fn make(&self, programs: &Path) {
        let place = self.base.join("server");
        if place.exists() {
            fs::remove_dir_all(&place).expect("the old server goes");
        }
        fs::DirBuilder::new().mode(0o700).create(&place).expect("a folder for the server");
        if self.root {
            run(Command::new("chown").arg("postgres").arg(&place))
                .expect("the folder changes hands");
        }
        run(self.as_server_user(Path::new("mkdir")).arg("-m").arg("700").arg(self.socket_folder()))
            .expect("a folder for the socket");
        run(self
            .as_server_user(&programs.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--pgdata"])
            .arg(self.data()))
        .expect("initdb");
    }

    fn run_server(&self, programs: &Path) -> Result<(), String> {
        let options = format!("-k {} {SETTINGS}", self.socket_folder().display());
        run(self
            .as_server_user(&programs.join("pg_ctl"))
            .args(["start", "--wait", "--silent", "--pgdata"])
            .arg(self.data())
            .arg("--log")
            .arg(self.base.join("server").join("log"))
            .args(["--options", &options]))
    }

    /// `program`, run by the user whom the server runs as.
    fn as_server_user(&self, program: &Path) -> Command {
        let mut command = if self.root {
            let mut command = Command::new("su");
            // `su` takes a script and arguments for it; the script runs its arguments.
            command
                .args(["postgres", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGPORT");
        command
    }
}

/// Runs a program that must not keep this process's pipes: the server would outlive the test with
/// them.
fn run(command: &mut Command) -> Result<(), String> {
    let output = tempfile::tempfile().map_err(|error| error.to_string())?;
    let copy = || output.try_clone().map_or_else(|_| Stdio::null(), Stdio::from);
    let status = command.stdin(Stdio::null()).stdout(copy()).stderr(copy()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}: {}", written(output))),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

fn written(mut output: File) -> String {
    use std::io::{Read as _, Seek as _};
    let mut text = String::new();
    // What cannot be read is missing from a failed test's message, no more.
    let _unread = output.rewind().and_then(|()| output.read_to_string(&mut text));
    text
}

/// The folder of PostgreSQL's programs: of those on the PATH, or of the newest version where the
/// distributions put them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| {
        // Distributions link single programs onto the PATH; the rest stand beside the real one.
        let initdb = folder.join("initdb").canonicalize().ok()?;
        initdb.parent().map(Path::to_path_buf)
    });
    let mut installed: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    installed.sort();
    let whole = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"].iter().all(|p| folder.join(p).is_file())
    };
    on_path
        .chain(installed.into_iter().rev().map(|(_, folder)| folder))
        .find(whole)
        .expect("PostgreSQL's programs (install it, or set CITIZENRY_TEST_POSTGRES_URL)")
}
