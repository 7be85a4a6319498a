//! Form bodies, and bodies that may be a form or JSON: what OAuth's endpoints read.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::{
    body::{self, MediaType},
    error::Refusal,
    json,
    parameters::{self, Empty},
};

/// What a route that reads forms expects.
const FORM: &str = "application/x-www-form-urlencoded";

/// A form body, as RFC 6749 section 3.2 wants it read: no parameter twice (unless `T` takes a list
/// for it), parameters without a value as if they were absent. Another media type is 415.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictForm<T>(pub T);

/// A body that is a form ([`StrictForm`]) or JSON ([`StrictJson`](crate::StrictJson)); its media
/// type tells which, and must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormOrJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for StrictForm<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = body::read(&request, payload).await?;
            match body::media_type(&request) {
                MediaType::Form => parse(&bytes).map(Self),
                _ => Err(Refusal::UnsupportedMediaType { expected: FORM }),
            }
        })
    }
}

/// As [`StrictForm`], but the body may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionalForm<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalForm<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = body::read(&request, payload).await?;
            match body::media_type(&request) {
                _ if bytes.is_empty() => Ok(Self(None)),
                MediaType::Form => parse(&bytes).map(|value| Self(Some(value))),
                _ => Err(Refusal::UnsupportedMediaType { expected: FORM }),
            }
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for FormOrJson<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = body::read(&request, payload).await?;
            match body::media_type(&request) {
                MediaType::Form => parse(&bytes).map(Self),
                MediaType::Json => json::parse(&bytes).map(|json::Object(value)| Self(value)),
                _ => Err(Refusal::UnsupportedMediaType {
                    expected: "application/x-www-form-urlencoded or application/json",
                }),
            }
        })
    }
}

/// The value that a form's `bytes` hold, under the same rules as [`StrictForm`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Refusal::body(None, "the body is not UTF-8"));
    };
    parameters::parse(text, Empty::Omitted)
        .map_err(|misfit| Refusal::body(misfit.field, misfit.reason))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct TokenRequest {
        grant_type: String,
        scope: Option<String>,
    }

    async fn read(media: &'static str, body: &'static str) -> Result<TokenRequest, Refusal> {
        let request = TestRequest::post().insert_header(("content-type", media)).set_payload(body);
        let (request, mut payload) = request.to_http_parts();
        FormOrJson::from_request(&request, &mut payload).await.map(|FormOrJson(token)| token)
    }

    #[actix_web::test]
    async fn a_form_and_json_say_the_same() {
        let form = read(FORM, "grant_type=client_credentials&scope=").await.unwrap();
        assert_eq!((form.grant_type.as_str(), form.scope), ("client_credentials", None));
        let json = r#"{"grant_type":"client_credentials","scope":"read:users"}"#;
        let json = read("application/json", json).await.unwrap();
        assert_eq!(json.scope.as_deref(), Some("read:users"));
    }

    #[actix_web::test]
    async fn a_parameter_twice_and_other_media_types_are_refused() {
        let twice = read(FORM, "grant_type=a&grant_type=b").await.unwrap_err();
        assert_eq!(twice.field(), Some("grant_type"));
        let text = read("text/plain", "grant_type=a").await.unwrap_err();
        assert_eq!(text.status().as_u16(), 415);
    }
}
