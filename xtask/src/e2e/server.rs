//! The server under test: started on free ports, asked for credentials, stopped by SIGTERM.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::people;
use crate::certificate::{Certificate, FIXED_HOSTS};
use crate::{Outcome, postgres, process, workspace};

/// How long a start may take; a debug build on a busy machine is slow.
const START: Duration = Duration::from_mins(2);

/// What the parties need: they register themselves, and the documents that the server reads of them
/// stand on loopback.
const ENVIRONMENT: [(&str, &str); 2] = [
    ("CITIZENRY_SIGN_IN__DYNAMIC_REGISTRATION", "true"),
    ("CITIZENRY_OUTGOING__ALLOW", "127.0.0.0/8,::1/128"),
];

/// Which hosts stand for a door.
const DOOR_HOSTS: &str = "CITIZENRY_DOORS__HOSTS";

/// Where mail goes.
const MAIL: &str = "CITIZENRY_MAIL__FOLDER";

/// An installation of its own: the binary, its folder and its database.
pub(super) struct Installation<'a> {
    /// The binary under test.
    pub(super) citizenry: &'a Path,
    /// Where its data, its log and the settings for clients go.
    pub(super) folder: &'a Path,
    /// PostgreSQL, or SQLite in the folder.
    pub(super) database: Option<&'a str>,
}

impl Installation<'_> {
    /// The binary with what every verb needs to find this installation.
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(self.citizenry);
        command.arg(verb).arg("--data-dir").arg(self.data());
        if let Some(url) = &self.database {
            command.args(["--database-url", url]);
        }
        // Meant for tests; the server takes every such variable for a setting.
        command.env_remove(postgres::TEST_URL).current_dir(self.folder);
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn mail(&self) -> PathBuf {
        self.folder.join("mail")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The server with the settings of a run.
    fn serve(&self, certificate: &Certificate) -> Outcome<Command> {
        let mut command = self.command("serve");
        command.args(["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"]);
        command.arg("--tls-cert").arg(&certificate.server);
        command.arg("--tls-key").arg(&certificate.key);
        std::fs::create_dir_all(self.mail())?;
        let hosts = FIXED_HOSTS.map(|host| format!("{host}=audience_manager")).join(",");
        command.envs(ENVIRONMENT).env(MAIL, self.mail()).env(DOOR_HOSTS, hosts);
        Ok(command)
    }
}

/// A running server.
pub(super) struct Running<'a> {
    installation: Installation<'a>,
    child: Child,
    plain: String,
    tls: String,
}

impl<'a> Running<'a> {
    /// Starts the server in an empty folder and waits until it says where it listens.
    pub(super) fn start(
        installation: Installation<'a>,
        certificate: &Certificate,
    ) -> Outcome<Self> {
        let mut command = installation.serve(certificate)?;
        process::progress(&process::shown(&command));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let lines = output(&mut child, &installation.log())?;
        let (plain, tls) = (String::new(), String::new());
        let mut running = Self { installation, child, plain, tls };
        while running.plain.is_empty() || running.tls.is_empty() {
            let Ok(line) = lines.recv_timeout(START) else {
                return Err(format!("the server did not start\n{}", running.log()).into());
            };
            running.note_addresses(&line);
        }
        Ok(running)
    }

    /// Asks for the credentials and writes what the clients need to know.
    pub(super) fn write_settings(&self, certificate: &Certificate) -> Outcome<PathBuf> {
        let text =
            process::read(self.installation.command("bootstrap").args(["--format", "json"]))?;
        let bootstrap: Value = serde_json::from_str(&text)?;
        let installation = &self.installation;
        let settings = json!({
            "base_url": self.plain,
            // Some libraries refuse an address where they expect a host's name.
            "tls_base_url": self.tls.replace("127.0.0.1", "localhost"),
            "ca_file": certificate.authority,
            "issuer": bootstrap.get("issuer"),
            "sign_in": people::make(&self.plain, &bootstrap, installation.folder)?,
            // For the verbs that work beside a running server.
            "binary": installation.citizenry,
            "data_dir": installation.data(),
            "database_url": installation.database,
            "mail_folder": installation.mail(),
            "screenshots": workspace::target()?.join("e2e").join("screenshots"),
            "bootstrap": bootstrap,
        });
        let file = installation.folder.join("settings.json");
        std::fs::write(&file, serde_json::to_vec_pretty(&settings)?)?;
        Ok(file)
    }

    /// Asks the server to stop and expects it to end well.
    pub(super) fn stop(mut self) -> Outcome {
        process::read(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let status = self.child.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the server ended with {status}\n{}", self.log()).into())
    }

    fn note_addresses(&mut self, line: &str) {
        if let Some(found) = address(line, "http") {
            self.plain = found;
        }
        if let Some(found) = address(line, "https") {
            self.tls = found;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.installation.log()).unwrap_or_default()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // Already ended unless something before failed; then nothing is left to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of both outputs, which also go to a file for the whole life of the server.
pub(crate) fn output(child: &mut Child, log: &Path) -> Outcome<Receiver<String>> {
    let log = Arc::new(Mutex::new(File::create(log)?));
    let (sender, lines) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        copy(pipe, log.clone(), sender.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        copy(pipe, log, sender);
    }
    Ok(lines)
}

fn copy(
    pipe: impl Read + Send + 'static,
    log: Arc<Mutex<File>>,
    lines: mpsc::Sender<String>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // The log is for a person; the run does not depend on it.
            let _ = writeln!(log, "{line}");
            // Nobody listens any more once the addresses are known.
            let _ = lines.send(line);
        }
    })
}

/// The first `scheme://127.0.0.1:PORT` of a line.
pub(crate) fn address(line: &str, scheme: &str) -> Option<String> {
    let start = format!("{scheme}://127.0.0.1:");
    let port: String =
        line.split_once(&start)?.1.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty() && port != "0").then(|| format!("{start}{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_addresses_of_a_line() {
        let line = "listening on http://127.0.0.1:4711 and https://127.0.0.1:4712/";
        assert_eq!(address(line, "http").as_deref(), Some("http://127.0.0.1:4711"));
        assert_eq!(address(line, "https").as_deref(), Some("https://127.0.0.1:4712"));
        assert_eq!(address("asked for http://127.0.0.1:0", "http"), None);
    }
}
