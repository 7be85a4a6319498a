//! Showing that an email address is one's own. The link only shows a button: programs that look
//! through mails follow links, too.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::{Email, User};
use secrecy::{ExposeSecret as _, SecretString};

use super::{home, link, reset::Ticketed};
use crate::{
    pages::{Form, LinkExpired, Verify, VerifyDone},
    site::{Services, Site},
    wire::pages::{PageForm, PageQuery},
};

/// `GET /u/verify/{ticket}`.
pub(crate) async fn show(
    request: HttpRequest,
    services: Data<Services>,
    link: Path<Ticketed>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let locales = query.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    match services.authn.verification_ticket(site.tenant.id, link.ticket()).await? {
        Some(user) => Ok(ask(&site, link.ticket(), &user, false)),
        None => Ok(gone(&site)),
    }
}

/// `POST /u/verify/{ticket}`.
pub(crate) async fn confirm(
    request: HttpRequest,
    services: Data<Services>,
    link: Path<Ticketed>,
    StrictForm(form): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let locales = form.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let (authn, tenant) = (&services.authn, site.tenant.id);
    if !site.is_own_form(&form.csrf) {
        return match authn.verification_ticket(tenant, link.ticket()).await? {
            Some(user) => Ok(ask(&site, link.ticket(), &user, true)),
            None => Ok(gone(&site)),
        };
    }
    match authn.verify_email(tenant, link.ticket(), &site.origin).await? {
        Some(_user) => {
            let here = site.path("/u/login");
            let page = VerifyDone { continue_url: home(&site.tenant) };
            Ok(site.show(page.render(&site.frame(&here)), StatusCode::OK))
        }
        None => Ok(gone(&site)),
    }
}

fn ask(site: &Site<'_>, ticket: &SecretString, user: &User, form_expired: bool) -> HttpResponse {
    let action = site.path(&format!("/u/verify/{}", ticket.expose_secret()));
    let csrf = site.csrf();
    let form = Form { action: &action, request: None, csrf: &csrf, leads_to: None };
    let email = user.email.as_ref().map(Email::as_str).unwrap_or_default();
    let page = Verify { form, email, form_expired };
    let status = if form_expired { StatusCode::FORBIDDEN } else { StatusCode::OK };
    site.show(page.render(&site.frame(&action)), status)
}

fn gone(site: &Site<'_>) -> HttpResponse {
    let sign_in = link(site, "/u/login", None, None);
    let page = LinkExpired { again_url: None, sign_in_url: Some(&sign_in) };
    site.show(page.render(&site.frame(&sign_in)), StatusCode::GONE)
}
