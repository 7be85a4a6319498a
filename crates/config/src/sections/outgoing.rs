use std::time::Duration;

use ipnet::IpNet;

use crate::section::section;

section! {
    /// Requests that the server makes to addresses which clients name: their keys (`jwks_uri`),
    /// request objects, sector identifiers and back-channel logout.
    Outgoing at outgoing {
        /// Private and special networks (`10.0.0.0/8`, `127.0.0.0/8`) that may be asked
        /// nevertheless, also without TLS. All others of that kind are refused.
        allow: Vec<IpNet> = Vec::new();
        /// How long such a request may take as a whole.
        timeout: Duration = Duration::from_secs(5);
    }
}
