//! Running other programs: each is shown before it starts, and none fails silently.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::{Outcome, workspace};

/// The cargo that started us, in the root of the checkout.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(arguments);
    // Our own package's variables would make build scripts of other packages look changed.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A program found on the PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let mut line = program.into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// Prints a heading for what comes next.
pub(crate) fn progress(what: &str) {
    println!("==> {what}");
}

/// Shows the command, runs it with our own output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Outcome {
    progress(&shown(command));
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    succeeded(command, status)
}

/// Runs the command quietly and answers what it wrote to standard output.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    Err(format!("`{}` ended with {}\n{}", shown(command), output.status, said.trim_end()).into())
}

/// Shows and runs the command, hands each line of its output to `each` and prints it.
pub(crate) fn stream(command: &mut Command, mut each: impl FnMut(&str)) -> Outcome<ExitStatus> {
    progress(&shown(command));
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let (sender, lines) = mpsc::channel();
    let pumps = [
        child.stdout.take().map(|pipe| pump(pipe, sender.clone())),
        child.stderr.take().map(|pipe| pump(pipe, sender.clone())),
    ];
    drop(sender);
    for line in lines {
        println!("{line}");
        each(&plain(&line));
    }
    for pump in pumps.into_iter().flatten() {
        if pump.join().is_err() {
            return Err("a reader of a program's output failed".into());
        }
    }
    Ok(child.wait()?)
}

/// Turns an unsuccessful end into an error that names the command.
pub(crate) fn succeeded(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", shown(command)).into())
    }
}

/// Whether we run as root; programs of PostgreSQL refuse that.
pub(crate) fn is_root() -> bool {
    read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn pump(pipe: impl Read + Send + 'static, lines: mpsc::Sender<String>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        // Bytes rather than text: a test may print what is not UTF-8.
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if lines.send(text).is_err() {
                return;
            }
            line.clear();
        }
    })
}

/// The line without terminal colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // An escape sequence of colours ends with its first letter.
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", shown(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_what_it_said() {
        let error = read(Command::new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("exit status: 3"), "{message}");
        assert!(message.contains("reason"), "{message}");
    }

    #[test]
    fn both_outputs_arrive_line_by_line_without_colours() {
        let mut lines = Vec::new();
        let script = "printf '\\033[32mone\\033[0m\\n'; printf 'two' >&2";
        let status = stream(Command::new("sh").args(["-c", script]), |line| {
            lines.push(line.to_owned());
        });
        lines.sort();
        assert!(status.unwrap().success());
        assert_eq!(lines, ["one", "two"]);
    }
}
