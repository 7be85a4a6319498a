//! The hosted pages: one file a page.

pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod passwords;
pub(crate) mod reset;
pub(crate) mod signup;
pub(crate) mod verify;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use citizenry_http_kit::Refusal;
use citizenry_identity::{Tenant, User};
use citizenry_oauth::ValidatedRequest;
use url::form_urlencoded;

use crate::{
    pages::Client,
    site::{Services, Site},
};

/// The authorization request that a page carries along: open, and as the page hands it on.
pub(crate) struct Carried {
    pub(crate) sealed: String,
    pub(crate) request: ValidatedRequest,
    client: citizenry_identity::Client,
}

impl Carried {
    /// Opens what the page carries. `None` when it is too old, or another browser's, or another
    /// tenant's, or the client is gone.
    pub(crate) async fn open(site: &Site<'_>, sealed: &str) -> Result<Option<Self>, Refusal> {
        let oauth = &site.services.oauth;
        let Some(request) = oauth.open_request(sealed, site.browser.as_bytes()) else {
            return Ok(None);
        };
        if request.tenant != site.tenant.id {
            return Ok(None);
        }
        let client = oauth.client(&request.client).await?;
        let client = client.filter(|client| client.tenant == site.tenant.id);
        Ok(client.map(|client| Self { sealed: sealed.to_owned(), request, client }))
    }

    /// As [`Carried::open`], for pages that may also stand alone. `Err` when what is carried is no
    /// good.
    pub(crate) async fn maybe(
        site: &Site<'_>,
        sealed: Option<&str>,
    ) -> Result<Result<Option<Self>, Expired>, Refusal> {
        let Some(sealed) = sealed else { return Ok(Ok(None)) };
        Ok(Self::open(site, sealed).await?.map(Some).ok_or(Expired))
    }

    /// The application that asks, as pages show it.
    pub(crate) fn client(&self) -> Client<'_> {
        shown_client(&self.client)
    }
}

/// What a page carries is too old or not this browser's.
pub(crate) struct Expired;

/// The visit to a page that may stand alone, and what it carries. `Err` is the answer to what is too
/// old, or another browser's.
pub(crate) async fn begin<'r>(
    request: &'r HttpRequest,
    services: &'r Services,
    ui_locales: Option<&str>,
    sealed: Option<&str>,
) -> Result<Result<(Site<'r>, Option<Carried>), HttpResponse>, Refusal> {
    let site = Site::of_path(request, services, &[ui_locales.unwrap_or_default()]).await?;
    Ok(match Carried::maybe(&site, sealed).await? {
        Ok(carried) => Ok((site, carried)),
        Err(Expired) => Err(expired(&site)),
    })
}

/// A client as pages show it.
pub(crate) fn shown_client(client: &citizenry_identity::Client) -> Client<'_> {
    let settings = &client.settings;
    Client {
        name: settings.display_name.as_deref().unwrap_or(client.name.as_str()),
        logo_url: settings.logo_uri.as_deref(),
        policy_url: settings.oidc.policy_uri.as_deref(),
        terms_url: settings.oidc.tos_uri.as_deref(),
    }
}

/// What a page is opened with beside its path: whatever was carried so far.
pub(crate) fn link(
    site: &Site<'_>,
    page: &str,
    request: Option<&str>,
    user_code: Option<&str>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(request) = request {
        query.append_pair("request", request);
    }
    if let Some(user_code) = user_code {
        query.append_pair("user_code", user_code);
    }
    query.append_pair("ui_locales", site.locale.tag());
    format!("{}?{}", site.path(page), query.finish())
}

/// The answer to a page whose request is gone: the person has to begin again at the application.
pub(crate) fn expired(site: &Site<'_>) -> HttpResponse {
    site.show_error(
        StatusCode::BAD_REQUEST,
        "expired_request",
        "this sign-in was begun too long ago or in another browser; start again at the application",
    )
}

/// What a person is called on a page.
pub(crate) fn account(user: &User) -> String {
    let name = user.display_name();
    match &user.email {
        Some(email) if email.as_str() != name => format!("{name} ({})", email.as_str()),
        _ => name,
    }
}

/// Where a browser goes that has signed in without an application.
pub(crate) fn home(tenant: &Tenant) -> Option<&str> {
    tenant.settings.default_redirection_uri.as_deref()
}
