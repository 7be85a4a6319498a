//! Host names that stand for a door: what is asked of such a host at the root is answered as if it
//! had been asked below the door's own path. For clients that can be given a host alone.

use std::collections::BTreeMap;

use actix_web::dev::ServiceRequest;
use citizenry_http_kit::origin;

use crate::tenant_hosts;

/// A door that host names can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostedDoor {
    /// Audience Manager.
    AudienceManager,
    /// AngusGM.
    Angus,
}

impl HostedDoor {
    /// The door of that name in the configuration.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "audience_manager" => Some(Self::AudienceManager),
            "angus" => Some(Self::Angus),
            _ => None,
        }
    }

    /// The path that the door lies below.
    const fn prefix(self) -> &'static str {
        match self {
            Self::AudienceManager => "/aam",
            Self::Angus => "/angus",
        }
    }

    /// What of the root is the door's. Everything else of the host, like the hosted pages, stays
    /// where it is.
    const fn paths(self) -> &'static [&'static str] {
        match self {
            Self::AudienceManager => &["/api/v1", "/v1", "/self", "/users", "/oauth", "/ims"],
            Self::Angus => &["/api/v1", "/pubapi", "/oauth2", "/gm"],
        }
    }

    fn has(self, path: &str) -> bool {
        self.paths().iter().any(|own| {
            path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// The doors by host name, in lower case.
pub(crate) type DoorHosts = BTreeMap<String, HostedDoor>;

/// Sends the request to the door's path when its host stands for one.
pub(crate) fn route(request: &mut ServiceRequest, hosts: &DoorHosts) {
    if hosts.is_empty() {
        return;
    }
    let host = origin::without_port(origin::host(request.request())).to_ascii_lowercase();
    let Some(door) = hosts.get(&host).filter(|door| door.has(request.path())) else { return };
    tenant_hosts::send_below(request, door.prefix());
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn routed(host: &str, path: &str) -> String {
        let hosts = DoorHosts::from([
            ("api.example.com".to_owned(), HostedDoor::AudienceManager),
            ("gm.example.com".to_owned(), HostedDoor::Angus),
        ]);
        let request = TestRequest::with_uri(path).insert_header(("host", host.to_owned()));
        let mut request = request.to_srv_request();
        route(&mut request, &hosts);
        assert_eq!(request.path(), request.match_info().as_str());
        request.uri().to_string()
    }

    #[test]
    fn a_known_host_leads_to_its_door() {
        assert_eq!(routed("API.example.com:443", "/v1/users/?page=0"), "/aam/v1/users/?page=0");
        assert_eq!(routed("api.example.com", "/ims/exchange/jwt/"), "/aam/ims/exchange/jwt/");
        assert_eq!(routed("gm.example.com", "/api/v1/user"), "/angus/api/v1/user");
        assert_eq!(routed("other.example.com", "/v1/users/"), "/v1/users/");
    }

    #[test]
    fn what_is_not_the_doors_stays() {
        for path in ["/aam/v1/users/", "/u/login", "/authorize?x=1", "/v10/users", "/"] {
            assert_eq!(routed("api.example.com", path), path);
        }
    }
}
