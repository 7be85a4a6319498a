//! Where a request came from: the client's address, through trusted proxies only, and what it calls
//! itself.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
};
use citizenry_identity::Origin;
use ipnet::IpNet;

use crate::{context::RequestContext, error::Refusal};

/// Longest user agent that is kept, in bytes.
const LONGEST_USER_AGENT: usize = 512;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header in which the trusted proxies write the addresses that a request passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies whose word on the client's address is taken. By default nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

impl TrustedProxies {
    /// The proxies in `networks`, which all write `header`. The other header is not looked at: a
    /// proxy hands on unseen what a client put into it.
    pub fn new(networks: Vec<IpNet>, header: ForwardedHeader) -> Self {
        Self { networks, header }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The last address on the way to here that is not a trusted proxy's.
    fn client(&self, peer: IpAddr, request: &HttpRequest) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let lines: Vec<_> = request.headers().get_all(name).collect();
        let hops = lines.iter().rev().filter_map(|line| line.to_str().ok());
        for hop in hops.flat_map(|line| line.rsplit(',')) {
            let node = match self.header {
                ForwardedHeader::XForwardedFor => Some(hop),
                ForwardedHeader::Forwarded => forwarded_for(hop),
            };
            // What a trusted proxy could not name ends what can be known.
            let Some(address) = node.and_then(address_of) else { return nearest };
            nearest = address;
            if !self.trusts(nearest) {
                return nearest;
            }
        }
        nearest
    }
}

/// The value of `for` in one element of a `Forwarded` header.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// The address in `node`: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `"[2001:db8::1]:80"`.
fn address_of(node: &str) -> Option<IpAddr> {
    let node = node.trim().trim_matches('"');
    let bare = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    let address = bare.parse().ok();
    let address = address.or_else(|| node.parse::<SocketAddr>().ok().map(|node| node.ip()));
    address.map(|address| address.to_canonical())
}

/// The origin of `request`, for use cases and the audit trail.
pub fn of(request: &HttpRequest) -> Origin {
    let context = RequestContext::of(request);
    let user_agent = request.headers().get(header::USER_AGENT);
    let peer = request.peer_addr().map(|peer| peer.ip());
    Origin {
        ip: peer.map(|peer| match &context {
            Some(context) => context.trusted_proxies().client(peer, request),
            None => peer.to_canonical(),
        }),
        user_agent: user_agent.map(|value| {
            let mut text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.truncate(text.floor_char_boundary(LONGEST_USER_AGENT));
            text
        }),
        request_id: context.map(|context| context.request_id().to_string()),
    }
}

/// The host that the client asked for, with its port if it named one: the authority of the request
/// target, else the `Host` header. A proxy must pass it on.
pub fn host(request: &HttpRequest) -> &str {
    if let Some(authority) = request.uri().authority() {
        return authority.as_str();
    }
    let value = request.headers().get(header::HOST);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `host` without its port: `[::1]:80` gives `[::1]`.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            // An IPv6 address stands in brackets when a port follows.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    }
}

/// The origin of the request, as an argument of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOrigin(pub Origin);

impl FromRequest for ClientOrigin {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(of(request))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(
        header: ForwardedHeader,
        peer: &str,
        lines: &[(&'static str, &'static str)],
    ) -> String {
        let networks = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut request = TestRequest::get();
        for line in lines {
            request = request.append_header(*line);
        }
        let proxies = TrustedProxies::new(networks, header);
        proxies.client(peer.parse().unwrap(), &request.to_http_request()).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        let x = ForwardedHeader::XForwardedFor;
        let lines = [("x-forwarded-for", "192.0.2.9")];
        assert_eq!(client(x, "203.0.113.5", &lines), "203.0.113.5");
        assert_eq!(client(x, "10.0.0.1", &lines), "192.0.2.9");
        assert_eq!(client(x, "::ffff:10.0.0.1", &lines), "192.0.2.9");
        assert_eq!(client(x, "10.0.0.1", &[("forwarded", "for=192.0.2.9")]), "10.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_not_a_proxys_counts() {
        let x = ForwardedHeader::XForwardedFor;
        let forged = [("x-forwarded-for", "127.0.0.1, 192.0.2.9"), ("x-forwarded-for", "10.9.9.9")];
        assert_eq!(client(x, "10.0.0.1", &forged), "192.0.2.9");
        assert_eq!(client(x, "10.0.0.1", &[("x-forwarded-for", "10.0.0.2, nonsense")]), "10.0.0.1");
        assert_eq!(client(x, "10.0.0.1", &[("x-forwarded-for", "192.0.2.9:4711")]), "192.0.2.9");
    }

    #[test]
    fn the_standard_header_is_read_with_ports_and_brackets() {
        let standard = ForwardedHeader::Forwarded;
        let lines =
            [("forwarded", "for=192.0.2.1;proto=https, For=\"[2001:db8::7]:4711\";by=10.0.0.3")];
        assert_eq!(client(standard, "fd00::1", &lines), "2001:db8::7");
        assert_eq!(client(standard, "fd00::1", &[("forwarded", "for=_hidden")]), "fd00::1");
    }

    #[test]
    fn the_user_agent_is_cut_at_a_character() {
        let agent = "雷".repeat(300);
        let request = TestRequest::get().insert_header((header::USER_AGENT, agent.as_bytes()));
        let kept = of(&request.to_http_request()).user_agent.unwrap();
        assert_eq!(kept.len(), 510);
        assert!(kept.ends_with('雷'));
    }

    #[test]
    fn a_port_is_cut_off_whatever_stands_before_it() {
        for (host, name) in [
            ("example.org", "example.org"),
            ("example.org:8080", "example.org"),
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
