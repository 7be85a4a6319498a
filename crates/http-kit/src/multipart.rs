//! Bodies of several parts (`multipart/form-data`, RFC 7578), and those that may be JSON instead.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Bytes};
use futures_util::{future::LocalBoxFuture, stream};
use multer::Multipart;
use serde::de::DeserializeOwned;

use crate::{
    body::{self, MediaType},
    error::Refusal,
    json,
};

/// How many parts a body has at most.
const MOST_PARTS: usize = 32;

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the field.
    pub name: String,
    /// What it holds.
    pub content: Bytes,
}

/// A body of several parts, within the limit of every body, or JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MultipartOrJson<T> {
    /// The parts, in their order.
    Parts(Vec<Part>),
    /// The value of a JSON body.
    Json(T),
}

impl<T: DeserializeOwned + 'static> FromRequest for MultipartOrJson<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = body::read(&request, payload).await?;
            if body::media_type(&request) == MediaType::Json {
                return json::parse(&bytes).map(|json::Object(value)| Self::Json(value));
            }
            let said = request.headers().get(header::CONTENT_TYPE);
            let said = said.and_then(|value| value.to_str().ok()).unwrap_or_default();
            match multer::parse_boundary(said) {
                Ok(boundary) => parts(bytes, boundary).await.map(Self::Parts),
                Err(_other) => Err(Refusal::UnsupportedMediaType {
                    expected: "multipart/form-data or application/json",
                }),
            }
        })
    }
}

async fn parts(bytes: Bytes, boundary: String) -> Result<Vec<Part>, Refusal> {
    let broken = |error: multer::Error| {
        Refusal::body(None, format_args!("the parts of the body cannot be read: {error}"))
    };
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
    let mut body = Multipart::new(whole, boundary);
    let mut parts = Vec::new();
    while let Some(field) = body.next_field().await.map_err(broken)? {
        if parts.len() == MOST_PARTS {
            return Err(Refusal::body(None, "the body has more than 32 parts"));
        }
        let Some(name) = field.name().map(str::to_owned) else {
            return Err(Refusal::body(None, "a part of the body has no name"));
        };
        let content = field.bytes().await.map_err(broken)?;
        parts.push(Part { name, content });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::Value;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=x";

    async fn read(media: &'static str, text: &str) -> Result<MultipartOrJson<Value>, Refusal> {
        let request = TestRequest::post().insert_header(("content-type", media));
        let (request, mut payload) = request.set_payload(text.to_owned()).to_http_parts();
        MultipartOrJson::from_request(&request, &mut payload).await
    }

    #[actix_web::test]
    async fn parts_are_read_in_their_order() {
        let text = "--x\r\nContent-Disposition: form-data; name=\"users\"; filename=\"a.json\"\r\n\
                    Content-Type: application/json\r\n\r\n[]\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"upsert\"\r\n\r\ntrue\r\n--x--\r\n";
        let MultipartOrJson::Parts(parts) = read(TYPE, text).await.unwrap() else {
            panic!("not parts")
        };
        let said: Vec<_> =
            parts.iter().map(|part| (part.name.as_str(), part.content.as_ref())).collect();
        assert_eq!(said, [("users", b"[]".as_slice()), ("upsert", b"true")]);
    }

    #[actix_web::test]
    async fn what_is_broken_or_of_another_type_is_refused() {
        for text in
            ["", "--x", "--x\r\n\r\n", "--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"]
        {
            let refusal = read(TYPE, text).await.unwrap_err();
            assert_eq!(refusal.status().as_u16(), 400, "{text}");
        }
        assert_eq!(read("text/plain", "").await.unwrap_err().status().as_u16(), 415);
        assert_eq!(read("multipart/form-data", "").await.unwrap_err().status().as_u16(), 415);
        let json = read("application/json", "{\"a\":1}").await.unwrap();
        assert_eq!(json, MultipartOrJson::Json(serde_json::json!({ "a": 1 })));
    }
}
