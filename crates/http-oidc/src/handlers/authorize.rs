//! The authorization endpoint, and how one goes on from its pages.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery, origin};
use citizenry_identity::{Session, User};
use citizenry_oauth::{AuthorizationRequest, Prompt, Step, ValidatedRequest};
use url::form_urlencoded;

use crate::{
    auth::PathTenant,
    site::{Services, Site},
    wire::pairs::Pairs,
};

/// `GET /authorize`.
pub(crate) async fn get(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    StrictQuery(parameters): StrictQuery<Pairs>,
) -> Result<HttpResponse, Refusal> {
    authorize(&request, tenant, &services, parameters).await
}

/// `POST /authorize`. A browser may keep its cookies back from a POST that comes from another site,
/// so the same is asked for once more by `GET`.
pub(crate) async fn post(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    StrictForm(parameters): StrictForm<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let site = Site::of_path(&request, &services, &[]).await?;
    if site.cookies.session(&request).is_some() {
        return authorize(&request, tenant, &services, parameters).await;
    }
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters.0).finish();
    let to = format!("{}?{query}", request.path());
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

async fn authorize(
    request: &HttpRequest,
    tenant: PathTenant,
    services: &Services,
    parameters: Pairs,
) -> Result<HttpResponse, Refusal> {
    let locales = parameters.get("ui_locales").unwrap_or_default().to_owned();
    let asked = AuthorizationRequest {
        tenant: tenant.0,
        host: Some(origin::host(request).to_owned()),
        parameters: parameters.0,
    };
    match services.oauth.validate(asked).await {
        Ok(valid) => {
            let tenant = services.oauth.tenant_by_id(valid.tenant).await?;
            let tenant = tenant.ok_or(Refusal::RouteNotFound)?;
            let site = Site::of_tenant(request, services, tenant, &[&locales]);
            let signed_in = site.signed_in().await?;
            proceed(&site, &valid, signed_in.as_ref()).await
        }
        Err(error) => Site::of_path(request, services, &[&locales]).await?.refuse(error),
    }
}

/// Answers the client, or sends the browser to the page that has to come first.
pub(crate) async fn proceed(
    site: &Site<'_>,
    request: &ValidatedRequest,
    signed_in: Option<&(Session, User)>,
) -> Result<HttpResponse, Refusal> {
    match site.services.oauth.authorize(request, signed_in, &site.origin).await {
        Ok(step) => follow(site, request, step),
        Err(error) => site.refuse(error),
    }
}

/// Takes the next step.
pub(crate) fn follow(
    site: &Site<'_>,
    request: &ValidatedRequest,
    step: Step,
) -> Result<HttpResponse, Refusal> {
    match step {
        Step::Answer(response) => Ok(site.answer(&response)),
        Step::SignIn if wants_sign_up(request) => to_page(site, "/u/signup", request),
        Step::SignIn => to_page(site, "/u/login", request),
        Step::Consent(_) => to_page(site, "/u/consent", request),
    }
}

/// Sends the browser to a page that carries the request along, sealed and bound to the browser.
fn to_page(
    site: &Site<'_>,
    page: &str,
    request: &ValidatedRequest,
) -> Result<HttpResponse, Refusal> {
    let sealed = site.services.oauth.seal_request(request, site.browser.as_bytes())?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("request", &sealed)
        .append_pair("ui_locales", site.locale.tag())
        .finish();
    Ok(site.redirect(&format!("{}?{query}", site.path(page))))
}

/// Whether the application has sent somebody who has no account yet.
fn wants_sign_up(request: &ValidatedRequest) -> bool {
    request.has_prompt(Prompt::Create) || request.screen_hint.as_deref() == Some("signup")
}
