//! A new password, by a mail.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use citizenry_authn::PasswordError;
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::{Email, Error, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{Carried, account, begin, link, login::retry_after, passwords};
use crate::{
    pages::{
        Form, LinkExpired, NewPassword, NewPasswordDone, PasswordViolation, ResetRequest,
        ResetRequestError, ResetSent,
    },
    site::{Services, Site},
    wire::pages::{PageForm, PageQuery, secret},
};

/// The ticket in a link.
#[derive(Deserialize)]
pub(crate) struct Ticketed {
    #[serde(deserialize_with = "secret")]
    ticket: SecretString,
}

impl Ticketed {
    /// The ticket's secret.
    pub(crate) fn ticket(&self) -> &SecretString {
        &self.ticket
    }
}

/// `GET /u/reset`.
pub(crate) async fn ask(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let (locales, sealed) = (query.ui_locales.as_deref(), query.request.as_deref());
    let (site, carried) = match begin(&request, &services, locales, sealed).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    Ok(asked(&site, carried.as_ref(), "", None, StatusCode::OK))
}

/// `POST /u/reset`.
pub(crate) async fn send(
    request: HttpRequest,
    services: Data<Services>,
    StrictForm(form): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let (locales, sealed) = (form.ui_locales.as_deref(), form.request.as_deref());
    let (site, carried) = match begin(&request, &services, locales, sealed).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let again = |error, status| asked(&site, carried.as_ref(), &form.email, Some(error), status);
    if !site.is_own_form(&form.csrf) {
        return Ok(again(ResetRequestError::FormExpired, StatusCode::FORBIDDEN));
    }
    if Email::parse(&form.email).is_err() {
        return Ok(again(ResetRequestError::InvalidEmail, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let connection = carried.as_ref().and_then(|carried| carried.request.connection.as_deref());
    let locale = Some(site.locale.tag());
    let (authn, tenant) = (&services.authn, site.tenant.id);
    let sent =
        authn.request_password_reset(tenant, connection, &form.email, locale, &site.origin).await;
    match sent {
        Ok(()) => {
            let sealed = carried.as_ref().map(|carried| carried.sealed.as_str());
            let sign_in = link(&site, "/u/login", sealed, None);
            let here = link(&site, "/u/reset", sealed, None);
            let page = ResetSent { sign_in_url: Some(&sign_in) };
            Ok(site.show(page.render(&site.frame(&here)), StatusCode::OK))
        }
        Err(Error::RateLimited { retry_after: wait }) => {
            let seconds = wait.as_secs().max(1);
            let error = ResetRequestError::TooManyAttempts { retry_after: Some(seconds) };
            let mut response = again(error, StatusCode::TOO_MANY_REQUESTS);
            retry_after(&mut response, seconds);
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn asked(
    site: &Site<'_>,
    carried: Option<&Carried>,
    email: &str,
    error: Option<ResetRequestError>,
    status: StatusCode,
) -> HttpResponse {
    let sealed = carried.map(|carried| carried.sealed.as_str());
    let here = link(site, "/u/reset", sealed, None);
    let sign_in = link(site, "/u/login", sealed, None);
    let (action, csrf) = (site.path("/u/reset"), site.csrf());
    let form = Form { action: &action, request: sealed, csrf: &csrf, leads_to: None };
    let page = ResetRequest { form, email, error, sign_in_url: Some(&sign_in) };
    site.show(page.render(&site.frame(&here)), status)
}

/// `GET /u/reset/{ticket}`: shows the form, changes nothing.
pub(crate) async fn show(
    request: HttpRequest,
    services: Data<Services>,
    ticketed: Path<Ticketed>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let locales = query.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    match services.authn.reset_ticket(site.tenant.id, ticketed.ticket()).await? {
        Some(user) => {
            let shown = Shown { ticket: ticketed.ticket(), request: query.request, user };
            shown.form(&site, Vec::new(), StatusCode::OK).await
        }
        None => Ok(gone(&site)),
    }
}

/// `POST /u/reset/{ticket}`.
pub(crate) async fn set(
    request: HttpRequest,
    services: Data<Services>,
    ticketed: Path<Ticketed>,
    StrictQuery(query): StrictQuery<PageQuery>,
    StrictForm(posted): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let locales = posted.ui_locales.as_deref().unwrap_or_default();
    let site = Site::of_path(&request, &services, &[locales]).await?;
    let (authn, tenant) = (&services.authn, site.tenant.id);
    let Some(user) = authn.reset_ticket(tenant, ticketed.ticket()).await? else {
        return Ok(gone(&site));
    };
    let shown = Shown { ticket: ticketed.ticket(), request: query.request, user };
    if !site.is_own_form(&posted.csrf) {
        return shown.form(&site, Vec::new(), StatusCode::FORBIDDEN).await;
    }
    if posted.password.expose_secret().is_empty() {
        let missing = passwords::broken(&[], true);
        return shown.form(&site, missing, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match authn.reset_password(tenant, ticketed.ticket(), posted.password, &site.origin).await {
        Ok(_user) => Ok(shown.done(&site)),
        Err(PasswordError::TicketGone) => Ok(gone(&site)),
        Err(PasswordError::Refused(broken)) => {
            let broken = passwords::broken(&broken, false);
            shown.form(&site, broken, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(PasswordError::Other(error)) => Err(error.into()),
    }
}

/// The page for a new password.
struct Shown<'a> {
    ticket: &'a SecretString,
    /// The sealed authorization request that the person was sent away from.
    request: Option<String>,
    user: User,
}

impl Shown<'_> {
    async fn form(
        &self,
        site: &Site<'_>,
        violations: Vec<PasswordViolation>,
        status: StatusCode,
    ) -> Result<HttpResponse, Refusal> {
        let directory = &site.services.directory;
        let policy = directory.password_policy(site.tenant.id, self.user.id).await?;
        let page = format!("/u/reset/{}", self.ticket.expose_secret());
        let action = link(site, &page, self.request.as_deref(), None);
        let (csrf, account) = (site.csrf(), account(&self.user));
        let page = NewPassword {
            form: Form { action: &action, request: None, csrf: &csrf, leads_to: None },
            account: &account,
            rules: passwords::rules(&policy),
            violations,
            form_expired: status == StatusCode::FORBIDDEN,
        };
        Ok(site.show(page.render(&site.frame(&action)), status))
    }

    fn done(&self, site: &Site<'_>) -> HttpResponse {
        let here = link(site, "/u/login", self.request.as_deref(), None);
        let page = NewPasswordDone { sign_in_url: Some(&here) };
        site.show(page.render(&site.frame(&here)), StatusCode::OK)
    }
}

fn gone(site: &Site<'_>) -> HttpResponse {
    let again = link(site, "/u/reset", None, None);
    let sign_in = link(site, "/u/login", None, None);
    let page = LinkExpired { again_url: Some(&again), sign_in_url: Some(&sign_in) };
    site.show(page.render(&site.frame(&again)), StatusCode::GONE)
}
