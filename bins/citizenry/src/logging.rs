//! The log: standard error, as text or JSON.

use citizenry_config::{Loaded, LogFormat, Problems, Source};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::failure::Failure;

/// What is logged, from the configuration.
pub(crate) fn filter(loaded: &Loaded) -> Result<Targets, Failure> {
    let level = &loaded.configuration.logging.level;
    level.parse::<Targets>().map_err(|error| {
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
        Source::Default => start_with(loaded, Targets::new().with_default(tracing::Level::WARN)),
        _ => start(loaded),
    }
}

fn start_with(loaded: &Loaded, filter: Targets) -> Result<(), Failure> {
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match loaded.configuration.logging.format {
        LogFormat::Text => {
            log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
        }
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).boxed(),
    };
    // The filter of everything, not of this one layer: spans would keep what each layer thinks of
    // them. Only a second start in one process fails, and then the first log goes on.
    let started = tracing_subscriber::registry().with(filter).with(log).try_init();
    started.or(Ok(()))
}
