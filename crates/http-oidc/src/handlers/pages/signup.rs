//! Signing up.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use citizenry_authn::{SignIn, SignInError};
use citizenry_directory::{SignUp, SignUpError};
use citizenry_http_kit::{Refusal, StrictForm, StrictQuery};
use citizenry_identity::{Connection, Error, PasswordPolicy};
use secrecy::ExposeSecret as _;

use super::{Carried, begin, link, login, passwords};
use crate::{
    pages::{self, FieldProblem, Form, PasswordViolation, SignUpField},
    site::{Services, Site},
    wire::pages::{PageForm, PageQuery},
};

/// Whether people may sign up for what the page carries.
pub(super) async fn is_open(site: &Site<'_>, carried: Option<&Carried>) -> Result<bool, Refusal> {
    Ok(opened(site, carried).await?.is_some())
}

async fn opened(
    site: &Site<'_>,
    carried: Option<&Carried>,
) -> Result<Option<(Connection, PasswordPolicy)>, Refusal> {
    let connection = carried.and_then(|carried| carried.request.connection.as_deref());
    let client = carried.map(|carried| &carried.request.client);
    let directory = &site.services.directory;
    Ok(directory.sign_up_connection(site.tenant.id, connection, client).await?)
}

/// `GET /u/signup`.
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
    let Some((connection, policy)) = opened(&site, carried.as_ref()).await? else {
        return Ok(closed(&site));
    };
    let hint = carried.as_ref().and_then(|carried| carried.request.login_hint.as_deref());
    let typed = PageForm { email: hint.unwrap_or_default().to_owned(), ..PageForm::default() };
    let user_code = query.user_code.as_deref();
    let shown = Shown { carried: carried.as_ref(), user_code, connection, policy, typed: &typed };
    Ok(shown.page(&site, Problems::default(), StatusCode::OK))
}

/// `POST /u/signup`.
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
    let Some((connection, policy)) = opened(&site, carried.as_ref()).await? else {
        return Ok(closed(&site));
    };
    let user_code = query.user_code.as_deref();
    let shown = Shown { carried: carried.as_ref(), user_code, connection, policy, typed: &form };
    if !site.is_own_form(&form.csrf) {
        let problems = Problems::page(pages::SignUpError::FormExpired);
        return Ok(shown.page(&site, problems, StatusCode::FORBIDDEN));
    }
    if let Some(problems) = shown.missing() {
        return Ok(shown.page(&site, problems, StatusCode::UNPROCESSABLE_ENTITY));
    }
    match services.directory.sign_up(shown.asked(&site)).await {
        Ok(_user) => shown.sign_in(&site).await,
        Err(error) => {
            let (status, problems) = refusal(error)?;
            let wait = match problems.page {
                Some(pages::SignUpError::TooManyAttempts { retry_after }) => retry_after,
                Some(pages::SignUpError::Busy) => Some(1),
                _ => None,
            };
            let mut response = shown.page(&site, problems, status);
            if let Some(seconds) = wait {
                login::retry_after(&mut response, seconds);
            }
            Ok(response)
        }
    }
}

fn closed(site: &Site<'_>) -> HttpResponse {
    site.show_error(
        StatusCode::FORBIDDEN,
        "sign_up_closed",
        "nobody can sign up here by himself; ask whoever runs this service for an account",
    )
}

/// What is wrong with what was typed.
#[derive(Default)]
struct Problems {
    email: Option<FieldProblem>,
    username: Option<FieldProblem>,
    phone_number: Option<FieldProblem>,
    violations: Vec<PasswordViolation>,
    page: Option<pages::SignUpError>,
}

impl Problems {
    fn page(error: pages::SignUpError) -> Self {
        Self { page: Some(error), ..Self::default() }
    }

    fn field(name: &str, problem: FieldProblem) -> Self {
        let mut problems = Self::default();
        match name {
            "email" => problems.email = Some(problem),
            "username" => problems.username = Some(problem),
            "phone" | "phone_number" => problems.phone_number = Some(problem),
            _ => problems.page = Some(pages::SignUpError::Refused),
        }
        problems
    }
}

