//! Addresses: where to listen, whom to trust, how the world reaches the server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Url;

use crate::value::{Given, Value};

/// A host and a port to listen on. Port 0 lets the system choose one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    /// A name or an IP address, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl ListenAddress {
    /// The address of this machine only.
    pub fn loopback(port: u16) -> Self {
        Self { host: "127.0.0.1".into(), port }
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not HOST:PORT, like 127.0.0.1:8080 or [::]:8080");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().ok_or_else(wrong)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().ok().ok_or_else(wrong)?.to_string(),
            None if host.is_empty() || host.contains([':', '/', '[', ' ']) => return Err(wrong()),
            None => host.to_owned(),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Value for ListenAddress {
    const KIND: &'static str = "HOST:PORT (port 0: the system chooses)";

    fn parse(given: &Given) -> Result<Self, String> {
        given.scalar()?.parse()
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for IpNet {
    const KIND: &'static str = "list of IP addresses and ranges like 10.0.0.0/8";

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        let range = text.parse::<IpAddr>().map(Self::from).or_else(|_range| text.parse());
        range.map_err(|_wrong| {
            format!("`{text}` is neither an IP address nor a range like 10.0.0.0/8")
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// The address under which the world reaches the server: `https://id.example.com`, always kept
/// without a final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address, without a final slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for PublicUrl {
    const KIND: &'static str = "http or https URL";

    fn parse(given: &Given) -> Result<Self, String> {
        let text = given.scalar()?;
        let url = Url::parse(text).map_err(|error| {
            format!("`{text}` is not a URL ({error}); like https://id.example.com")
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`{text}` must begin with http:// or https://"));
        }
        let extra = url.query().is_some() || url.fragment().is_some();
        if extra || !url.username().is_empty() || url.password().is_some() {
            return Err(format!("`{text}` must have no user name, query or fragment"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}
