//! Cross-origin requests of browsers (the Fetch standard's CORS protocol), for registered origins
//! only. Callers bring tokens, never cookies, so credentials mode is not offered.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use async_trait::async_trait;

/// Request headers that scripts may send when they do not say which they want to.
const USUAL_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, dpop");
/// Methods that scripts may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// Answer headers that scripts may read.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "dpop-nonce, retry-after, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, \
     x-request-id",
);
/// How long a browser may remember the answer to a preflight request, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// Longest list of request headers that is allowed back, in bytes.
const LONGEST_HEADERS: usize = 1_024;

/// Which origins may use the API from a browser.
#[async_trait]
pub trait AllowedOrigins: Send + Sync {
    /// Whether scripts of `origin` (`https://app.example.org`) may ask for `path` of `host`. Called
    /// for every request with an `Origin` header, so it should answer from memory.
    async fn allows(&self, host: &str, path: &str, origin: &str) -> bool;
}

impl fmt::Debug for dyn AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AllowedOrigins")
    }
}

/// A fixed list of origins.
#[derive(Debug, Clone, Default)]
pub struct OriginList(pub Vec<String>);

#[async_trait]
impl AllowedOrigins for OriginList {
    async fn allows(&self, _: &str, _: &str, origin: &str) -> bool {
        self.0.iter().any(|known| known == origin)
    }
}

/// The `Origin` of `request`, if it has one that can be compared (`null` stands for many origins).
pub(crate) fn origin(request: &HttpRequest) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    (origin != "null").then(|| origin.clone())
}

/// The answer to `request` if it is a preflight request of an allowed origin. The headers of
/// [`allow`] are still to be added.
pub(crate) fn preflight(request: &HttpRequest) -> Option<HttpResponse> {
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || !asks {
        return None;
    }
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let wanted = wanted.filter(|names| names.len() <= LONGEST_HEADERS).cloned();
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(USUAL_HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    Some(response)
}

/// Lets scripts of `origin` read the answer with `headers`.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Tells caches that the answer depends on who asks.
pub(crate) fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
