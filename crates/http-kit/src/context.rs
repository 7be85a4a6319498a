//! What the boundary knows of a request, at hand in every extractor and handler.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use citizenry_identity::{Error, Moment};

use crate::{
    body::BodyLimits, boundary::Settings, error::Refusal, origin::TrustedProxies,
    rate_limit::RateLimitStatus, request_id::RequestId,
};

/// The boundary's view of the request. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RequestContext(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    request_id: RequestId,
    settings: Arc<Settings>,
    /// The matched pattern, once routing is over.
    route: OnceCell<String>,
    rate_limit: Cell<Option<RateLimitStatus>>,
}

impl RequestContext {
    pub(crate) fn new(request_id: RequestId, settings: Arc<Settings>) -> Self {
        let (route, rate_limit) = (OnceCell::new(), Cell::new(None));
        Self(Rc::new(Inner { request_id, settings, route, rate_limit }))
    }

    /// The context of `request`; `None` when no [`Boundary`](crate::Boundary) wraps the application.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// The identifier of the request.
    pub fn request_id(&self) -> &RequestId {
        &self.0.request_id
    }

    /// The present and randomness, for the use case that this request leads to.
    pub fn moment(&self) -> Moment {
        self.0.settings.moment()
    }

    /// The pattern of the route that matched (`/api/v1/users/{id}`), once one has.
    pub fn route(&self) -> Option<&str> {
        self.0.route.get().map(String::as_str)
    }

    pub(crate) fn set_route(&self, pattern: Option<String>) {
        if let Some(pattern) = pattern {
            // Set at most once: a request is routed once.
            let _already = self.0.route.set(pattern);
        }
    }

    pub(crate) fn body_limits(&self) -> BodyLimits {
        self.0.settings.body_limits
    }

    pub(crate) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.0.settings.trusted_proxies
    }

    pub(crate) fn rate_limit(&self) -> Option<RateLimitStatus> {
        self.0.rate_limit.get()
    }

    pub(crate) fn set_rate_limit(&self, status: RateLimitStatus) {
        self.0.rate_limit.set(Some(status));
    }
}

impl FromRequest for RequestContext {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = Self::of(request);
        let missing = || Refusal::from(Error::internal("no Boundary wraps the application"));
        std::future::ready(context.ok_or_else(missing))
    }
}
