//! Signing in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use citizenry_authn::{SignIn, SignInError, SignedIn};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::Error;
use secrecy::ExposeSecret as _;

use super::{Carried, begin, home, link};
use crate::{
    handlers::authorize::proceed,
    pages::{self, Form, SignInNotice},
    site::{Services, Site, add_cookie},
    wire::pages::{PageForm, PageQuery},
};

/// `GET /u/login`.
pub(crate) async fn get(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<HttpResponse, Refusal> {
    let (locales, sealed) = (query.ui_locales.as_deref(), query.request.as_deref());
    let (site, carried) = match begin(&request, &services, locales, sealed).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let hint = carried.as_ref().and_then(|carried| carried.request.login_hint.as_deref());
    let shown = Shown {
        carried: carried.as_ref(),
        user_code: query.user_code.as_deref(),
        username: hint.unwrap_or_default(),
        error: None,
        notice: query.notice.as_deref().and_then(notice),
    };
    shown.page(&site, StatusCode::OK).await
}

/// `POST /u/login`.
pub(crate) async fn post(
    request: HttpRequest,
    services: Data<Services>,
    StrictQuery(query): StrictQuery<PageQuery>,
    StrictForm(form): StrictForm<PageForm>,
) -> Result<HttpResponse, Refusal> {
    let (locales, sealed) = (form.ui_locales.as_deref(), form.request.as_deref());
    let (site, carried) = match begin(&request, &services, locales, sealed).await? {
        Ok(begun) => begun,
        Err(answer) => return Ok(answer),
    };
    let mut shown = Shown {
        carried: carried.as_ref(),
        user_code: query.user_code.as_deref(),
        username: &form.username,
        error: None,
        notice: None,
    };
    if !site.is_own_form(&form.csrf) {
        shown.error = Some(pages::SignInError::FormExpired);
        return shown.page(&site, StatusCode::FORBIDDEN).await;
    }
    let asked = SignIn {
        tenant: site.tenant.id,
        connection: carried.as_ref().and_then(|it| it.request.connection.clone()),
        client: carried.as_ref().map(|it| it.request.client.clone()),
        identifier: form.username.clone(),
        password: form.password,
        previous: site.cookies.session(&request),
        device: site.cookies.device(&request),
        origin: site.origin.clone(),
    };
    match services.authn.sign_in(asked).await {
        Ok(signed_in) => {
            enter(&site, carried.as_ref(), query.user_code.as_deref(), signed_in).await
        }
        Err(SignInError::MustChange { ticket }) => {
            let page = format!("/u/reset/{}", ticket.expose_secret());
            Ok(site.redirect(&link(&site, &page, form.request.as_deref(), None)))
        }
        Err(error) => {
            let (status, words) = refusal(error)?;
            shown.error = Some(words);
            shown.page(&site, status).await
        }
    }
}

/// Gives the browser its session and goes on with what it came for.
pub(super) async fn enter(
    site: &Site<'_>,
    carried: Option<&Carried>,
    user_code: Option<&str>,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let SignedIn { user, session, secret, device } = signed_in;
    let mut response = match (carried, user_code) {
        (Some(carried), _) => proceed(site, &carried.request, Some(&(session, user))).await?,
        (None, Some(code)) => site.redirect(&link(site, "/activate", None, Some(code))),
        (None, None) => match home(&site.tenant) {
            Some(home) => site.redirect(home),
            None => site.redirect(&link(site, "/u/logout", None, None)),
        },
    };
    add_cookie(&mut response, &site.cookies.set_session(&secret));
    add_cookie(&mut response, &site.cookies.set_device(&device));
    Ok(response)
}

fn notice(word: &str) -> Option<SignInNotice> {
    match word {
        "password_changed" => Some(SignInNotice::PasswordChanged),
        "email_verified" => Some(SignInNotice::EmailVerified),
        _ => None,
    }
}

/// The status and the words of a sign-in that failed.
fn refusal(error: SignInError) -> Result<(StatusCode, pages::SignInError), Refusal> {
    let seconds = |seconds: i64| u64::try_from(seconds).ok();
    Ok(match error {
        SignInError::Wrong | SignInError::LimitReached { .. } => {
            (StatusCode::UNAUTHORIZED, pages::SignInError::WrongCredentials)
        }
        SignInError::Locked { retry_after } | SignInError::TooMany { retry_after } => {
            let retry_after = seconds(retry_after);
            let words = pages::SignInError::TooManyAttempts { retry_after };
            (StatusCode::TOO_MANY_REQUESTS, words)
        }
        SignInError::Blocked => (StatusCode::FORBIDDEN, pages::SignInError::AccountUnavailable),
        // Led to a page of its own already.
        SignInError::MustChange { .. } => {
            (StatusCode::FORBIDDEN, pages::SignInError::AccountUnavailable)
        }
        SignInError::Other(Error::Unavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, pages::SignInError::Busy)
        }
        SignInError::Other(error) => return Err(error.into()),
    })
}

/// The page as it is shown this time.
struct Shown<'a> {
    carried: Option<&'a Carried>,
    user_code: Option<&'a str>,
    username: &'a str,
    error: Option<pages::SignInError>,
    notice: Option<SignInNotice>,
}

impl Shown<'_> {
    async fn page(&self, site: &Site<'_>, status: StatusCode) -> Result<HttpResponse, Refusal> {
        let sealed = self.carried.map(|carried| carried.sealed.as_str());
        let here = link(site, "/u/login", sealed, self.user_code);
        let action = link(site, "/u/login", None, self.user_code);
        let forgot = link(site, "/u/reset", sealed, None);
        let sign_up = link(site, "/u/signup", sealed, self.user_code);
        let may_sign_up = super::signup::is_open(site, self.carried).await?;
        let csrf = site.csrf();
        let page = pages::SignIn {
            form: Form {
                action: &action,
                request: sealed,
                csrf: &csrf,
                leads_to: self.carried.map(|carried| carried.request.redirect_uri.as_str()),
            },
            client: self.carried.map(Carried::client),
            username: self.username,
            ways: vec![pages::Way::default()],
            error: self.error,
            notice: self.notice,
            forgot_url: Some(&forgot),
            sign_up_url: may_sign_up.then_some(sign_up.as_str()),
        };
        let mut response = site.show(page.render(&site.frame(&here)), status);
        if let Some(pages::SignInError::TooManyAttempts { retry_after: Some(seconds) }) = self.error
        {
            retry_after(&mut response, seconds);
        } else if self.error == Some(pages::SignInError::Busy) {
            retry_after(&mut response, 1);
        }
        Ok(response)
    }
}

/// Says when to try again.
pub(super) fn retry_after(response: &mut HttpResponse, seconds: u64) {
    use actix_web::http::header;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
}
