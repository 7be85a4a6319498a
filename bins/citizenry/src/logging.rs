//! The log: standard error, as text or JSON.

use citizenry_config::{Loaded, LogFormat, Problems, Source};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::failure::Failure;

/// What is logged, from the configuration.
pub(crate) fn filter(loaded: &Loaded) -> Result<EnvFilter, Failure> {
    let level = &loaded.configuration.logging.level;
    EnvFilter::try_new(level).map_err(|error| {
        let message = format!("`{level}` does not say what to log ({error}); like info");
        Problems(vec![loaded.problem("logging.level", message)]).into()
    })
}

/// Starts the log of the server. Called once, before anything that logs.
pub(crate) fn start(loaded: &Loaded) -> Result<(), Failure> {
    start_with(loaded, filter(loaded)?)
}

/// Starts the log of a command: warnings and errors, unless somebody has configured more.
pub(crate) fn start_quiet(loaded: &Loaded) -> Result<(), Failure> {
    match loaded.source("logging.level") {
        Source::Default => start_with(loaded, EnvFilter::new("warn")),
        _ => start(loaded),
    }
}

fn start_with(loaded: &Loaded, filter: EnvFilter) -> Result<(), Failure> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let started = match loaded.configuration.logging.format {
        LogFormat::Text => {
            log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
        }
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).try_init(),
    };
    // Only a second start in one process fails, and then the first log goes on.
    started.or(Ok(()))
}
