//! The identifier of a request: in the answer's `X-Request-Id`, in every log line, in audit events.

use std::fmt;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use citizenry_identity::Moment;

/// The header that carries the identifier, both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest identifier that is taken over from a caller, in bytes.
const LONGEST: usize = 64;

/// The identifier of one request: what the caller sent when it is short and plain, else a ULID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The identifier in `headers` if there is one of 1 to 64 letters, digits, `-`, `_` and `.`
    /// (nothing that could forge a log line), else a new one of `moment`.
    pub(crate) fn choose(headers: &HeaderMap, moment: impl FnOnce() -> Moment) -> Self {
        let mut sent = headers.get_all(HEADER);
        if let (Some(value), None) = (sent.next(), sent.next())
            && is_plain(value.as_bytes())
        {
            return Self(value.clone());
        }
        let ulid = moment().ulid().to_string();
        Self(HeaderValue::from_str(&ulid).unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The identifier as the value of a header.
    pub(crate) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_plain(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !value.is_empty() && value.len() <= LONGEST && value.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixed_moment;

    fn chosen(sent: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for value in sent {
            headers.append(HEADER, HeaderValue::from_static(value));
        }
        RequestId::choose(&headers, fixed_moment).to_string()
    }

    #[test]
    fn a_short_plain_identifier_is_taken_over() {
        assert_eq!(chosen(&["trace-1_a.B"]), "trace-1_a.B");
    }

    #[test]
    fn anything_else_is_replaced_by_a_ulid() {
        let long = "x".repeat(65);
        let long: &'static str = long.leak();
        for sent in [&[][..], &[""], &["two words"], &["a\tb"], &[long], &["one", "two"]] {
            let id = chosen(sent);
            assert_eq!(id.len(), 26, "{sent:?} gave {id}");
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        }
    }
}
