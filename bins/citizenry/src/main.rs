//! `citizenry`: the server and its command line. Wiring only: what a command does stands in the use
//! cases that the doors call too.

mod arguments;
mod commands;
mod data_directory;
mod failure;
mod listeners;
mod logging;
mod output;
mod progress;
mod secret_input;
mod settings;
mod signals;
mod tls;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

use crate::arguments::{Arguments, Command, ServeArguments};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
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
    let format = common.format;
    let none = ServeArguments::default();
    match command {
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Config(command) => {
            commands::config::run(&command, format, || settings::load(&common, &none))
        }
        _ => Ok(()),
        Command::Serve(serve) => commands::serve::run(&settings::load(&common, &serve)?),
    }
}

/// Arguments of `serve` in front of another command would be ignored: better to say so.
fn refuse_serving_arguments(serve: &ServeArguments) {
    if let Some(name) = serve.first_given() {
        let message = format!("{name} belongs to `citizenry serve`");
        Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
}
