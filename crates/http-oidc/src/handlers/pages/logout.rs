//! Signing out: OpenID Connect's way, the vendors' ways, and a page of our own.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::{Session, User};
use citizenry_oauth::{AuthorizationError, LogoutRequest, LogoutStep};
use serde::Deserialize;
use url::form_urlencoded;

use super::{account, home, link};
use crate::{
    auth::PathTenant,
    pages::{Form, LoggedOut, LogoutConfirm},
    site::{Services, Site, add_cookie},
    wire::{pages::PageQuery, pairs::Pairs},
};

/// `GET /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0).
pub(crate) async fn get(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    StrictQuery(parameters): StrictQuery<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let site = site(&request, &services, &parameters).await?;
    sign_out(&site, tenant, parameters, false).await
}

/// `POST /oidc/logout`: from a client, or from the page that asks.
pub(crate) async fn post(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<Pairs>,
    StrictForm(form): StrictForm<Pairs>,
) -> Result<HttpResponse, Refusal> {
    if form.get("action") == Some("logout") {
        let site = site(&request, &services, &form).await?;
        let confirmed = site.is_own_form(form.get("csrf").unwrap_or_default());
        // The page asks again when the form was not its own.
        return sign_out(&site, tenant, query, confirmed).await;
    }
    let site = site(&request, &services, &form).await?;
    sign_out(&site, tenant, form, false).await
}

/// `GET /u/logout`: signs out without an application.
pub(crate) async fn page(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let locales = query.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    if site.signed_in().await?.is_none() {
        return Ok(done(&site, None));
    }
    confirm(&site, &Pairs::default()).await
}

async fn site<'r>(
    request: &'r HttpRequest,
    services: &'r Services,
    parameters: &Pairs,
) -> Result<Site<'r>, Refusal> {
    let locales = parameters.get("ui_locales").unwrap_or_default();
    Site::of_path(request, services, &[locales]).await
}

async fn sign_out(
    site: &Site<'_>,
    tenant: PathTenant,
    parameters: Pairs,
    confirmed: bool,
) -> Result<HttpResponse, Refusal> {
    let signed_in = site.signed_in().await?;
    let asked = LogoutRequest {
        tenant: tenant.0,
        parameters: parameters.0.clone(),
        confirmed,
        session: signed_in.as_ref(),
    };
    let step = site.services.oauth.logout(asked).await;
    follow(site, &parameters, signed_in.as_ref(), step).await
}

async fn follow(
    site: &Site<'_>,
    parameters: &Pairs,
    signed_in: Option<&(Session, User)>,
    step: Result<LogoutStep, AuthorizationError>,
) -> Result<HttpResponse, Refusal> {
    match step {
        Ok(LogoutStep::Confirm { .. }) => confirm(site, parameters).await,
        Ok(LogoutStep::SignOut { redirect_to }) => {
            if let Some((session, _)) = signed_in {
                let authn = &site.services.authn;
                authn.sign_out(site.tenant.id, session.id, &site.origin).await?;
            }
            Ok(done(site, redirect_to.as_deref()))
        }
        Err(error) => site.refuse(error),
    }
}

async fn confirm(site: &Site<'_>, parameters: &Pairs) -> Result<HttpResponse, Refusal> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.0.iter().filter(|(name, _)| name != "ui_locales"));
    let action = format!("{}?{}", site.path("/oidc/logout"), query.finish());
    let signed_in = site.signed_in().await?;
    let account = signed_in.as_ref().map(|(_, user)| account(user));
    let leads_to = parameters.get("post_logout_redirect_uri");
    let csrf = site.csrf();
    let page = LogoutConfirm {
        form: Form { action: &action, request: None, csrf: &csrf, leads_to },
        account: account.as_deref(),
        stay: None,
    };
    Ok(site.show(page.render(&site.frame(&action)), StatusCode::OK))
}

/// Forgets the session and leads back, or says that it is done.
fn done(site: &Site<'_>, redirect_to: Option<&str>) -> HttpResponse {
    let mut response = if let Some(uri) = redirect_to {
        site.redirect(uri)
    } else {
        let here = link(site, "/u/logout", None, None);
        let sign_in = home(&site.tenant);
        let page = LoggedOut { back: None, sign_in_url: sign_in };
        site.show(page.render(&site.frame(&here)), StatusCode::OK)
    };
    add_cookie(&mut response, &site.cookies.forget_session());
    response
}

/// What the vendors' browser kits send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VendorQuery {
    client_id: Option<String>,
    #[serde(alias = "return_to")]
    #[serde(rename = "returnTo")]
    return_to: Option<String>,
}

/// `GET /v2/logout` (Auth0) and `GET /v1/logout` (Authok).
pub(crate) async fn vendor(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<VendorQuery>,
) -> Result<HttpResponse, Refusal> {
    let site = Site::of_path(&request, &services, &[]).await?;
    let signed_in = site.signed_in().await?;
    let (client, back) = (query.client_id.as_deref(), query.return_to.as_deref());
    let oauth = &services.oauth;
    let step = oauth.vendor_logout(tenant.0.as_deref(), client, back).await;
    follow(&site, &Pairs::default(), signed_in.as_ref(), step).await
}
