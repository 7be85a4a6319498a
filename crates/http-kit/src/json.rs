//! JSON bodies, read strictly: UTF-8, one media type, no key twice, no NUL, the field that does not
//! fit named in the answer.

mod duplicates;
mod object;

pub use object::Object;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::{
    body::{self, MediaType},
    error::Refusal,
};

/// A JSON body that must be there.
///
/// Refused: a media type other than `application/json` or `…+json`, or none (415), a content coding
/// (415), more than the limit (413), and with 400 an empty body,
/// bytes that are not UTF-8, syntax errors, nesting deeper than 128, a key twice in one object at
/// any depth, a NUL in a string, and whatever `T` refuses. `T` should `deny_unknown_fields`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictJson<T>(pub T);

/// As [`StrictJson`], but the body may be left out: for methods such as DELETE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for StrictJson<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            match read(&request, payload).await? {
                Some(value) => Ok(Self(value)),
                None => Err(Refusal::body(None, "a JSON body is required")),
            }
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, payload).await.map(Self) })
    }
}

async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Option<T>, Refusal> {
    let bytes = body::read(request, payload).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    match body::media_type(request) {
        MediaType::Json => parse(&bytes).map(Some),
        MediaType::Absent | MediaType::Form | MediaType::Other => {
            Err(Refusal::UnsupportedMediaType { expected: "application/json" })
        }
    }
}

/// The value that `bytes` hold, under the same rules as [`StrictJson`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refusal::body(None, "the body is not UTF-8"));
    };
    duplicates::check(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        misfit(&path, &error.into_inner())
    })
}

/// The refusal of a well-formed body that does not fit its type: `error`, met at `path`.
fn misfit(path: &str, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    // The place in the text helps nobody once the field is named.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    Refusal::body(field_of(path, reason), reason)
}

/// The field that `reason` is about: serde tells where it stood, and, when it is about a key that
/// should or should not be there, which key in the reason's first quotation.
pub(crate) fn field_of(path: &str, reason: &str) -> Option<String> {
    let about_a_key = ["unknown field `", "missing field `", "duplicate field `"];
    let key = about_a_key.iter().find_map(|start| reason.strip_prefix(start));
    let key = key.and_then(|rest| rest.split('`').next());
    let path = Some(path).filter(|path| *path != "." && !path.is_empty());
    match (path, key) {
        // For a key that is not known, the path already ends in it.
        (Some(path), Some(key)) if path == key || path.ends_with(&format!(".{key}")) => {
            Some(path.to_owned())
        }
        (Some(path), Some(key)) => Some(format!("{path}.{key}")),
        (Some(path), None) => Some(path.to_owned()),
        (None, key) => key.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NewUser {
        email: String,
        #[serde(default)]
        addresses: Vec<Address>,
        #[serde(default)]
        user_metadata: BTreeMap<String, serde_json::Value>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Address {
        city: String,
    }

    fn refused(text: &str) -> (Option<String>, String) {
        match parse::<NewUser>(text.as_bytes()) {
            Err(Refusal::InvalidBody { field, reason }) => (field, reason),
            other => panic!("{text} gave {other:?}"),
        }
    }

    #[test]
    fn a_fitting_body_is_read() {
        let text = r#"{"email":"fioman@qq.com","addresses":[{"city":"北京"}],"user_metadata":{}}"#;
        let user: NewUser = parse(text.as_bytes()).unwrap();
        assert_eq!(user.email, "fioman@qq.com");
        assert_eq!(user.addresses.first().map(|address| address.city.as_str()), Some("北京"));
        assert!(user.user_metadata.is_empty());
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        let (field, _) = refused(r#"{"email":7}"#);
        assert_eq!(field.as_deref(), Some("email"));
        let (field, reason) = refused(r#"{"email":"a","addresses":[{"city":"x"},{"city":1}]}"#);
        assert_eq!(field.as_deref(), Some("addresses[1].city"));
        assert_eq!(reason, "invalid type: integer `1`, expected a string");
        assert_eq!(refused(r#"{"addresses":[]}"#).0.as_deref(), Some("email"));
        assert_eq!(refused(r#"{"email":"a","admin":true}"#).0.as_deref(), Some("admin"));
        let (field, _) = refused(r#"{"email":"a","addresses":[{"town":"x"}]}"#);
        assert_eq!(field.as_deref(), Some("addresses[0].town"));
        let (field, _) = refused(r#"{"email":"a","addresses":[{}]}"#);
        assert_eq!(field.as_deref(), Some("addresses[0].city"));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        let result = parse::<NewUser>(b"{\"email\":\"\xff\"}");
        assert_eq!(result.unwrap_err().message(), "the body is not UTF-8");
    }

    #[test]
    fn syntax_and_depth_are_refused_without_a_crash() {
        let (field, reason) = refused(r#"{"email":"a""#);
        assert_eq!(field, None);
        assert!(reason.contains("EOF"), "{reason}");
        assert!(refused(r#"{"email":"a"} {}"#).1.contains("trailing characters"));
        let deep = format!(r#"{{"email":"a","user_metadata":{{"x":{}"#, "[".repeat(10_000));
        assert!(refused(&deep).1.contains("recursion limit"), "{}", refused(&deep).1);
        assert!(refused(r#"{"email":1e999}"#).1.contains("number out of range"));
    }
}
