//! Progress of work that takes longer than a second, on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::pin::pin;
use std::time::Duration;

use indicatif::ProgressBar;

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

fn line(text: &str) {
    // Progress is worth nothing to somebody who has closed standard error.
    let _ = writeln!(std::io::stderr(), "{text}");
}
