//! The client libraries: which there are, how they are installed and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::system_packages;
use crate::{Outcome, postgres, process, workspace};

const SCRIPTS: &str = "bins/citizenry/tests/e2e/clients";
const INSTALLED: &str = ".e2e";

/// One client library: a script that drives it.
pub(super) struct Client {
    script: PathBuf,
}

impl Client {
    /// The script's name without its ending.
    pub(super) fn name(&self) -> String {
        self.script.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn is_node(&self) -> bool {
        self.script.extension().is_some_and(|extension| extension == "mjs")
    }

    /// The script with the settings of this run. One that hangs is ended.
    pub(super) fn command(&self, settings: &Path) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=10", "300"]);
        if self.is_node() {
            command.arg("node").env("CITIZENRY_E2E_NODE", installed("node"));
        } else {
            command.arg(installed("python").join("bin").join("python"));
            command.env("PYTHONDONTWRITEBYTECODE", "1");
        }
        // Each library looks for the authorities that it trusts under another name.
        let authority = settings.with_file_name("authority.pem");
        for name in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            command.env(name, &authority);
        }
        for name in ["NO_PROXY", "no_proxy"] {
            command.env(name, "127.0.0.1,localhost");
        }
        command.arg(&self.script).env("CITIZENRY_E2E", settings);
        command
    }
}

/// The clients, or the one that is asked for.
pub(super) fn chosen(name: Option<&str>) -> Outcome<Vec<Client>> {
    let mut clients = Vec::new();
    for entry in std::fs::read_dir(workspace::root().join(SCRIPTS))? {
        let script = entry?.path();
        let is_script = script.extension().is_some_and(|e| e == "mjs" || e == "py");
        let client = Client { script };
        // What the scripts of a language share is no client.
        if is_script && client.name() != "checks" {
            clients.push(client);
        }
    }
    clients.sort_by_key(Client::name);
    let Some(name) = name else { return Ok(clients) };
    let names: Vec<String> = clients.iter().map(Client::name).collect();
    clients.retain(|client| client.name() == name.replace('-', "_"));
    if clients.is_empty() {
        return Err(format!("there is no client `{name}`, only {}", names.join(", ")).into());
    }
    Ok(clients)
}

/// Installs what the clients need, pinned, into a folder that git ignores.
pub(super) fn install(clients: &[Client]) -> Outcome {
    if clients.iter().any(Client::is_node) {
        install_node()?;
    }
    if clients.iter().any(|client| !client.is_node()) {
        install_python()?;
    }
    if process::find("curl").is_none() {
        postgres::install("curl", "curl")?;
    }
    let names: Vec<String> = clients.iter().map(Client::name).collect();
    system_packages::install(&names)
}

/// Installs Node and the libraries for it.
pub(crate) fn install_node() -> Outcome {
    for program in ["node", "npm"] {
        if process::find(program).is_none() {
            postgres::install(if program == "node" { "nodejs" } else { "npm" }, program)?;
        }
    }
    let folder = installed("node");
    let manifests = ["package.json", "package-lock.json"];
    if unchanged(&folder, &manifests)? {
        return Ok(());
    }
    process::progress("installing the client libraries for Node");
    std::fs::create_dir_all(&folder)?;
    for file in manifests {
        std::fs::copy(pinned(file), folder.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    process::run(&mut npm)?;
    installed_fully(&folder, &manifests)
}

fn install_python() -> Outcome {
    if process::find("python3").is_none() {
        postgres::install("python3", "python3")?;
    }
    let folder = installed("python");
    let manifests = ["requirements.txt"];
    if unchanged(&folder, &manifests)? {
        return Ok(());
    }
    process::progress("installing the client libraries for Python");
    let venv =
        || process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    if venv().is_err() {
        // Debian keeps this module apart from Python itself.
        postgres::install("python3-venv", "python3 -m venv")?;
        venv()?;
    }
    let mut pip = Command::new(folder.join("bin").join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(pip.arg(pinned("requirements.txt")))?;
    installed_fully(&folder, &manifests)
}

/// Where the libraries of a language are.
pub(crate) fn installed(language: &str) -> PathBuf {
    workspace::root().join(INSTALLED).join(language)
}

fn pinned(file: &str) -> PathBuf {
    workspace::root().join(SCRIPTS).join(file)
}

/// What the lock files said when the last installation came to its end.
fn record(folder: &Path) -> PathBuf {
    folder.join("installed-from")
}

fn unchanged(folder: &Path, manifests: &[&str]) -> Outcome<bool> {
    let before = std::fs::read_to_string(record(folder)).unwrap_or_default();
    Ok(!before.is_empty() && before == together(manifests)?)
}

fn installed_fully(folder: &Path, manifests: &[&str]) -> Outcome {
    Ok(std::fs::write(record(folder), together(manifests)?)?)
}

fn together(manifests: &[&str]) -> Outcome<String> {
    let mut text = String::new();
    for file in manifests {
        text.push_str(&std::fs::read_to_string(pinned(file))?);
    }
    Ok(text)
}
