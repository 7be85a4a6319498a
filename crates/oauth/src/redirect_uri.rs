//! Redirect URIs: where an answer may be sent, and nowhere else.

use std::net::{Ipv4Addr, Ipv6Addr};

use citizenry_identity::{Client, ClientKind};
use url::{Host, Url};

/// The longest redirect URI, bytes.
pub(crate) const MAX_LENGTH: usize = 2_048;

/// Schemes that a browser carries out or shows rather than follows.
const FORBIDDEN_SCHEMES: [&str; 9] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
];

/// Whether `requested` is a redirect URI of `client`: one of the registered ones, character by
/// character (RFC 9700, section 4.1.3). Nothing is a wildcard. Alone a native client's loopback
/// address may have another port (RFC 8252, section 7.3).
pub(crate) fn is_registered(client: &Client, requested: &str) -> bool {
    let may_vary = client.kind == ClientKind::Native;
    is_safe(requested)
        && client.settings.redirect_uris.iter().any(|registered| {
            registered == requested || (may_vary && differs_in_port_alone(registered, requested))
        })
}

/// Whether a browser may be sent to `uri` at all, whoever registered it: an absolute URI of plain
/// characters, without fragment, whose scheme is one that is followed.
pub(crate) fn is_safe(uri: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if uri.is_empty() || uri.len() > MAX_LENGTH || !uri.bytes().all(plain) {
        return false;
    }
    let Ok(parsed) = Url::parse(uri) else { return false };
    !FORBIDDEN_SCHEMES.contains(&parsed.scheme())
        && parsed.username().is_empty()
        && parsed.password().is_none()
}

/// Whether both are plain http to the same loopback address and differ in nothing but the port.
fn differs_in_port_alone(registered: &str, requested: &str) -> bool {
    match (without_loopback_port(registered), without_loopback_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// A loopback redirect URI as (address, path and query), its port left out.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    let addresses = ["http://127.0.0.1", "http://[::1]"];
    let (address, rest) =
        addresses.into_iter().find_map(|address| Some((address, uri.strip_prefix(address)?)))?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (port, rest) = rest.split_at(end);
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((address, rest))
}

/// Why a client that registers itself may not have a redirect URI. Web clients must use https, or
/// http to the machine itself; native ones may also have a scheme of their own, which must look
/// like a reversed domain name (RFC 8252, section 7.1).
pub(crate) fn registrable(uri: &str, kind: ClientKind) -> Result<(), &'static str> {
    if uri.contains('#') {
        return Err("a redirect URI must not have a fragment");
    }
    if !is_safe(uri) {
        return Err("a redirect URI must be an absolute URI of a scheme that browsers follow");
    }
    let parsed = Url::parse(uri).map_err(|_unparsable| "a redirect URI must be absolute")?;
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&parsed) => Ok(()),
        "http" => Err("a redirect URI with http must lead to the machine itself"),
        scheme if kind == ClientKind::Native && scheme.contains('.') => Ok(()),
        _ if kind == ClientKind::Native => {
            Err("the scheme of a redirect URI must be a reversed domain name")
        }
        _ => Err("a redirect URI must be https"),
    }
}

/// Whether a URL leads to the machine that it is opened on.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    }
}

/// `uri` with `parameters` added to its query, form-encoded; what stands there stays as it is.
pub(crate) fn with_query(uri: &str, parameters: &[(String, String)]) -> String {
    if parameters.is_empty() {
        return uri.to_owned();
    }
    let separator = match uri.rsplit_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encoded(parameters))
}

/// `uri` with `parameters` as its fragment, form-encoded.
pub(crate) fn with_fragment(uri: &str, parameters: &[(String, String)]) -> String {
    format!("{uri}#{}", encoded(parameters))
}

fn encoded(parameters: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests;
