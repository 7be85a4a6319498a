//! Where a request came from, for the audit trail.

use std::net::IpAddr;

/// Where a request came from. Empty for what the installation does by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// The client's `User-Agent`, cut to 512 bytes.
    pub user_agent: Option<String>,
    /// The request's identifier, as it stands in the log and in the answer.
    pub request_id: Option<String>,
}
