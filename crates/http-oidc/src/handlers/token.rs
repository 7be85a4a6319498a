//! The token endpoint.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use citizenry_http_kit::{Credentials, FormOrJson, OptionalCredentials, Refusal, origin};
use citizenry_oauth::{OAuth, TokenRequest};

use crate::{
    auth::{PathTenant, basic_client},
    error::{no_store, no_token},
    wire::token::{TokenAnswer, TokenForm},
};

/// `POST /oauth/token`.
pub(crate) async fn issue(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(form): FormOrJson<TokenForm>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let asked = TokenRequest {
        tenant: tenant.0,
        host: Some(origin::host(&request).to_owned()),
        basic: basic_client(credentials),
        ..form.into()
    };
    match oauth.token(asked).await {
        Ok(token) => Ok(no_store(&mut HttpResponse::Ok()).json(TokenAnswer::from(&token))),
        Err(error) => {
            if let citizenry_oauth::TokenError::Internal(source) = &error {
                tracing::error!(error = &**source as &dyn std::error::Error, "no token");
            }
            Ok(no_token(&error, by_header))
        }
    }
}
