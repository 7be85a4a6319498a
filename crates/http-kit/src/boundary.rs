//! The outermost middleware: what every request passes on its way in and every answer on its way out.

use std::{
    future::{Ready, ready},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
};
use citizenry_identity::{Clock, Entropy, Moment};
use futures_util::future::LocalBoxFuture;
use tracing::{Instrument as _, field::Empty};

use crate::{
    body::{BodyLimits, Held},
    context::RequestContext,
    cors::{self, AllowedOrigins},
    deadline,
    doors::{Door, Doors},
    error::{Asked, Refusal},
    metrics::{Metrics, method_label},
    origin::{self, TrustedProxies},
    panic,
    request_id::{self, RequestId},
    target,
};

/// How long a request may take unless something else is said.
const USUAL_DEADLINE: Duration = Duration::from_secs(30);

/// How long the rest of a body is read after the deadline, so that the answer arrives.
const GRACE: Duration = Duration::from_secs(5);

/// What the boundary needs to know; shared by all workers.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    doors: Doors,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    deadline: Option<Duration>,
    metrics: Option<Metrics>,
    origins: Option<Arc<dyn AllowedOrigins>>,
    pub(crate) body_limits: BodyLimits,
    pub(crate) trusted_proxies: TrustedProxies,
}

impl Settings {
    pub(crate) fn moment(&self) -> Moment {
        Moment::new(self.clock.now(), Arc::clone(&self.entropy))
    }
}

/// The outermost middleware of an application: it must be the last `wrap`, so that nothing escapes
/// it. In this order it
///
/// 1. names the request (`X-Request-Id`) and opens a tracing span with door, method, request id, and
///    later route, status and latency; never a query string or a header that may hold a secret;
/// 2. answers preflight requests of allowed origins, and refuses malformed paths;
/// 3. runs the rest under a deadline and catches its panics;
/// 4. turns every [`Refusal`] and every rejection of actix itself into the words of the door that the
///    request knocked at;
/// 5. writes the common headers, one log line for each failure (5xx), and the metrics.
#[derive(Debug, Clone)]
pub struct Boundary(Arc<Settings>);

impl Boundary {
    /// A boundary before `doors`: 30 s for a request, bodies up to 1 MiB, no trusted proxy, no
    /// metrics, no cross-origin requests.
    pub fn new(doors: Doors, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self(Arc::new(Settings {
            doors,
            clock,
            entropy,
            deadline: Some(USUAL_DEADLINE),
            metrics: None,
            origins: None,
            body_limits: BodyLimits::default(),
            trusted_proxies: TrustedProxies::default(),
        }))
    }

    /// The longest time for a request; `None` for no limit. Past it the answer is 503.
    #[must_use]
    pub fn deadline(self, deadline: Option<Duration>) -> Self {
        self.with(|settings| settings.deadline = deadline)
    }

    /// Counts requests in `metrics`.
    #[must_use]
    pub fn metrics(self, metrics: Metrics) -> Self {
        self.with(|settings| settings.metrics = Some(metrics))
    }

    /// Lets scripts of these origins use the API from a browser.
    #[must_use]
    pub fn allowed_origins(self, origins: Arc<dyn AllowedOrigins>) -> Self {
        self.with(|settings| settings.origins = Some(origins))
    }

    /// How much of a body is read.
    #[must_use]
    pub fn body_limits(self, limits: BodyLimits) -> Self {
        self.with(|settings| settings.body_limits = limits)
    }

    /// Whose word on the client's address is taken.
    #[must_use]
    pub fn trusted_proxies(self, proxies: TrustedProxies) -> Self {
        self.with(|settings| settings.trusted_proxies = proxies)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for Boundary
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = BoundaryService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let settings = Arc::clone(&self.0);
        ready(Ok(BoundaryService { settings, service: Rc::new(service) }))
    }
}