fn refusal(error: SignUpError) -> Result<(StatusCode, Problems), Refusal> {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(match error {
        SignUpError::Closed => (StatusCode::FORBIDDEN, Problems::page(pages::SignUpError::Refused)),
        SignUpError::Refused(broken) => {
            let violations = passwords::broken(&broken, false);
            (unprocessable, Problems { violations, ..Problems::default() })
        }
        SignUpError::Taken { field } | SignUpError::Other(Error::Conflict { field, .. }) => {
            (unprocessable, Problems::field(field, FieldProblem::Taken))
        }
        SignUpError::Other(Error::Invalid { field, .. }) => {
            (unprocessable, Problems::field(&field, FieldProblem::Invalid))
        }
        SignUpError::Other(Error::RateLimited { retry_after }) => {
            let retry_after = Some(retry_after.as_secs());
            let error = pages::SignUpError::TooManyAttempts { retry_after };
            (StatusCode::TOO_MANY_REQUESTS, Problems::page(error))
        }
        SignUpError::Other(Error::Unavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, Problems::page(pages::SignUpError::Busy))
        }
        SignUpError::Other(error) => return Err(error.into()),
    })
}

/// The page as it is shown this time.
struct Shown<'a> {
    carried: Option<&'a Carried>,
    user_code: Option<&'a str>,
    connection: Connection,
    policy: PasswordPolicy,
    typed: &'a PageForm,
}

impl Shown<'_> {
    /// Whether the connection asks for a username beside the email address.
    fn wants_username(&self) -> bool {
        self.connection
            .options
            .as_object()
            .get("requires_username")
            .is_some_and(|wants| wants == true)
    }

    fn missing(&self) -> Option<Problems> {
        let required = |text: &str| text.trim().is_empty().then_some(FieldProblem::Required);
        let email = required(&self.typed.email);
        let username = if self.wants_username() { required(&self.typed.username) } else { None };
        let is_empty = self.typed.password.expose_secret().is_empty();
        let violations = if is_empty { passwords::broken(&[], true) } else { Vec::new() };
        let complete = email.is_none() && username.is_none() && violations.is_empty();
        (!complete).then(|| Problems { email, username, violations, ..Problems::default() })
    }

    fn asked(&self, site: &Site<'_>) -> SignUp {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        SignUp {
            tenant: site.tenant.id,
            connection: Some(self.connection.name.to_string()),
            client: self.carried.map(|it| it.request.client.clone()),
            email: given(&self.typed.email),
            username: given(&self.typed.username).filter(|_| self.wants_username()),
            phone: None,
            password: self.typed.password.clone(),
            given_name: None,
            family_name: None,
            name: None,
            nickname: None,
            picture: None,
            user_metadata: serde_json::Map::new(),
            locale: Some(site.locale.tag().to_owned()),
            origin: site.origin.clone(),
        }
    }

    /// Signs in whoever has just signed up.
    async fn sign_in(&self, site: &Site<'_>) -> Result<HttpResponse, Refusal> {
        let asked = SignIn {
            tenant: site.tenant.id,
            connection: Some(self.connection.name.to_string()),
            client: self.carried.map(|it| it.request.client.clone()),
            identifier: self.typed.email.trim().to_owned(),
            password: self.typed.password.clone(),
            previous: site.cookies.session(site.request),
            device: site.cookies.device(site.request),
            origin: site.origin.clone(),
        };
        let authn = &site.services.authn;
        match authn.sign_in(asked).await {
            Ok(signed_in) => login::enter(site, self.carried, self.user_code, signed_in).await,
            Err(SignInError::Other(error)) if !matches!(error, Error::Unavailable) => {
                Err(error.into())
            }
            // The account is there; signing in again is up to the person.
            Err(_) => {
                let sealed = self.carried.map(|carried| carried.sealed.as_str());
                Ok(site.redirect(&link(site, "/u/login", sealed, self.user_code)))
            }
        }
    }

    fn page(&self, site: &Site<'_>, problems: Problems, status: StatusCode) -> HttpResponse {
        let sealed = self.carried.map(|carried| carried.sealed.as_str());
        let here = link(site, "/u/signup", sealed, self.user_code);
        let action = link(site, "/u/signup", None, self.user_code);
        let sign_in = link(site, "/u/login", sealed, self.user_code);
        let csrf = site.csrf();
        let page = pages::SignUp {
            form: Form {
                action: &action,
                request: sealed,
                csrf: &csrf,
                leads_to: self.carried.map(|carried| carried.request.redirect_uri.as_str()),
            },
            client: self.carried.map(Carried::client),
            email: Some(SignUpField {
                value: &self.typed.email,
                optional: false,
                problem: problems.email,
            }),
            username: self.wants_username().then_some(SignUpField {
                value: &self.typed.username,
                optional: false,
                problem: problems.username,
            }),
            phone_number: None,
            rules: passwords::rules(&self.policy),
            violations: problems.violations,
            error: problems.page,
            sign_in_url: Some(&sign_in),
        };
        site.show(page.render(&site.frame(&here)), status)
    }
}
