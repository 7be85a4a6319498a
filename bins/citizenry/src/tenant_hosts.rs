//! Host names that stand for a tenant: what is asked of such a host at the root is answered as if it
//! had been asked below the tenant's own path.

use std::collections::BTreeMap;

use actix_web::dev::ServiceRequest;
use actix_web::http::uri::{PathAndQuery, Uri};
use citizenry_http_kit::origin;

/// What lies below a tenant's path, too. Everything else learns its tenant from the token.
const TENANT_PATHS: [&str; 11] = [
    "/.well-known/",
    "/oauth/",
    "/oidc/",
    "/u/",
    "/authorize",
    "/userinfo",
    "/activate",
    "/v1/logout",
    "/v2/logout",
    "/dbconnections/",
    "/angus/pubapi/",
];

/// Sends the request to the tenant's path when its host stands for one.
pub(crate) fn route(request: &mut ServiceRequest, hosts: &BTreeMap<String, String>) {
    if hosts.is_empty() || !TENANT_PATHS.iter().any(|path| request.path().starts_with(path)) {
        return;
    }
    let host = origin::without_port(origin::host(request.request())).to_ascii_lowercase();
    let Some(tenant) = hosts.get(&host) else { return };
    send_below(request, &format!("/t/{tenant}"));
}

/// Has the request answered as if it had been asked below `prefix`.
pub(crate) fn send_below(request: &mut ServiceRequest, prefix: &str) {
    if let Some(uri) = below(request.uri(), prefix) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// The tenant that a path or a host stands for, if it is not the default one.
pub(crate) fn tenant<'a>(
    host: &str,
    path: &'a str,
    hosts: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    if let Some(below) = path.strip_prefix("/t/") {
        return below.split('/').next();
    }
    let host = origin::without_port(host).to_ascii_lowercase();
    hosts.get(&host).map(String::as_str)
}

/// The same URI below `prefix`.
fn below(uri: &Uri, prefix: &str) -> Option<Uri> {
    let rest = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{prefix}{rest}").parse().ok();
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn routed(host: &str, path: &str) -> String {
        let hosts = BTreeMap::from([("id.example.com".to_owned(), "acme".to_owned())]);
        let request = TestRequest::with_uri(path).insert_header(("host", host.to_owned()));
        let mut request = request.to_srv_request();
        route(&mut request, &hosts);
        assert_eq!(request.path(), request.match_info().as_str());
        request.uri().to_string()
    }

    #[test]
    fn a_known_host_leads_to_its_tenant() {
        let path = "/.well-known/jwks.json?x=1";
        assert_eq!(routed("ID.example.com:8080", path), format!("/t/acme{path}"));
        assert_eq!(routed("other.example.com", path), path);
        assert_eq!(routed("id.example.com", "/api/v1/users"), "/api/v1/users");
        assert_eq!(routed("id.example.com", "/t/other/oauth/token"), "/t/other/oauth/token");
    }
}
