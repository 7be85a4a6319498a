//! What the handlers of pages share: the tenant, the browser, the language, and how to answer.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    cookie::Cookie,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use citizenry_authn::Authn;
use citizenry_directory::Directory;
use citizenry_http_kit::{Refusal, RequestContext, origin};
use citizenry_identity::{Error, Origin, Session, Tenant, User};
use citizenry_oauth::{AuthorizationError, AuthorizationResponse, OAuth, ResponseMode};
use url::Url;

use crate::{
    branding::branding,
    cookies::Cookies,
    pages::{Branding, ErrorPage, FormPost, Frame, Locale, Page, WebMessage},
};

/// The services that pages are made with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// The provider.
    pub oauth: OAuth,
    /// Who is signed in.
    pub authn: Authn,
    /// The people and their tenants.
    pub directory: Directory,
}

/// A browser's visit to the pages of one tenant.
pub(crate) struct Site<'r> {
    pub(crate) request: &'r HttpRequest,
    pub(crate) services: &'r Services,
    pub(crate) tenant: Tenant,
    pub(crate) branding: Branding,
    pub(crate) locale: Locale,
    pub(crate) cookies: Cookies,
    pub(crate) origin: Origin,
    /// The secret that forms are bound to: the browser's, or a new one that it is to keep.
    pub(crate) browser: String,
    is_new_browser: bool,
    /// What lies before the paths of this tenant's pages: nothing, or `/t/acme`.
    prefix: String,
}

impl<'r> Site<'r> {
    /// The visit to the tenant that the path names, else to the default one.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is closed.
    pub(crate) async fn of_path(
        request: &'r HttpRequest,
        services: &'r Services,
        ui_locales: &[&str],
    ) -> Result<Self, Refusal> {
        let tenant = services.oauth.tenant(request.match_info().get("tenant")).await?;
        Ok(Self::of_tenant(request, services, tenant, ui_locales))
    }

    /// The visit to a tenant.
    pub(crate) fn of_tenant(
        request: &'r HttpRequest,
        services: &'r Services,
        tenant: Tenant,
        ui_locales: &[&str],
    ) -> Self {
        let secure = services.oauth.issuers().public_url().starts_with("https:");
        let cookies = Cookies::new(&tenant.name, secure);
        let kept = cookies.browser(request);
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok());
        let default = tenant.name.is_default();
        Self {
            request,
            services,
            branding: branding(&tenant),
            locale: Locale::negotiate(ui_locales, accepted, fallback(&tenant)),
            cookies,
            origin: origin::of(request),
            is_new_browser: kept.is_none(),
            browser: kept.unwrap_or_else(|| services.oauth.browser_secret()),
            prefix: if default { String::new() } else { format!("/t/{}", tenant.name) },
            tenant,
        }
    }

    /// The path of one of this tenant's pages (`/u/login`).
    pub(crate) fn path(&self, page: &str) -> String {
        format!("{}{page}", self.prefix)
    }

    /// Who is signed in in this browser.
    pub(crate) async fn signed_in(&self) -> Result<Option<(Session, User)>, Error> {
        let Some(secret) = self.cookies.session(self.request) else { return Ok(None) };
        self.services.authn.session(self.tenant.id, &secret).await
    }

    /// The hidden input `csrf` of this browser's forms.
    pub(crate) fn csrf(&self) -> String {
        self.services.oauth.form_token(&self.browser)
    }

    /// Whether a form with `csrf` was shown in this browser.
    pub(crate) fn is_own_form(&self, csrf: &str) -> bool {
        !self.is_new_browser && self.services.oauth.is_form_token(&self.browser, csrf)
    }

    /// What surrounds the page at `here`.
    pub(crate) fn frame<'a>(&'a self, here: &'a str) -> Frame<'a> {
        Frame { locale: self.locale, branding: &self.branding, here }
    }

    /// Path and query that the request was sent to.
    pub(crate) fn here(&self) -> String {
        let uri = self.request.uri();
        uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
    }

    /// A page as an answer.
    pub(crate) fn show(&self, page: Page, status: StatusCode) -> HttpResponse {
        self.with_browser(page.respond(status))
    }

    /// The error page.
    pub(crate) fn show_error(
        &self,
        status: StatusCode,
        code: &str,
        description: &str,
    ) -> HttpResponse {
        let context = RequestContext::of(self.request);
        let id = context.as_ref().map(|context| context.request_id().to_string());
        let here = self.here();
        let page = ErrorPage { code, description, request_id: id.as_deref(), back: None };
        self.show(page.render(&self.frame(&here)), status)
    }

    /// Sends the browser elsewhere; by `GET`, whatever it sent here.
    pub(crate) fn redirect(&self, to: &str) -> HttpResponse {
        let mut response = see_other(to);
        self.with_browser(response.finish())
    }

    fn with_browser(&self, mut response: HttpResponse) -> HttpResponse {
        if self.is_new_browser {
            add_cookie(&mut response, &self.cookies.set_browser(&self.browser));
        }
        response
    }

    /// An authorization response, in the way that the client has asked for.
    pub(crate) fn answer(&self, response: &AuthorizationResponse) -> HttpResponse {
        let parameters: Vec<(&str, &str)> =
            response.parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        let here = self.here();
        let frame = self.frame(&here);
        let defect = |what| {
            tracing::error!(what, "an authorization response cannot be sent");
            self.show_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "cannot answer")
        };
        match &response.mode {
            ResponseMode::Query | ResponseMode::Fragment => match response.location() {
                Some(location) => self.redirect(&location),
                None => defect("the redirect URI cannot be read"),
            },
            ResponseMode::FormPost => match Url::parse(&response.redirect_uri) {
                Ok(redirect_uri) => {
                    let page = FormPost { redirect_uri: &redirect_uri, parameters: &parameters };
                    self.show(page.render(&frame), StatusCode::OK)
                }
                Err(_malformed) => defect("the redirect URI cannot be read"),
            },
            ResponseMode::WebMessage { origin } => match Url::parse(origin) {
                Ok(origin) => {
                    let page = WebMessage { origin: &origin, parameters: &parameters };
                    self.show(page.render(&frame), StatusCode::OK)
                }
                Err(_malformed) => defect("the web origin cannot be read"),
            },
        }
    }

    /// The answer to an authorization request that failed.
    pub(crate) fn refuse(&self, error: AuthorizationError) -> Result<HttpResponse, Refusal> {
        match error {
            AuthorizationError::Page { code, description } => {
                Ok(self.show_error(StatusCode::BAD_REQUEST, code, &description))
            }
            AuthorizationError::Answer(response) => Ok(self.answer(&response)),
            AuthorizationError::Other(error) => Err(error.into()),
        }
    }
}

/// The language of a tenant's pages for those who understand none of ours.
fn fallback(tenant: &Tenant) -> Locale {
    let first = tenant.settings.enabled_locales.first().map(String::as_str).unwrap_or_default();
    Locale::negotiate(&[first], None, Locale::En)
}

fn see_other(to: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((header::LOCATION, address(to)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    response
}

/// `to` as a header may hold it: an address of an administrator may have letters beyond ASCII.
fn address(to: &str) -> HeaderValue {
    HeaderValue::from_str(to)
        .ok()
        .or_else(|| HeaderValue::from_str(Url::parse(to).ok()?.as_str()).ok())
        .unwrap_or(HeaderValue::from_static("/"))
}

/// Adds a cookie to an answer that is made already.
pub(crate) fn add_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
