//! For the tests of doors: a client that asks an application in the same process, without sockets,
//! and a clock and randomness that stand still.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{
    App, HttpResponse,
    body::to_bytes,
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    test::{TestRequest, init_service, try_call_service},
    web,
};
use citizenry_identity::{Clock, Entropy, Moment, Timestamp};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use crate::{Boundary, Doors, ErrorShape, Refusal};

/// A clock that stands still until it is told: it starts at 2022-03-11T23:33:44Z. Clones share the time.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl Default for SetClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_647_041_624_000_000)))
    }
}

impl SetClock {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let micros = self.0.load(Ordering::Relaxed);
        Timestamp::from_unix_micros(micros).unwrap_or_else(|| panic!("{micros} is no time"))
    }
}

/// Bytes that look random and are the same in every run; good for nothing but tests.
#[derive(Debug, Default)]
pub struct SeededEntropy(AtomicU64);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let step = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            // One step of SplitMix64.
            let mut word = step.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let word = (word ^ (word >> 31)).to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// A moment of [`SetClock`] and [`SeededEntropy`].
pub fn fixed_moment() -> Moment {
    Moment::new(SetClock::default().now(), Arc::new(SeededEntropy::default()))
}

/// The plainest error shape: `{"status": 404, "message": "…", "field": null}`.
#[derive(Debug, Clone, Copy)]
pub struct PlainShape;

impl ErrorShape for PlainShape {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        let status = refusal.status();
        HttpResponse::build(status).json(json!({
            "status": status.as_u16(),
            "message": refusal.message(),
            "field": refusal.field(),
        }))
    }
}

/// A [`Boundary`] with a standing clock before one door that speaks [`PlainShape`].
pub fn plain_boundary() -> Boundary {
    boundary(Doors::new("plain", PlainShape))
}

/// A [`Boundary`] with a standing clock before `doors`.
pub fn boundary(doors: Doors) -> Boundary {
    Boundary::new(doors, Arc::new(SetClock::default()), Arc::new(SeededEntropy::default()))
}

type Call = dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>;

/// Asks an application in the same process.
#[derive(Clone)]
pub struct Client {
    call: Rc<Call>,
    headers: Vec<(String, String)>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client of the application that `configure` makes, behind [`plain_boundary`].
    pub async fn new(configure: impl FnOnce(&mut web::ServiceConfig)) -> Self {
        Self::behind(plain_boundary(), configure).await
    }

    /// A client of the application that `configure` makes, behind `boundary`.
    pub async fn behind(
        boundary: Boundary,
        configure: impl FnOnce(&mut web::ServiceConfig),
    ) -> Self {
        let service = init_service(App::new().configure(configure).wrap(boundary)).await;
        let service = Rc::new(service);
        let call = move |request: TestRequest| -> LocalBoxFuture<'static, Answer> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                match try_call_service(service.as_ref(), request.to_request()).await {
                    Ok(response) => {
                        Answer::read(response.into_parts().1.map_into_boxed_body()).await
                    }
                    // What the server's dispatcher does with an error.
                    Err(error) => Answer::read(error.error_response()).await,
                }
            })
        };
        Self { call: Rc::new(call), headers: Vec::new() }
    }

    /// The same client, which sends this header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same client, which brings `token` with every request.
    #[must_use]
    pub fn with_bearer(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// A request with `method` for `target` (path and query), to be sent with [`Ask::send`].
    pub fn request(&self, method: Method, target: &str) -> Ask {
        let request = TestRequest::with_uri(target).method(method);
        let ask = Ask { call: Rc::clone(&self.call), request };
        self.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
    }

    /// `GET target`.
    pub fn get(&self, target: &str) -> Ask {
        self.request(Method::GET, target)
    }

    /// `POST target`.
    pub fn post(&self, target: &str) -> Ask {
        self.request(Method::POST, target)
    }

    /// `PUT target`.
    pub fn put(&self, target: &str) -> Ask {
        self.request(Method::PUT, target)
    }

    /// `PATCH target`.
    pub fn patch(&self, target: &str) -> Ask {
        self.request(Method::PATCH, target)
    }

    /// `DELETE target`.
    pub fn delete(&self, target: &str) -> Ask {
        self.request(Method::DELETE, target)
    }
}

/// A request that is being put together.
pub struct Ask {
    call: Rc<Call>,
    request: TestRequest,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ask")
    }
}

impl Ask {
    /// One more header.
    ///
    /// # Panics
    /// When HTTP does not know such a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let value = HeaderValue::from_str(value).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.request = self.request.append_header((name, value));
        self
    }

    /// Brings `token`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Comes from the address `peer`.
    #[must_use]
    pub fn peer(mut self, peer: SocketAddr) -> Self {
        self.request = self.request.peer_addr(peer);
        self
    }

    /// With this body of the media type `media`.
    #[must_use]
    pub fn body(self, media: &str, body: impl Into<web::Bytes>) -> Self {
        let mut ask = self.header("content-type", media);
        ask.request = ask.request.set_payload(body);
        ask
    }

    /// With this JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends the request.
    pub async fn send(self) -> Answer {
        (self.call)(self.request).await
    }
}

/// The answer to a request, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: web::Bytes,
}

impl Answer {
    async fn read(response: HttpResponse) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = match to_bytes(response.into_body()).await {
            Ok(body) => body,
            Err(error) => panic!("the body broke off: {error}"),
        };
        Self { status, headers, body }
    }

    /// The value of the header `name`, or the empty text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text()))
    }
}
