//! A door's table of routes: one line a route, and a list of them for the tests that must visit each.

use std::{
    future::{Ready, ready},
    hash::Hash,
    rc::Rc,
};

use actix_web::{
    Error, FromRequest, Handler, HttpResponse, Resource, Responder, Route, Scope,
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

    /// Adds the routes to an application or a scope. A pattern without parameters goes before those
    /// with some, whatever the order. What patterns with parameters begin with (`/t` of
    /// `/t/{tenant}/login`) is theirs: other services below it are to be added before.
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
        let prefixes = prefixes(grouped.iter().map(|(pattern, _, _)| *pattern));
        let mut scopes: Vec<(&str, Vec<Resource>)> =
            prefixes.into_iter().map(|prefix| (prefix, Vec::new())).collect();
        let mut others = Vec::new();
        for (pattern, methods, routes) in grouped {
            if is_literal(pattern) {
                config.service(resource(pattern, &methods, routes));
                continue;
            }
            match scopes.iter_mut().find(|(prefix, _)| is_below(prefix, pattern)) {
                Some((prefix, resources)) => {
                    let rest = pattern.strip_prefix(*prefix).unwrap_or(pattern);
                    resources.push(resource(rest, &methods, routes));
                }
                None => others.push(resource(pattern, &methods, routes)),
            }
        }
        for (prefix, resources) in scopes {
            config.service(resources.into_iter().fold(web::scope(prefix), Scope::service));
        }
        for resource in others {
            config.service(resource);
        }
    }
}

/// The resource of a pattern, which names its methods to who asks by another.
fn resource(pattern: &str, methods: &[Method], routes: Vec<Route>) -> Resource {
    let allow = allow(methods);
    let other = web::to(move || {
        let allow = (header::ALLOW, allow.clone());
        async move { HttpResponse::MethodNotAllowed().insert_header(allow).finish() }
    });
    let resource = web::resource(pattern).default_service(other);
    routes.into_iter().fold(resource, Resource::route)
}

/// The literal beginnings that patterns with parameters have in common: none is below another. A
/// request is held against the patterns below one beginning instead of against all of them, each of
/// which is a regular expression.
fn prefixes(patterns: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut prefixes: Vec<&str> =
        patterns.filter(|pattern| !is_literal(pattern)).map(literal_beginning).collect();
    prefixes.sort_unstable_by_key(|prefix| prefix.len());
    let mut outermost = Vec::<&str>::new();
    for prefix in prefixes {
        if !outermost.iter().any(|outer| is_below(outer, prefix)) {
            outermost.push(prefix);
        }
    }
    // All patterns are below the empty one, which would not shorten anything.
    outermost.retain(|prefix| !prefix.is_empty());
    outermost
}

/// Whether a pattern has no parameters.
fn is_literal(pattern: &str) -> bool {
    !pattern.contains('{')
}

/// The segments of a pattern before the first that has a parameter.
fn literal_beginning(pattern: &str) -> &str {
    let parameter = pattern.find('{').unwrap_or(pattern.len());
    let slash = pattern.get(..parameter).and_then(|before| before.rfind('/'));
    slash.and_then(|slash| pattern.get(..slash)).unwrap_or_default()
}

/// Whether `path` is `prefix` or lies below it.
fn is_below(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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

#[cfg(test)]
mod tests {
    use actix_web::HttpRequest;

    use super::*;
    use crate::testing::Client;

    /// Answers the pattern that was matched and its parameters.
    async fn tell(request: HttpRequest) -> String {
        let parameters: Vec<String> =
            request.match_info().iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", request.match_pattern().unwrap_or_default(), parameters.join(","))
    }

    async fn client() -> Client {
        Client::new(|config| {
            Routes::new()
                .public_get("/users/{id}", tell)
                .public_get("/users", tell)
                .public_get("/users/{id}/roles", tell)
                .public_get("/users/search", tell)
                .public_get("/users-by-email", tell)
                .public_get("/auth/user/{id}", tell)
                .public_get("/auth/{kind}/all", tell)
                .public_post("/auth/user/{id}/lock", tell)
                .configure(config);
        })
        .await
    }

    #[actix_web::test]
    async fn a_path_finds_its_pattern() {
        let client = client().await;
        for (path, told) in [
            ("/users", "/users "),
            ("/users/7", "/users/{id} id=7"),
            ("/users/7/roles", "/users/{id}/roles id=7"),
            ("/users/search", "/users/search "),
            ("/users-by-email", "/users-by-email "),
            ("/auth/user/7", "/auth/user/{id} id=7"),
            ("/auth/user/all", "/auth/user/{id} id=all"),
            ("/auth/group/all", "/auth/{kind}/all kind=group"),
        ] {
            let answer = client.get(path).send().await;
            assert_eq!((answer.status, answer.text().as_str()), (200, told), "{path}");
        }
    }

    #[actix_web::test]
    async fn what_no_pattern_has_is_missing_and_other_methods_are_named() {
        let client = client().await;
        for path in ["/", "/user", "/users/", "/users/7/", "/users/7/groups", "/auth", "/auth/x/y"]
        {
            assert_eq!(client.get(path).send().await.status, 404, "{path}");
        }
        for (path, allow) in [("/users", "GET, HEAD"), ("/users/7", "GET, HEAD")] {
            let answer = client.delete(path).send().await;
            assert_eq!((answer.status, answer.header("allow")), (405, allow), "{path}");
        }
        let answer = client.get("/auth/user/7/lock").send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    }

    #[test]
    fn beginnings_are_apart_from_each_other() {
        let beginnings = |patterns: &[&'static str]| prefixes(patterns.iter().copied());
        assert_eq!(
            beginnings(&["/auth/user/{id}", "/auth/{kind}/all", "/users", "/users/{id}"]),
            ["/auth", "/users"]
        );
        assert_eq!(beginnings(&["/users-{kind}", "/users/{id}"]), <[&str; 0]>::default());
        assert_eq!(beginnings(&["/users", "/groups"]), <[&str; 0]>::default());
    }
}
