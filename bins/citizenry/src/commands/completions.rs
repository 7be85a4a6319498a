//! `citizenry completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments;
use crate::failure::Failure;
use crate::output;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  citizenry completions bash > /etc/bash_completion.d/citizenry
  citizenry completions zsh > ~/.zfunc/_citizenry
  citizenry completions fish > ~/.config/fish/completions/citizenry.fish")]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "citizenry", &mut script);
    output::text(&String::from_utf8_lossy(&script))
}
