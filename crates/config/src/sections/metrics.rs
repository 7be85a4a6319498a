use crate::network::ListenAddress;
use crate::section::section;

section! {
    /// Health and metrics.
    Metrics at metrics {
        /// Where `/health/live`, `/health/ready` and `/metrics` are served. Off when not given.
        listen: Option<ListenAddress> = None;
    }
}
