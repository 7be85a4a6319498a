//! Pushed authorization requests (RFC 9126), and the device authorization endpoint (RFC 8628).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use citizenry_http_kit::{Credentials, FormOrJson, OptionalCredentials, Refusal, origin};
use citizenry_oauth::{DeviceRequest, OAuth, PushRequest};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    auth::{PathTenant, basic_client},
    error::{no_store, no_token},
    handlers::token::once_each,
    wire::pairs::Pairs,
};

/// `POST /oauth/par`.
pub(crate) async fn push(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(pairs): FormOrJson<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let asked = PushRequest {
        tenant: tenant.0,
        host: Some(origin::host(&request).to_owned()),
        credentials: pairs.credentials(basic_client(credentials)),
        parameters: pairs.0,
    };
    Ok(match oauth.push(asked).await {
        Ok(pushed) => no_store(&mut HttpResponse::Created()).json(json!({
            "request_uri": pushed.request_uri,
            "expires_in": pushed.expires_in,
        })),
        Err(error) => no_token(&error, by_header),
    })
}

/// `POST /oauth/device/code`.
pub(crate) async fn device(
    request: HttpRequest,
    tenant: PathTenant,
    OptionalCredentials(credentials): OptionalCredentials,
    oauth: Data<OAuth>,
    FormOrJson(pairs): FormOrJson<Pairs>,
) -> Result<HttpResponse, Refusal> {
    let by_header = matches!(credentials, Some(Credentials::Basic(_)));
    let asking = async {
        once_each(&pairs)?;
        let asked = DeviceRequest {
            tenant: tenant.0,
            host: Some(origin::host(&request).to_owned()),
            client: pairs.credentials(basic_client(credentials)),
            scope: pairs.get("scope").map(str::to_owned),
            audience: pairs.get("audience").map(str::to_owned),
            resources: pairs.all("resource"),
            origin: origin::of(&request),
        };
        oauth.device_authorization(asked).await
    };
    Ok(match asking.await {
        Ok(device) => no_store(&mut HttpResponse::Ok()).json(json!({
            "device_code": device.device_code.expose_secret(),
            "user_code": device.user_code,
            "verification_uri": device.verification_uri,
            "verification_uri_complete": device.verification_uri_complete,
            "expires_in": device.expires_in,
            "interval": device.interval,
        })),
        Err(error) => no_token(&error, by_header),
    })
}
