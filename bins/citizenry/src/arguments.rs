//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    bench, bootstrap, client, completions, config, export, hash, import, key, migrate, operator,
    session, tenant, user,
};
use crate::output::Format;

const EXAMPLES: &str = "\
Examples:
  citizenry                                     serve on http://127.0.0.1:8080, data in ./citizenry-data
  citizenry serve --listen 0.0.0.0:80 --public-url https://id.example.com
  citizenry bootstrap --format json             credentials to begin with
  citizenry user list --format json
  CITIZENRY_DATABASE__URL_FILE=/run/secrets/db citizenry serve

Every command works beside a running server, which honours the change at its next request.

Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 wrong configuration, 4 not found,
5 refused, 6 database, port, file or room on a disk not available, 130 and 143 given up at a
signal.";

/// A user directory that speaks the management APIs of several vendors. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "citizenry", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) serve: ServeArguments,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// The data directory [default: citizenry-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// The database: sqlite:PATH or postgres://… (a URL with a password is better placed in
    /// `CITIZENRY_DATABASE__URL_FILE`) [default: SQLite in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// The configuration file [default: `CITIZENRY_CONFIG`]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Any setting that is not secret, see `citizenry config reference`
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What serving takes besides.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Serving")]
pub(crate) struct ServeArguments {
    /// Where to listen; port 0 lets the system choose [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// The address under which clients reach the server [default: http:// and the listen address]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// The certificate chain for TLS, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<String>,
    /// The private key for TLS, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,
    /// Where to listen with TLS [default: 127.0.0.1:8443]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) tls_listen: Option<String>,
    /// Where to serve health and metrics [default: nowhere]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) metrics_listen: Option<String>,
    /// How log lines are written: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// What is logged, like `debug` or `info,citizenry_persistence=debug`
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

impl ServeArguments {
    /// Each argument: its name, the setting, the value.
    pub(crate) fn settings(&self) -> [(&'static str, &'static str, Option<&String>); 8] {
        [
            ("--listen", "server.listen", self.listen.as_ref()),
            ("--public-url", "server.public_url", self.public_url.as_ref()),
            ("--tls-cert", "tls.cert", self.tls_cert.as_ref()),
            ("--tls-key", "tls.key", self.tls_key.as_ref()),
            ("--tls-listen", "tls.listen", self.tls_listen.as_ref()),
            ("--metrics-listen", "metrics.listen", self.metrics_listen.as_ref()),
            ("--log-format", "logging.format", self.log_format.as_ref()),
            ("--log-level", "logging.level", self.log_level.as_ref()),
        ]
    }

    /// The first argument that was given.
    pub(crate) fn first_given(&self) -> Option<&'static str> {
        let given = self.settings().into_iter().find(|(_, _, value)| value.is_some());
        given.map(|(name, _, _)| name)
    }

    /// These, completed by what was given before the command.
    #[must_use]
    pub(crate) fn or(self, before: Self) -> Self {
        Self {
            listen: self.listen.or(before.listen),
            public_url: self.public_url.or(before.public_url),
            tls_cert: self.tls_cert.or(before.tls_cert),
            tls_key: self.tls_key.or(before.tls_key),
            tls_listen: self.tls_listen.or(before.tls_listen),
            metrics_listen: self.metrics_listen.or(before.metrics_listen),
            log_format: self.log_format.or(before.log_format),
            log_level: self.log_level.or(before.log_level),
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server (what happens without a command, too)
    #[command(after_help = "\
Examples:
  citizenry serve --listen 127.0.0.1:0          a free port; the first line says which
  citizenry serve --tls-cert cert.pem --tls-key key.pem --tls-listen 0.0.0.0:443
  citizenry serve --metrics-listen 127.0.0.1:9090

SIGTERM and SIGINT stop it: it accepts nothing more, answers what is under way and ends with 0.")]
    Serve(ServeArguments),
    /// Prepare an installation and print the credentials of every door
    Bootstrap(bootstrap::Arguments),
    /// Bring the database to the schema of this program
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Check the configuration, the data directory, the database and the keys
    #[command(after_help = "Example:\n  citizenry doctor --data-dir /var/lib/citizenry")]
    Doctor,
    /// Tenants
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Users
    #[command(subcommand)]
    User(user::Command),
    /// Make many users from a file
    Import(import::Arguments),
    /// Write all users to a file
    Export(export::Arguments),
    /// Clients: applications that ask for tokens
    #[command(subcommand)]
    Client(client::Command),
    /// The browsers in which users are signed in
    #[command(subcommand)]
    Session(session::Command),
    /// People who may act above tenants
    #[command(subcommand)]
    Operator(operator::Command),
    /// The keys that sign tokens
    #[command(subcommand)]
    Key(key::Command),
    /// Password hashes
    #[command(subcommand)]
    Hash(hash::Command),
    /// Measure what a server reaches on this machine
    Bench(bench::Arguments),
    /// Print the completions of a shell
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_command_is_explained() {
        let mut command = Arguments::command();
        command.build();
        command.clone().debug_assert();
        let mut left: Vec<_> = command.get_subcommands().collect();
        while let Some(command) = left.pop() {
            assert!(command.get_about().is_some(), "{} is not explained", command.get_name());
            left.extend(command.get_subcommands());
        }
    }

    #[test]
    fn arguments_of_serve_may_stand_on_either_side_of_it() {
        let parsed =
            Arguments::parse_from(["citizenry", "--listen", "a:1", "serve", "--log-level", "warn"]);
        let Some(Command::Serve(own)) = parsed.command else { panic!("not serve") };
        let both = own.or(parsed.serve);
        assert_eq!(both.listen.as_deref(), Some("a:1"));
        assert_eq!(both.log_level.as_deref(), Some("warn"));
        assert_eq!(both.first_given(), Some("--listen"));
        let later = Arguments::parse_from(["citizenry", "serve", "--listen", "b:2"]);
        let Some(Command::Serve(own)) = later.command else { panic!("not serve") };
        assert_eq!(own.or(both).listen.as_deref(), Some("b:2"));
    }
}
