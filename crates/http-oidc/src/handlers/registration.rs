//! Clients that register themselves (RFC 7591), and manage what they have registered (RFC 7592).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use citizenry_http_kit::{Credentials, OptionalCredentials, Refusal, StrictJson, origin};
use citizenry_identity::Error;
use citizenry_oauth::{OAuth, Registered, RegistrationAccess, RegistrationError};
use serde_json::{Map, Value, json};

use crate::{auth::PathTenant, error::no_store};

/// `POST /oidc/register`.
pub(crate) async fn create(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
    StrictJson(metadata): StrictJson<Map<String, Value>>,
) -> Result<HttpResponse, Refusal> {
    let from = origin::of(&request);
    let registered = oauth.register(tenant.0.as_deref(), metadata, &from).await;
    answer(registered, StatusCode::CREATED)
}

/// `GET /oidc/register/{client_id}`.
pub(crate) async fn read(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    let Some(access) = access(&request, tenant, credentials) else { return Ok(no_token()) };
    answer(oauth.registration(&access).await, StatusCode::OK)
}

/// `PUT /oidc/register/{client_id}`.
pub(crate) async fn update(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    StrictJson(metadata): StrictJson<Map<String, Value>>,
) -> Result<HttpResponse, Refusal> {
    let Some(access) = access(&request, tenant, credentials) else { return Ok(no_token()) };
    let from = origin::of(&request);
    answer(oauth.update_registration(&access, metadata, &from).await, StatusCode::OK)
}

/// `DELETE /oidc/register/{client_id}`.
pub(crate) async fn delete(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    let Some(access) = access(&request, tenant, credentials) else { return Ok(no_token()) };
    match oauth.delete_registration(&access, &origin::of(&request)).await {
        Ok(()) => Ok(no_store(&mut HttpResponse::NoContent()).finish()),
        Err(error) => refusal(error),
    }
}

fn access(
    request: &HttpRequest,
    tenant: PathTenant,
    credentials: Option<Credentials>,
) -> Option<RegistrationAccess> {
    let client_id = request.match_info().get("client_id")?.to_owned();
    match credentials? {
        Credentials::Bearer(token) => {
            Some(RegistrationAccess { tenant: tenant.0, client_id, token })
        }
        Credentials::Basic(_) => None,
    }
}

fn answer(
    registered: Result<Registered, RegistrationError>,
    status: StatusCode,
) -> Result<HttpResponse, Refusal> {
    match registered {
        Ok(registered) => Ok(no_store(&mut HttpResponse::build(status)).json(registered.metadata)),
        Err(error) => refusal(error),
    }
}

fn no_token() -> HttpResponse {
    refuse(StatusCode::UNAUTHORIZED, "invalid_token", "the registration access token is missing")
}

fn refusal(error: RegistrationError) -> Result<HttpResponse, Refusal> {
    let status = match &error {
        RegistrationError::Disabled => StatusCode::FORBIDDEN,
        RegistrationError::InvalidToken => StatusCode::UNAUTHORIZED,
        RegistrationError::InvalidRedirectUri(_)
        | RegistrationError::InvalidClientMetadata(_)
        | RegistrationError::Other(Error::Invalid { .. } | Error::Conflict { .. }) => {
            StatusCode::BAD_REQUEST
        }
        RegistrationError::Other(_) => {
            return Err(match error {
                RegistrationError::Other(error) => error.into(),
                _ => Refusal::RouteNotFound,
            });
        }
    };
    Ok(refuse(status, error.code(), &error.to_string()))
}

fn refuse(status: StatusCode, code: &str, description: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = "Bearer realm=\"citizenry\", error=\"invalid_token\"";
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    no_store(&mut response).json(json!({ "error": code, "error_description": description }))
}
