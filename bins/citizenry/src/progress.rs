//! Progress of work that takes longer than a second, on standard error.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::pin::pin;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

/// Awaits `work`. When it takes longer than a second, a terminal shows a spinner with `what`, anything
/// else a line at its beginning and one at its end.
pub(crate) async fn shown<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(result) = tokio::time::timeout(PATIENCE, &mut work).await {
        return result;
    }
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        let result = work.await;
        bar.finish_and_clear();
        result
    } else {
        line(&format!("{what} …"));
        let result = work.await;
        line(&format!("{what}: done"));
        result
    }
}

/// Says in a line what is begun.
pub(crate) fn note(what: &str) {
    line(&format!("{what} …"));
}

fn line(text: &str) {
    // Progress is worth nothing to somebody who has closed standard error.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// How often a line is written where no terminal shows the bar.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of work on many rows: a bar with rate and remaining time on a terminal, else a line
/// now and then.
pub(crate) struct Meter {
    what: &'static str,
    bar: Option<ProgressBar>,
    started: Instant,
    told: Cell<Instant>,
}

impl Meter {
    /// Work on an input of so many bytes, where that is known.
    pub(crate) fn new(what: &'static str, bytes: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match bytes {
                Some(bytes) => {
                    (ProgressBar::new(bytes), "{prefix} {bar:30} {percent:>3} %  {msg}  {eta} left")
                }
                None => (ProgressBar::new_spinner(), "{spinner} {prefix}  {msg}  {elapsed}"),
            };
            let style = ProgressStyle::with_template(template);
            bar.with_prefix(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let now = Instant::now();
        Self { what, bar, started: now, told: Cell::new(now) }
    }

    /// So many bytes and rows are done.
    pub(crate) fn at(&self, bytes: u64, rows: u64) {
        let seconds = self.started.elapsed().as_secs().max(1);
        let message = format!("{rows} rows, {}/s", rows / seconds);
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            bar.set_message(message);
        } else if self.told.get().elapsed() >= EVERY {
            self.told.set(Instant::now());
            line(&format!("{}: {message}", self.what));
        }
    }

    /// Says something beside the progress.
    pub(crate) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
