//! Reading a body within limits.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::{Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt as _};

use crate::{context::RequestContext, error::Refusal};

/// How much of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The largest body that is accepted, in bytes. Default: 1 MiB.
    pub accepted: usize,
    /// How much of what nobody wants is read and thrown away, in bytes, so that a client that reads
    /// only after it has written still gets its answer. Default: 16 MiB.
    pub discarded: usize,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { accepted: 1 << 20, discarded: 16 << 20 }
    }
}

/// The whole body, or why it is not read.
pub(crate) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Refusal> {
    let limits = RequestContext::of(request).map(|context| context.body_limits());
    let limits = limits.unwrap_or_default();
    let announced = announced_length(request);
    if announced.is_some_and(|length| length > limits.accepted) {
        return Err(Refusal::TooLarge { limit: limits.accepted });
    }
    let Some(first) = next(&mut payload).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limits.accepted {
        return Err(Refusal::TooLarge { limit: limits.accepted });
    }
    // Most bodies come in one piece, which is then not copied.
    let Some(second) = next(&mut payload).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(first.len() * 2));
    whole.extend_from_slice(&first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if whole.len() + bytes.len() > limits.accepted {
            return Err(Refusal::TooLarge { limit: limits.accepted });
        }
        whole.extend_from_slice(&bytes);
        piece = next(&mut payload).await?;
    }
    Ok(whole.freeze())
}

async fn next(payload: &mut Payload) -> Result<Option<Bytes>, Refusal> {
    let broken = |error| Refusal::body(None, format_args!("the body cannot be read: {error}"));
    payload.next().await.transpose().map_err(broken)
}

/// A body that the application reads and the boundary keeps hold of, so that what the application
/// leaves unread can be taken off the wire: over HTTP/2 an answer is lost when its request's stream
/// is reset, and over HTTP/1.1 the connection could not be used again.
#[derive(Clone)]
pub(crate) struct Held(Rc<RefCell<Option<Payload>>>);

impl Held {
    /// Holds the body of `request`; `None` when it has none.
    pub(crate) fn hold(request: &mut ServiceRequest) -> Option<Self> {
        match request.take_payload() {
            Payload::None => None,
            payload => {
                let held = Self(Rc::new(RefCell::new(Some(payload))));
                request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
                Some(held)
            }
        }
    }

    /// Reads the body to its end, or as far as `limit` bytes, and forgets it.
    pub(crate) async fn discard(mut self, limit: usize) {
        let mut read = 0_usize;
        while let Some(Ok(bytes)) = self.next().await {
            read = read.saturating_add(bytes.len());
            if read > limit {
                return;
            }
        }
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut held = self.0.borrow_mut();
        let Some(payload) = held.as_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(payload).poll_next(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            *held = None;
        }
        polled
    }
}

fn announced_length(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What the `Content-Type` of a body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// There is none.
    Absent,
    /// `application/json`, or a type that ends in `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Another one, a character set that is not UTF-8, or a content coding.
    Other,
}

/// The media type of the body of `request`.
pub(crate) fn media_type(request: &HttpRequest) -> MediaType {
    let headers = request.headers();
    let coding = headers.get(header::CONTENT_ENCODING).map(header::HeaderValue::as_bytes);
    if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        return MediaType::Other;
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return MediaType::Absent;
    };
    let Ok(value) = value.to_str() else {
        return MediaType::Other;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, set)) if name.trim().eq_ignore_ascii_case("charset") => {
            let set = set.trim().trim_matches('"');
            set.eq_ignore_ascii_case("utf-8") || set.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    });
    let json = essence.eq_ignore_ascii_case("application/json")
        || essence.rsplit_once('+').is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"));
    if !utf8 {
        MediaType::Other
    } else if json {
        MediaType::Json
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        MediaType::Form
    } else if essence.is_empty() {
        MediaType::Absent
    } else {
        MediaType::Other
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn media_types_are_told_apart() {
        let of = |value: &'static str| {
            media_type(
                &TestRequest::post().insert_header(("content-type", value)).to_http_request(),
            )
        };
        assert_eq!(of("application/json"), MediaType::Json);
        assert_eq!(of("Application/JSON; Charset=\"UTF-8\""), MediaType::Json);
        assert_eq!(of("application/scim+json"), MediaType::Json);
        assert_eq!(of("application/json; charset=gbk"), MediaType::Other);
        assert_eq!(of("application/x-www-form-urlencoded"), MediaType::Form);
        assert_eq!(of("text/plain"), MediaType::Other);
        let gzip = TestRequest::post()
            .insert_header(("content-type", "application/json"))
            .insert_header(("content-encoding", "gzip"));
        assert_eq!(media_type(&gzip.to_http_request()), MediaType::Other);
        assert_eq!(media_type(&TestRequest::post().to_http_request()), MediaType::Absent);
    }

    #[actix_web::test]
    async fn a_body_at_the_limit_is_read_and_one_above_it_is_not() {
        for (size, accepted) in [(1 << 20, true), ((1 << 20) + 1, false)] {
            let request = TestRequest::post().set_payload(vec![b'x'; size]);
            let (request, payload) = request.to_http_parts();
            let read = read(&request, payload).await;
            match read {
                Ok(bytes) => assert!(accepted && bytes.len() == size),
                Err(refusal) => {
                    assert!(!accepted);
                    assert!(matches!(refusal, Refusal::TooLarge { limit: 1_048_576 }));
                }
            }
        }
    }
}
