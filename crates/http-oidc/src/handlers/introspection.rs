//! Asking what a token is good for, and taking one back.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use citizenry_http_kit::{Credentials, FormOrJson, OptionalCredentials, Refusal, origin};
use citizenry_oauth::{IntrospectRequest, OAuth, RevokeRequest, TokenError};

use crate::{
    auth::{PathTenant, basic_client},
    error::{no_store, no_token},
    handlers::token::once_each,
    wire::pairs::Pairs,
};

/// `POST /oauth/introspect` (RFC 7662).
pub(crate) async fn introspect(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(pairs): FormOrJson<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let asking = async {
        once_each(&pairs)?;
        let asked = IntrospectRequest {
            tenant: tenant.0,
            client: pairs.credentials(basic_client(credentials)),
            token: pairs.secret("token").ok_or(TokenError::InvalidRequest("token is missing"))?,
            origin: origin::of(&request),
        };
        oauth.introspect(asked).await
    };
    Ok(match asking.await {
        Ok(claims) => no_store(&mut HttpResponse::Ok()).json(claims),
        Err(error) => no_token(&error, by_header),
    })
}

/// `POST /oauth/revoke` (RFC 7009).
pub(crate) async fn revoke(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(pairs): FormOrJson<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let asking = async {
        once_each(&pairs)?;
        let asked = RevokeRequest {
            tenant: tenant.0,
            client: pairs.credentials(basic_client(credentials)),
            token: pairs.secret("token").ok_or(TokenError::InvalidRequest("token is missing"))?,
            origin: origin::of(&request),
        };
        oauth.revoke(asked).await
    };
    Ok(match asking.await {
        Ok(()) => no_store(&mut HttpResponse::Ok())
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .finish(),
        Err(error) => no_token(&error, by_header),
    })
}
