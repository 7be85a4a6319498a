//! Asking whether a client may have what it asks for.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::User;
use citizenry_oauth::{ConsentScope, ConsentScreen, Step};

use super::{Carried, account, expired, link, shown_client};
use crate::{
    handlers::authorize::{follow, proceed},
    pages::{self, Form, Scope, ScopeGroup},
    site::{Services, Site},
    wire::pages::{PageForm, PageQuery},
};

/// `GET /u/consent`.
pub(crate) async fn get(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let locales = query.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let sealed = query.request.as_deref().unwrap_or_default();
    let Some(carried) = Carried::open(&site, sealed).await? else { return Ok(expired(&site)) };
    let signed_in = site.signed_in().await?;
    let step = services.oauth.authorize(&carried.request, signed_in.as_ref(), &site.origin).await;
    match (step, &signed_in) {
        (Ok(Step::Consent(screen)), Some((_, user))) => Ok(page(&site, &carried, &screen, user)),
        (Ok(step), _) => follow(&site, &carried.request, step),
        (Err(error), _) => site.refuse(error),
    }
}

/// `POST /u/consent`.
pub(crate) async fn post(
    request: HttpRequest,
    services: Data<Services>,
    StrictForm(form): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let locales = form.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let sealed = form.request.as_deref().unwrap_or_default();
    let Some(carried) = Carried::open(&site, sealed).await? else { return Ok(expired(&site)) };
    if !site.is_own_form(&form.csrf) {
        return Ok(expired(&site));
    }
    let signed_in = site.signed_in().await?;
    let Some(signed_in) = signed_in else { return proceed(&site, &carried.request, None).await };
    match form.action.as_deref() {
        Some("allow") => {
            match services.oauth.allow(&carried.request, Some(&signed_in), &site.origin).await {
                Ok(step) => follow(&site, &carried.request, step),
                Err(error) => site.refuse(error),
            }
        }
        Some("deny") => Ok(site.answer(&services.oauth.deny(&carried.request))),
        _ => proceed(&site, &carried.request, Some(&signed_in)).await,
    }
}

fn page(site: &Site<'_>, carried: &Carried, screen: &ConsentScreen, user: &User) -> HttpResponse {
    let here = link(site, "/u/consent", Some(&carried.sealed), None);
    let switch = link(site, "/u/login", Some(&carried.sealed), None);
    let (action, csrf, account) = (site.path("/u/consent"), site.csrf(), account(user));
    let page = pages::Consent {
        form: Form {
            action: &action,
            request: Some(&carried.sealed),
            csrf: &csrf,
            leads_to: Some(carried.request.redirect_uri.as_str()),
        },
        client: shown_client(&screen.client),
        account: &account,
        switch_account_url: Some(&switch),
        groups: groups(&screen.scopes),
    };
    site.show(page.render(&site.frame(&here)), StatusCode::OK)
}

/// The scopes by resource server, those of the account first.
pub(super) fn groups(scopes: &[ConsentScope]) -> Vec<ScopeGroup<'_>> {
    let mut groups: Vec<ScopeGroup<'_>> = Vec::new();
    for scope in scopes {
        let server = scope.audience_name.as_deref();
        let shown = Scope { value: &scope.name, description: scope.description.as_deref() };
        match groups.iter_mut().find(|group| group.resource_server == server) {
            Some(group) => group.scopes.push(shown),
            None => groups.push(ScopeGroup { resource_server: server, scopes: vec![shown] }),
        }
    }
    groups.sort_by_key(|group| group.resource_server.is_some());
    groups
}