/// The service that [`Boundary`] makes.
#[derive(Debug)]
pub struct BoundaryService<S> {
    settings: Arc<Settings>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for BoundaryService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (settings, service) = (Arc::clone(&self.settings), Rc::clone(&self.service));
        Box::pin(async move {
            let started = Instant::now();
            let head = request.request();
            let door = settings.doors.find(origin::host(head), head.path());
            let id = RequestId::choose(head.headers(), || settings.moment());
            let span = tracing::info_span!(
                "request",
                door = door.name,
                method = method_label(head.method()),
                request_id = %id,
                route = Empty,
                status = Empty,
                latency_us = Empty,
            );
            let context = RequestContext::new(id, Arc::clone(&settings));
            let exchange = Exchange { settings: &settings, door, context, started };
            exchange.run(service.as_ref(), request).instrument(span).await
        })
    }
}

/// One request with its answer.
struct Exchange<'s> {
    settings: &'s Settings,
    door: &'s Door,
    context: RequestContext,
    started: Instant,
}

/// The answer of the application, or why there is none. In the second case the request is gone, and
/// with it the way to make a `ServiceResponse`: such answers travel as an [`InternalError`].
type Outcome<B> = Result<ServiceResponse<EitherBody<B>>, HttpResponse>;

impl Exchange<'_> {
    async fn run<S, B>(
        self,
        service: &S,
        mut request: ServiceRequest,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody + 'static,
    {
        let _in_flight = self.settings.metrics.as_ref().map(Metrics::begin);
        let method = request.method().clone();
        let body = Held::hold(&mut request);
        let cross_origin = self.cross_origin(&request).await;
        let mut outcome = match self.refuse_early(&request, cross_origin.is_some()) {
            Some(answer) => Ok(request.into_response(answer.map_into_right_body())),
            None => self.serve(service, request).await,
        };
        if let Some(body) = body {
            self.discard(body).await;
        }
        let (headers, status) = match &mut outcome {
            Ok(response) => {
                if self.context.route().is_none() {
                    self.context.set_route(response.request().match_pattern());
                }
                let status = response.status();
                (response.headers_mut(), status)
            }
            Err(response) => {
                let status = response.status();
                (response.headers_mut(), status)
            }
        };
        self.write_headers(headers, cross_origin);
        self.note(&method, status);
        outcome.map_err(|answer| InternalError::from_response("no answer", answer).into())
    }

    /// Takes off the wire what the application has not read, within limits of size and time.
    async fn discard(&self, body: Held) {
        let discarded = body.discard(self.settings.body_limits.discarded);
        let elapsed = self.started.elapsed();
        let left = self.settings.deadline.map(|limit| limit.saturating_sub(elapsed).max(GRACE));
        // What remains after that ends the connection.
        let _in_time = deadline::within(left, discarded).await;
    }

    /// The request's origin, if scripts of it may use the API.
    async fn cross_origin(&self, request: &ServiceRequest) -> Option<HeaderValue> {
        let origins = self.settings.origins.as_ref()?;
        let request = request.request();
        let origin = cors::origin(request)?;
        let (host, path) = (origin::host(request), request.path());
        let allowed = origins.allows(host, path, origin.to_str().ok()?).await;
        allowed.then_some(origin)
    }

    /// The answer to requests that the application need not see.
    fn refuse_early(&self, request: &ServiceRequest, cross_origin: bool) -> Option<HttpResponse> {
        if cross_origin && let Some(answer) = cors::preflight(request.request()) {
            return Some(answer);
        }
        let refusal = target::check(request.uri().path()).err()?;
        Some(self.render(&refusal, Some(request.request()), None))
    }

    /// Lets the application answer, in time and whatever it does.
    async fn serve<S, B>(&self, service: &S, request: ServiceRequest) -> Outcome<B>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody + 'static,
    {
        request.extensions_mut().insert(self.context.clone());
        let work = panic::catch(async { service.call(request).await });
        match deadline::within(self.settings.deadline, work).await {
            Ok(Ok(Ok(response))) => Ok(self.reshape(response)),
            Ok(Ok(Err(error))) => Err(self.explain(&error, None)),
            Ok(Err(message)) => {
                tracing::error!(
                    route = self.context.route(),
                    panic = message,
                    "a handler panicked"
                );
                Err(self.render(&Refusal::Panicked, None, None))
            }
            Err(deadline::Expired) => {
                tracing::warn!(route = self.context.route(), "a request took too long");
                Err(self.render(&Refusal::TimedOut, None, None))
            }
        }
    }

    /// The answer in the door's words, if it is a refusal that is not.
    fn reshape<B: MessageBody>(
        &self,
        response: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B>> {
        let request = Some(response.request());
        let rendered = match response.response().error() {
            Some(error) => Some(self.explain(error, request)),
            None => bare_refusal(&response).map(|refusal| self.render(&refusal, request, None)),
        };
        match rendered {
            Some(rendered) => response.into_response(rendered.map_into_right_body::<B>()),
            None => response.map_into_left_body(),
        }
    }

    /// The door's answer to `error`, which is a refusal or the framework's own.
    fn explain(&self, error: &Error, request: Option<&HttpRequest>) -> HttpResponse {
        let answer = |refusal: &Refusal| {
            log(refusal);
            self.render(refusal, request, Some(error))
        };
        match error.as_error::<Refusal>() {
            Some(refusal) => answer(refusal),
            None => answer(&Refusal::from_framework(error)),
        }
    }

    fn render(
        &self,
        refusal: &Refusal,
        request: Option<&HttpRequest>,
        error: Option<&Error>,
    ) -> HttpResponse {
        self.door.render_to(refusal, &Asked { context: &self.context, request, error })
    }

    fn write_headers(&self, headers: &mut HeaderMap, cross_origin: Option<HeaderValue>) {
        headers.insert(request_id::HEADER, self.context.request_id().header_value());
        if let Some(status) = self.context.rate_limit() {
            status.write(headers);
        }
        if self.settings.origins.is_some() {
            cors::vary(headers);
        }
        if let Some(origin) = cross_origin {
            cors::allow(headers, origin);
        }
    }

    /// Writes status and latency down.
    fn note(&self, method: &actix_web::http::Method, status: StatusCode) {
        let latency = self.started.elapsed();
        let route = self.context.route();
        // Each record writes the fields of the span anew: only for who reads them.
        if tracing::enabled!(tracing::Level::DEBUG) {
            let span = tracing::Span::current();
            span.record("route", route.unwrap_or("unmatched"));
            span.record("status", status.as_u16());
            span.record("latency_us", u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
            tracing::debug!("answered");
        }
        if let Some(metrics) = &self.settings.metrics {
            metrics.observe(self.door.name, route, method, status, latency);
        }
    }
}

/// What actix means by an answer that it makes itself, without an error, a body or a media type:
/// its 404 and 405, and the bare statuses that a handler gives.
fn bare_refusal<B: MessageBody>(response: &ServiceResponse<B>) -> Option<Refusal> {
    let status = response.status();
    let typed = response.headers().contains_key(header::CONTENT_TYPE);
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    if !(status.is_client_error() || status.is_server_error()) || typed || !empty {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Refusal::RouteNotFound,
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = response.headers().get(header::ALLOW);
            let allow = allow.and_then(|allow| allow.to_str().ok()).unwrap_or_default().to_owned();
            Refusal::MethodNotAllowed { allow }
        }
        _ => {
            let reason = status.canonical_reason().unwrap_or("refused").to_lowercase();
            Refusal::Framework { status, reason }
        }
    })
}

/// Writes the one line of a failure, with its causes. What a caller did wrong is not a failure.
fn log(refusal: &Refusal) {
    match refusal {
        Refusal::UseCase(citizenry_identity::Error::Internal(source)) => {
            tracing::error!(error = %chain(source.as_ref()), "internal error");
        }
        Refusal::UseCase(citizenry_identity::Error::Unavailable) => {
            tracing::warn!("temporarily unavailable");
        }
        Refusal::Framework { status, reason } if status.is_server_error() => {
            tracing::error!(status = status.as_u16(), reason, "internal error");
        }
        _ => {}
    }
}

/// `error` and what caused it, from the outside in.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

// `InternalError` is how an answer without a request travels; this pins that actix unpacks it.
const _: fn(&InternalError<&'static str>) -> HttpResponse<BoxBody> =
    <InternalError<&'static str> as ResponseError>::error_response;
