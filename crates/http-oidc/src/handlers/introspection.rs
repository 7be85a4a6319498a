//! Asking what a token is good for, and taking one back.

use actix_web::{HttpResponse, http::header, web::Data};
use citizenry_oauth::{IntrospectRequest, OAuth, RevokeRequest};

use crate::{client_request::ClientRequest, error::no_store};

/// `POST /oauth/introspect` (RFC 7662).
pub(crate) async fn introspect(request: ClientRequest, oauth: Data<OAuth>) -> HttpResponse {
    request
        .answered(async |request| {
            request.once_each()?;
            let token = request.token()?;
            let ClientRequest { tenant, client, origin, .. } = request;
            let asked = IntrospectRequest { tenant, client, token, origin };
            let claims = oauth.introspect(asked).await?;
            Ok(no_store(&mut HttpResponse::Ok()).json(claims))
        })
        .await
}

/// `POST /oauth/revoke` (RFC 7009).
pub(crate) async fn revoke(request: ClientRequest, oauth: Data<OAuth>) -> HttpResponse {
    request
        .answered(async |request| {
            request.once_each()?;
            let token = request.token()?;
            let ClientRequest { tenant, client, origin, .. } = request;
            oauth.revoke(RevokeRequest { tenant, client, token, origin }).await?;
            Ok(no_store(&mut HttpResponse::Ok())
                .insert_header((header::CONTENT_TYPE, "application/json"))
                .finish())
        })
        .await
}
