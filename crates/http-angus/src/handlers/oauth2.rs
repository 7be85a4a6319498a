//! The token endpoint and introspection, as OAuth has them: no envelope.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use citizenry_http_kit::{OptionalCredentials, StrictForm};
use citizenry_oauth::{IntrospectRequest, TokenError};
use serde_json::json;

use crate::wire::{
    auth::Visit,
    sign::{TokenForm, Tokens},
};

pub(crate) async fn token(
    visit: Visit,
    OptionalCredentials(header): OptionalCredentials,
    StrictForm(form): StrictForm<TokenForm>,
) -> HttpResponse {
    let asked = form.request(header, &visit);
    let is_clients = asked.grant_type.as_deref() == Some("client_credentials");
    match visit.services.oauth.token(asked).await {
        Ok(token) if is_clients => given(Tokens::of_client(&token)),
        Ok(token) => given(Tokens::of_user(&token)),
        Err(error) => refused(&error),
    }
}

pub(crate) async fn introspect(
    visit: Visit,
    OptionalCredentials(header): OptionalCredentials,
    StrictForm(form): StrictForm<TokenForm>,
) -> HttpResponse {
    let (client, token) = match form.introspection(header) {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let (tenant, origin) = (visit.tenant.clone(), visit.origin.clone());
    let asked = IntrospectRequest { tenant, client, token, origin };
    match visit.services.oauth.introspect(asked).await {
        Ok(answer) => given(answer),
        Err(error) => refused(&error),
    }
}

fn given(body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

fn refused(error: &TokenError) -> HttpResponse {
    if let TokenError::Internal(source) = error {
        tracing::error!(error = &**source as &dyn std::error::Error, "no token");
    }
    let (status, code) = match error {
        TokenError::InvalidClient(_) => (StatusCode::UNAUTHORIZED, error.code()),
        TokenError::TooMany { .. } => (StatusCode::BAD_REQUEST, "invalid_grant"),
        TokenError::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, error.code()),
        TokenError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, error.code()),
        _ => (StatusCode::BAD_REQUEST, error.code()),
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"citizenry\""));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": code, "error_description": error.to_string() }))
}
