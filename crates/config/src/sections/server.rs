use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::network::{ListenAddress, PublicUrl};
use crate::section::section;
use crate::text_values::ForwardedHeader;

section! {
    /// Where the server listens and how long it waits.
    Server at server {
        /// The directory of everything the server keeps by itself: the SQLite database and the
        /// master key. Made, readable by its owner only, when it is missing.
        data_dir: PathBuf = "citizenry-data".into();
        /// Where to listen without TLS.
        listen: ListenAddress = ListenAddress::loopback(8080);
        /// The address under which clients reach the server. It names the issuer of tokens. Default:
        /// `http://` and the address it listens on.
        public_url: Option<PublicUrl> = None;
        /// Whether the issuer's name ends with a slash. Clients compare it byte for byte: the kits of
        /// Auth0 and Authok expect one.
        issuer_final_slash: bool = true;
        /// Threads that answer requests. Default: one for each core.
        workers: Option<u32> = None;
        /// How long a request may take, from its first byte to the last of its answer.
        request_timeout: Duration = Duration::from_secs(30);
        /// How long running requests may go on after the server was asked to stop.
        drain_timeout: Duration = Duration::from_secs(10);
        /// Proxies whose word on the client's address is taken.
        trusted_proxies: Vec<IpNet> = Vec::new();
        /// The header in which they write it.
        forwarded_header: ForwardedHeader = ForwardedHeader::XForwardedFor;
        /// Web origins (`https://app.example.com`) whose scripts may call the APIs from a browser.
        allowed_origins: Vec<String> = Vec::new();
    }
}

impl Server {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        if self.request_timeout.is_zero() {
            faults.push(("server.request_timeout", "must be longer than 0".into()));
        }
        if self.workers.is_some_and(|workers| workers > 1024) {
            faults.push(("server.workers", "must be at most 1024".into()));
        }
    }
}
