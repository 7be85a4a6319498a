//! A door's table of routes: one line a route, and a list of them for the tests that must visit each.

use std::{
    future::{Ready, ready},
    hash::Hash,
    rc::Rc,
};

use actix_web::{
    Error, FromRequest, Handler, HttpResponse, Responder, Route,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    guard,
    http::{Method, header},
    web,
};
use futures_util::future::LocalBoxFuture;

use crate::{
    authentication::authenticate, context::RequestContext, error::Refusal, origin,
    rate_limit::RateLimiter,
};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only a caller with a good token: he is authenticated, and counted against the rate limit,
    /// before anything of the request but its head is read.
    Authenticated,
    /// Anybody; the handler may ask for credentials of its own kind.
    Public,
}

/// One route, as tests see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// The method. `GET` answers `HEAD` as well.
    pub method: Method,
    /// The pattern below the door's prefix (`/users/{id}`).
    pub pattern: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// A table of routes. Where two patterns fit one path, the one that was named first is taken. A path
/// that exists answers other methods with 405 and `Allow`.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use citizenry_http_kit::Routes;
///
/// async fn list() -> HttpResponse { HttpResponse::Ok().finish() }
/// async fn token() -> HttpResponse { HttpResponse::Ok().finish() }
///
/// fn routes() -> Routes {
///     Routes::new()
///         .get("/users", list)
///         .public_post("/oauth/token", token)
/// }
///
/// fn configure(config: &mut web::ServiceConfig) {
///     config.service(web::scope("/api/v1").configure(|config| routes().configure(config)));
/// }
/// assert_eq!(routes().entries().count(), 2);
/// # let _ = configure;
/// ```
#[derive(Default)]
pub struct Routes {
    routes: Vec<(RouteEntry, Route)>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// Methods of [`Routes`] that differ in the HTTP method and in [`Access`] alone.
macro_rules! methods {
    ($($name:ident, $method:ident, $access:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[must_use]
        pub fn $name<F, Args>(self, pattern: &'static str, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.route(Method::$method, pattern, Access::$access, handler)
        }
    )*};
}

impl Routes {
    /// A table without routes.
    pub fn new() -> Self {
        Self::default()
    }

    methods! {
        get, GET, Authenticated, "`GET` (and `HEAD`) of `pattern` for authenticated callers.";
        post, POST, Authenticated, "`POST` to `pattern` for authenticated callers.";
        put, PUT, Authenticated, "`PUT` of `pattern` for authenticated callers.";
        patch, PATCH, Authenticated, "`PATCH` of `pattern` for authenticated callers.";
        delete, DELETE, Authenticated, "`DELETE` of `pattern` for authenticated callers.";
        public_get, GET, Public, "`GET` (and `HEAD`) of `pattern` for anybody.";
        public_post, POST, Public, "`POST` to `pattern` for anybody.";
    }

    /// `method` on `pattern` for `access`.
    #[must_use]
    pub fn route<F, Args>(
        mut self,
        method: Method,
        pattern: &'static str,
        access: Access,
        handler: F,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = if method == Method::GET {
            web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            web::method(method.clone())
        };
        let route = route.to(handler).wrap(Gate(access));
        self.routes.push((RouteEntry { method, pattern, access }, route));
        self
    }

    /// The routes, in the order in which they were named.
    pub fn entries(&self) -> impl Iterator<Item = &RouteEntry> {
        self.routes.iter().map(|(entry, _)| entry)
    }

    /// Adds the routes to an application or a scope.
    pub fn configure(self, config: &mut web::ServiceConfig) {
        let mut grouped: Vec<(&'static str, Vec<Method>, Vec<Route>)> = Vec::new();
        for (RouteEntry { method, pattern, .. }, route) in self.routes {
            match grouped.iter_mut().find(|(known, _, _)| *known == pattern) {
                Some((_, methods, routes)) => {
                    methods.push(method);
                    routes.push(route);
                }
                None => grouped.push((pattern, vec![method], vec![route])),
            }
        }
        for (pattern, methods, routes) in grouped {
            let allow = allow(&methods);
            let other = web::to(move || {
                let allow = (header::ALLOW, allow.clone());
                async move { HttpResponse::MethodNotAllowed().insert_header(allow).finish() }
            });
            let resource = web::resource(pattern).default_service(other);
            config.service(routes.into_iter().fold(resource, actix_web::Resource::route));
        }
    }
}

/// The value of `Allow` for a resource with `methods`.
fn allow(methods: &[Method]) -> String {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if let Some(get) = names.iter().position(|name| *name == "GET") {
        names.insert(get + 1, "HEAD");
    }
    names.join(", ")
}

/// What stands before a handler: notes the route, authenticates, counts.
struct Gate(Access);

impl<S, B> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = GateService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GateService { access: self.0, service: Rc::new(service) }))
    }
}

struct GateService<S> {
    access: Access,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for GateService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (access, service) = (self.access, Rc::clone(&self.service));
        Box::pin(async move {
            if let Err(refusal) = admit(access, &request).await {
                return Ok(request.error_response(refusal));
            }
            Ok(service.call(request).await?.map_into_boxed_body())
        })
    }
}

/// Lets `request` in, or says why not.
async fn admit(access: Access, request: &ServiceRequest) -> Result<(), Refusal> {
    let request = request.request();
    let context = RequestContext::of(request);
    if let Some(context) = &context {
        context.set_route(request.match_pattern());
    }
    if access == Access::Public {
        return Ok(());
    }
    let authenticated = authenticate(request).await;
    let Some(limiter) = request.app_data::<web::Data<RateLimiter>>() else {
        return authenticated.map(|_caller| ());
    };
    let pattern = context.as_ref().and_then(RequestContext::route).unwrap_or_default();
    let route = (request.method(), pattern);
    match &authenticated {
        Ok(caller) => count(limiter, route, (caller.tenant(), caller.subject()), context.as_ref())?,
        Err(_) => count(limiter, route, origin::of(request).ip, context.as_ref())?,
    }
    authenticated.map(|_caller| ())
}

fn count(
    limiter: &RateLimiter,
    route: (&Method, &str),
    requester: impl Hash,
    context: Option<&RequestContext>,
) -> Result<(), Refusal> {
    let status = limiter.count(route, requester);
    if let Some(context) = context {
        context.set_rate_limit(status);
    }
    match status.retry_after {
        Some(retry_after) => Err(Refusal::RateLimited { retry_after }),
        None => Ok(()),
    }
}
