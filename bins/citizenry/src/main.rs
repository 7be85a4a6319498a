//! `citizenry`: the server and its command line. Wiring only: what a command does stands in the use
//! cases that the doors call too.

mod arguments;
mod commands;
mod data_directory;
mod door_hosts;
mod doors;
mod failure;
mod import_results;
mod installation;
mod listeners;
mod logging;
mod outbox;
mod outgoing;
mod output;
mod progress;
mod provision;
mod public_url;
mod readiness;
mod secret_input;
mod server;
mod server_address;
mod settings;
mod signals;
mod sockets;
mod tenant_hosts;
mod upkeep;

use std::process::ExitCode;

use citizenry_config::Loaded;
use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
#[cfg(unix)]
use tikv_jemallocator::Jemalloc;

use crate::arguments::{Arguments, Command, ServeArguments};
use crate::commands::{
    bench, bootstrap, client, completions, config, doctor, export, hash, import, key, migrate,
    operator, serve, session, tenant, user,
};
use crate::failure::{Exit, Failure};
use crate::output::Format;

/// Workers give back what others have taken, all the time: the C library has them wait for it.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    match dispatch(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { common, serve, command } = arguments;
    let command = match command {
        None => Command::Serve(serve),
        Some(Command::Serve(own)) => Command::Serve(own.or(serve)),
        Some(command) => {
            refuse_serving_arguments(&serve);
            command
        }
    };
    let load = || settings::load(&common, &ServeArguments::default());
    match command {
        Command::Serve(arguments) => serve::run(&settings::load(&common, &arguments)?),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Config(command) => config::run(&command, common.format, load),
        Command::Bench(arguments) => bench::run(&arguments, &common),
        command => work(command, common.format, &load()?),
    }
}

/// Runs a command that works on the database.
fn work(command: Command, format: Format, loaded: &Loaded) -> Result<(), Failure> {
    logging::start_quiet(loaded)?;
    let configuration = &loaded.configuration;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime =
        runtime.enable_all().build().map_err(|error| Failure::new(Exit::Failed, error))?;
    runtime.block_on(async {
        match command {
            Command::Bootstrap(arguments) => {
                bootstrap::run(&arguments, format, configuration).await
            }
            Command::Migrate(command) => migrate::run(&command, format, configuration).await,
            Command::Doctor => doctor::run(format, loaded).await,
            Command::Tenant(command) => tenant::run(command, format, configuration).await,
            Command::User(command) => user::run(command, format, configuration).await,
            Command::Import(arguments) => import::run(arguments, format, configuration).await,
            Command::Export(arguments) => export::run(arguments, configuration).await,
            Command::Client(command) => client::run(command, format, configuration).await,
            Command::Session(command) => session::run(command, format, configuration).await,
            Command::Key(command) => key::run(command, format, configuration).await,
            Command::Operator(command) => operator::run(command, format, configuration).await,
            Command::Hash(command) => hash::run(command, format, configuration).await,
            // Handled before: these need no database, or a runtime of their own.
            Command::Serve(_)
            | Command::Config(_)
            | Command::Bench(_)
            | Command::Completions(_) => Ok(()),
        }
    })
}

/// Arguments of `serve` in front of another command would be ignored: better to say so.
fn refuse_serving_arguments(serve: &ServeArguments) {
    if let Some(name) = serve.first_given() {
        let message = format!("{name} belongs to `citizenry serve`");
        Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
}
