//! Which door a request knocks at, by host name and path, and so in whose words it is refused.

use std::{fmt, sync::Arc};

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderName, HeaderValue},
};
use citizenry_identity::Error;

use crate::{
    credentials::BEARER_CHALLENGE,
    error::{Asked, CredentialsProblem, ErrorShape, Refusal},
};

/// One place where a door is mounted.
#[derive(Clone)]
pub(crate) struct Door {
    /// The door's short name, a label of metrics and logs.
    pub(crate) name: &'static str,
    /// The host name, in lower case, that this mount is for; any when `None`.
    host: Option<String>,
    /// The path prefix without a final slash; empty for all paths.
    prefix: String,
    shape: Arc<dyn ErrorShape>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}{}", self.name, self.host.as_deref().unwrap_or("*"), self.prefix)
    }
}

/// The mounted doors. A request belongs to the mount with its host name, else to one for any host,
/// and among those to the one with the longest path prefix.
#[derive(Debug, Clone)]
pub struct Doors {
    /// The more particular first: with host before without, long prefixes before short.
    mounts: Vec<Door>,
    fallback: Door,
}

impl Doors {
    /// Only the door `name`, which answers for every path that no other door is mounted at.
    pub fn new(name: &'static str, shape: impl ErrorShape) -> Self {
        let shape = Arc::new(shape);
        Self {
            mounts: Vec::new(),
            fallback: Door { name, host: None, prefix: String::new(), shape },
        }
    }

    /// Also the door `name` at the path `prefix` (`/authing`) of every host.
    #[must_use]
    pub fn at(self, prefix: &str, name: &'static str, shape: impl ErrorShape) -> Self {
        self.mount(None, prefix, name, Arc::new(shape))
    }

    /// Also the door `name` at the path `prefix` (`""` for all paths) of the host name `host`.
    #[must_use]
    pub fn at_host(
        self,
        host: &str,
        prefix: &str,
        name: &'static str,
        shape: impl ErrorShape,
    ) -> Self {
        self.mount(Some(host.to_ascii_lowercase()), prefix, name, Arc::new(shape))
    }

    fn mount(
        mut self,
        host: Option<String>,
        prefix: &str,
        name: &'static str,
        shape: Arc<dyn ErrorShape>,
    ) -> Self {
        let prefix = prefix.trim_end_matches('/').to_owned();
        self.mounts.push(Door { name, host, prefix, shape });
        self.mounts.sort_by_key(|door| (door.host.is_none(), std::cmp::Reverse(door.prefix.len())));
        self
    }

    /// The door of `path` on `host` (which may carry a port).
    pub(crate) fn find(&self, host: &str, path: &str) -> &Door {
        self.mounts.iter().find(|door| door.covers(host, path)).unwrap_or(&self.fallback)
    }
}

impl Door {
    fn covers(&self, host: &str, path: &str) -> bool {
        let host_fits = self
            .host
            .as_deref()
            .is_none_or(|own| own.eq_ignore_ascii_case(crate::origin::without_port(host)));
        let rest = path.strip_prefix(self.prefix.as_str());
        host_fits && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The answer to `refusal` in this door's words, with the headers that HTTP demands.
    pub(crate) fn render_to(&self, refusal: &Refusal, asked: &Asked<'_>) -> HttpResponse {
        with_headers(self.shape.render_to(refusal, asked), refusal)
    }
}

/// `response` to `refusal` with the headers that HTTP demands.
fn with_headers(mut response: HttpResponse, refusal: &Refusal) -> HttpResponse {
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value)
            && !headers.contains_key(&name)
        {
            headers.insert(name, value);
        }
    };
    match refusal {
        Refusal::MethodNotAllowed { allow } => add(header::ALLOW, allow),
        Refusal::Credentials(CredentialsProblem::Missing) => {
            add(header::WWW_AUTHENTICATE, BEARER_CHALLENGE);
        }
        Refusal::Credentials(_) => {
            let challenge = format!("{BEARER_CHALLENGE}, error=\"invalid_request\"");
            add(header::WWW_AUTHENTICATE, &challenge);
        }
        Refusal::UseCase(Error::Unauthenticated) => {
            let challenge = format!("{BEARER_CHALLENGE}, error=\"invalid_token\"");
            add(header::WWW_AUTHENTICATE, &challenge);
        }
        Refusal::UseCase(Error::Forbidden { permission }) => {
            let challenge =
                format!("{BEARER_CHALLENGE}, error=\"insufficient_scope\", scope=\"{permission}\"");
            add(header::WWW_AUTHENTICATE, &challenge);
        }
        _ => {}
    }
    if let Some(wait) = refusal.retry_after() {
        add(header::RETRY_AFTER, &seconds_rounded_up(wait).to_string());
    }
    response
}

/// `wait` in whole seconds, rounded up, at least one: what `Retry-After` can say.
pub(crate) fn seconds_rounded_up(wait: std::time::Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::PlainShape;

    fn doors() -> Doors {
        Doors::new("authok", PlainShape)
            .at("/", "root", PlainShape)
            .at("/authing", "authing", PlainShape)
            .at("/authing/v2", "authing_v2", PlainShape)
            .at_host("Sso.Example.org", "", "hosted", PlainShape)
    }

    #[test]
    fn the_longest_prefix_wins_and_ends_at_a_slash() {
        let doors = doors();
        let name = |path| doors.find("localhost", path).name;
        assert_eq!(name("/authing"), "authing");
        assert_eq!(name("/authing/v3/x"), "authing");
        assert_eq!(name("/authing/v2/x"), "authing_v2");
        assert_eq!(name("/authingly"), "root");
    }

    #[test]
    fn a_host_name_wins_over_a_path_whatever_its_case_and_port() {
        let doors = doors();
        assert_eq!(doors.find("SSO.example.org:8443", "/authing/x").name, "hosted");
        assert_eq!(doors.find("sso.example.org.evil", "/authing/x").name, "authing");
    }

    #[test]
    fn the_headers_that_http_demands_are_added() {
        let doors = doors();
        let door = doors.find("", "/");
        let header = |refusal: Refusal, name: HeaderName| {
            let response = with_headers(door.shape.render(&refusal), &refusal);
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let wait = Refusal::RateLimited { retry_after: Duration::from_millis(1_200) };
        assert_eq!(header(wait, header::RETRY_AFTER).as_deref(), Some("2"));
        let forbidden = Refusal::from(Error::Forbidden { permission: "read:users" });
        assert_eq!(
            header(forbidden, header::WWW_AUTHENTICATE).as_deref(),
            Some("Bearer realm=\"citizenry\", error=\"insufficient_scope\", scope=\"read:users\"")
        );
        let method = Refusal::MethodNotAllowed { allow: "GET, HEAD".to_owned() };
        assert_eq!(header(method, header::ALLOW).as_deref(), Some("GET, HEAD"));
    }
}
