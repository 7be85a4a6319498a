//! Signing up and asking for a new password without a page, as Auth0's and Authok's kits do
//! (`/dbconnections/…`).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use citizenry_directory::{SignUp, SignUpError};
use citizenry_http_kit::{FormOrJson, Refusal};
use citizenry_identity::{ClientIdentifier, Email, Error, Tenant};
use serde_json::json;

use crate::{
    auth::PathTenant,
    site::{Services, Site},
    wire::database_connections::{ChangePasswordBody, SignUpBody, SignedUp},
};

/// What is answered to every request for a mail, whether or not there is an account.
const MAIL_SENT: &str = "We've just sent you an email to reset your password.";

/// `POST /dbconnections/signup`.
pub(crate) async fn sign_up(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    FormOrJson(body): FormOrJson<SignUpBody>,
) -> Result<HttpResponse, Refusal> {
    let Some(client) = client(&services, tenant, body.client_id.as_deref()).await? else {
        return Ok(unknown_client());
    };
    let Named { identifier, tenant } = client;
    let site = Site::of_tenant(&request, &services, tenant, &[]);
    let missing = |field: &str| {
        let description = format!("missing {field} parameter");
        refuse(StatusCode::BAD_REQUEST, "BadRequestError", "bad.request", &description)
    };
    let Some(password) = body.password else { return Ok(missing("password")) };
    if body.email.is_none() && body.username.is_none() && body.phone_number.is_none() {
        return Ok(missing("email"));
    }
    let asked = SignUp {
        tenant: site.tenant.id,
        connection: body.connection,
        client: Some(identifier),
        email: body.email,
        username: body.username,
        phone: body.phone_number,
        password,
        given_name: body.given_name,
        family_name: body.family_name,
        name: body.name,
        nickname: body.nickname,
        picture: body.picture,
        user_metadata: body.user_metadata.unwrap_or_default(),
        locale: Some(site.locale.tag().to_owned()),
        origin: site.origin.clone(),
    };
    match services.directory.sign_up(asked).await {
        Ok(user) => Ok(HttpResponse::Ok().json(SignedUp::from(&user))),
        Err(error) => refusal(error),
    }
}

/// `POST /dbconnections/change_password`.
pub(crate) async fn change_password(
    request: HttpRequest,
    tenant: PathTenant,
    services: Data<Services>,
    FormOrJson(body): FormOrJson<ChangePasswordBody>,
) -> Result<HttpResponse, Refusal> {
    let Some(client) = client(&services, tenant, body.client_id.as_deref()).await? else {
        return Ok(unknown_client());
    };
    let site = Site::of_tenant(&request, &services, client.tenant, &[]);
    let email = body.email.unwrap_or_default();
    if let Err(error) = Email::parse(&email) {
        return Err(error.into());
    }
    let connection = body.connection.as_deref();
    let locale = Some(site.locale.tag());
    services
        .authn
        .request_password_reset(site.tenant.id, connection, &email, locale, &site.origin)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(MAIL_SENT))
}

/// The client that a kit names, and its tenant's name.
struct Named {
    identifier: ClientIdentifier,
    tenant: Tenant,
}

/// The client of that name. A tenant's own path serves its own clients alone.
async fn client(
    services: &Services,
    PathTenant(path): PathTenant,
    named: Option<&str>,
) -> Result<Option<Named>, Refusal> {
    let Some(Ok(identifier)) = named.map(ClientIdentifier::parse) else { return Ok(None) };
    let Some(client) = services.oauth.client(&identifier).await? else { return Ok(None) };
    let tenant = services.oauth.tenant_by_id(client.tenant).await?;
    let tenant = tenant.filter(|it| path.is_none_or(|path| path == it.name.as_str()));
    Ok(tenant.map(|tenant| Named { identifier, tenant }))
}

fn unknown_client() -> HttpResponse {
    refuse(StatusCode::BAD_REQUEST, "BadRequestError", "invalid_request", "unknown client_id")
}

fn refusal(error: SignUpError) -> Result<HttpResponse, Refusal> {
    let bad = StatusCode::BAD_REQUEST;
    Ok(match error {
        SignUpError::Closed => {
            refuse(bad, "BadRequestError", "public_signup_disabled", "Public signup is disabled")
        }
        SignUpError::Refused(rules) => {
            let broken: Vec<String> = rules.iter().map(ToString::to_string).collect();
            let code = if rules.iter().any(|rule| rule.code() == "dictionary") {
                "password_dictionary_error"
            } else {
                "invalid_password"
            };
            HttpResponse::build(bad).json(json!({
                "name": "PasswordStrengthError",
                "message": "Password is too weak",
                "code": code,
                "description": broken.join("; "),
                "rules": rules.iter().map(|rule| rule.code()).collect::<Vec<_>>(),
                "statusCode": bad.as_u16(),
            }))
        }
        SignUpError::Taken { .. } | SignUpError::Other(Error::Conflict { .. }) => {
            refuse(bad, "BadRequestError", "user_exists", "The user already exists.")
        }
        SignUpError::Other(error) => return Err(error.into()),
    })
}

fn refuse(status: StatusCode, name: &str, code: &str, description: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({
        "name": name,
        "code": code,
        "description": description,
        "statusCode": status.as_u16(),
    }))
}
