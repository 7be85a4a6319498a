//! Which resource server an `audience` parameter means.

use citizenry_identity::{ResourceServer, TenantId};
use citizenry_storage::Result;
use citizenry_storage::ports::ReadResourceServers;

/// The two prefixes under which the management API is reached.
const MANAGEMENT_PATHS: [&str; 2] = ["/api/v1", "/api/v2"];

/// `audience` without its final slash.
pub(crate) fn trim(audience: &str) -> &str {
    audience.strip_suffix('/').unwrap_or(audience)
}

/// Whether `audience` names the management API by the host that the request was sent to:
/// `http(s)://<host>/api/v1` or `/api/v2`, with or without a final slash. The software
/// development kits build it so from the one host name that they are given.
pub(crate) fn is_management_of_host(audience: &str, host: &str) -> bool {
    let rest = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://"));
    let Some((authority, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let path = trim(path);
    authority.eq_ignore_ascii_case(host)
        && MANAGEMENT_PATHS.iter().any(|known| known.strip_prefix('/') == Some(path))
}

/// The resource server that `wanted` means in a tenant: as its identifier is written, with a final
/// slash more or less, or, for the management API, by the host that the request was sent to.
pub(crate) async fn find(
    ports: &mut dyn ReadResourceServers,
    tenant: TenantId,
    wanted: &str,
    host: Option<&str>,
) -> Result<Option<ResourceServer>> {
    let other = match trim(wanted) {
        trimmed if trimmed == wanted => format!("{wanted}/"),
        trimmed => trimmed.to_owned(),
    };
    for identifier in [wanted, &other] {
        if let Some(found) = ports.find_by_identifier(tenant, identifier).await? {
            return Ok(Some(found));
        }
    }
    if host.is_some_and(|host| is_management_of_host(wanted, host)) {
        return ports.find_system(tenant).await;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_slash_makes_no_difference() {
        assert_eq!(trim("https://a/api/v1/"), "https://a/api/v1");
        assert_eq!(trim("https://a/api/v1"), "https://a/api/v1");
        assert_eq!(trim("https://a/api/v1//"), "https://a/api/v1/");
        assert_eq!(trim(""), "");
    }

    #[test]
    fn the_host_of_the_request_names_the_management_api() {
        for audience in [
            "http://127.0.0.1:8080/api/v1",
            "https://127.0.0.1:8080/api/v1/",
            "http://127.0.0.1:8080/api/v2",
            "https://127.0.0.1:8080/api/v2/",
        ] {
            assert!(is_management_of_host(audience, "127.0.0.1:8080"), "{audience}");
            assert!(!is_management_of_host(audience, "127.0.0.1:8081"), "{audience}");
        }
        for audience in [
            "",
            "api/v1",
            "ftp://h/api/v1",
            "https://h/api/v3",
            "https://h/api/v1//",
            "https://h/x/api/v1",
            "https://user@h/api/v1",
            "https://h",
            "https://evil/https://h/api/v1",
        ] {
            assert!(!is_management_of_host(audience, "h"), "{audience}");
        }
        assert!(!is_management_of_host("https:///api/v1", "h"));
    }
}
