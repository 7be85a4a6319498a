//! Device authorization (RFC 8628, section 3.3): the part in the browser.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::User;
use citizenry_oauth::{DeviceCodeError, DeviceScreen};

use super::{account, consent::groups, link, login::retry_after, shown_client};
use crate::{
    pages::{self, DeviceCode, DeviceConfirm, DeviceDenied, DeviceDone, Form},
    site::{Services, Site},
    wire::pages::{PageForm, PageQuery},
};

/// `GET /activate`.
pub(crate) async fn get(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let locales = query.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let code = query.user_code.as_deref().unwrap_or_default();
    // A link may have brought the code, but not been followed by the person: it is only filled in
    // until there is somebody signed in to confirm it.
    if code.is_empty() || site.signed_in().await?.is_none() {
        return Ok(enter(&site, code, None, StatusCode::OK));
    }
    look_up(&site, code).await
}

/// `POST /activate`.
pub(crate) async fn post(
    request: HttpRequest,
    services: Data<Services>,
    StrictForm(form): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let locales = form.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let code = form.user_code.as_str();
    if !site.is_own_form(&form.csrf) {
        let error = Some(pages::DeviceCodeError::FormExpired);
        return Ok(enter(&site, code, error, StatusCode::FORBIDDEN));
    }
    let Some(signed_in) = site.signed_in().await? else {
        return Ok(site.redirect(&link(&site, "/u/login", None, Some(code))));
    };
    let allow = match form.action.as_deref() {
        Some("allow") => true,
        Some("deny") => false,
        _ => return look_up(&site, code).await,
    };
    let oauth = &services.oauth;
    let decided = oauth.decide_device(site.tenant.id, code, &signed_in, allow, &site.origin);
    if !decided.await? {
        return Ok(unknown(&site, code));
    }
    let here = site.path("/activate");
    let frame = site.frame(&here);
    let page = if allow { DeviceDone.render(&frame) } else { DeviceDenied.render(&frame) };
    Ok(site.show(page, StatusCode::OK))
}

async fn look_up(site: &Site<'_>, code: &str) -> Result<HttpResponse, Refusal> {
    let Some((_, user)) = site.signed_in().await? else {
        return Ok(site.redirect(&link(site, "/u/login", None, Some(code))));
    };
    let oauth = &site.services.oauth;
    match oauth.device_by_user_code(site.tenant.id, code, &site.origin).await {
        Ok(Some(screen)) => Ok(confirm(site, &screen, &user)),
        Ok(None) => Ok(unknown(site, code)),
        Err(DeviceCodeError::TooMany { retry_after: seconds }) => {
            let seconds = u64::try_from(seconds).ok();
            let error = pages::DeviceCodeError::TooManyAttempts { retry_after: seconds };
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = enter(site, code, Some(error), status);
            retry_after(&mut response, seconds.unwrap_or(1));
            Ok(response)
        }
        Err(DeviceCodeError::Other(error)) => Err(error.into()),
    }
}

fn unknown(site: &Site<'_>, code: &str) -> HttpResponse {
    let error = Some(pages::DeviceCodeError::Unknown);
    enter(site, code, error, StatusCode::UNPROCESSABLE_ENTITY)
}

fn enter(
    site: &Site<'_>,
    code: &str,
    error: Option<pages::DeviceCodeError>,
    status: StatusCode,
) -> HttpResponse {
    let here = link(site, "/activate", None, Some(code).filter(|code| !code.is_empty()));
    let (action, csrf) = (site.path("/activate"), site.csrf());
    let form = Form { action: &action, request: None, csrf: &csrf, leads_to: None };
    let page = DeviceCode { form, user_code: code, error };
    site.show(page.render(&site.frame(&here)), status)
}

fn confirm(site: &Site<'_>, screen: &DeviceScreen, user: &User) -> HttpResponse {
    let here = link(site, "/activate", None, Some(&screen.user_code));
    let switch = link(site, "/u/login", None, Some(&screen.user_code));
    let (action, csrf, account) = (site.path("/activate"), site.csrf(), account(user));
    let page = DeviceConfirm {
        form: Form { action: &action, request: None, csrf: &csrf, leads_to: None },
        client: shown_client(&screen.client),
        user_code: &screen.user_code,
        account: &account,
        switch_account_url: Some(&switch),
        groups: groups(&screen.scopes),
    };
    site.show(page.render(&site.frame(&here)), StatusCode::OK)
}
