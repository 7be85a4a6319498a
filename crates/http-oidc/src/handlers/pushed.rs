//! Pushed authorization requests (RFC 9126), and the device authorization endpoint (RFC 8628).

use actix_web::{HttpResponse, web::Data};
use citizenry_oauth::{DeviceRequest, OAuth, PushRequest};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{client_request::ClientRequest, error::no_store};

/// `POST /oauth/par`.
pub(crate) async fn push(request: ClientRequest, oauth: Data<OAuth>) -> HttpResponse {
    request
        .answered(async |request| {
            let asked = PushRequest {
                tenant: request.tenant,
                host: Some(request.host),
                credentials: request.client,
                parameters: request.pairs.0,
            };
            let pushed = oauth.push(asked).await?;
            Ok(no_store(&mut HttpResponse::Created()).json(json!({
                "request_uri": pushed.request_uri,
                "expires_in": pushed.expires_in,
            })))
        })
        .await
}

/// `POST /oauth/device/code`.
pub(crate) async fn device(request: ClientRequest, oauth: Data<OAuth>) -> HttpResponse {
    request
        .answered(async |request| {
            request.once_each()?;
            let pairs = &request.pairs;
            let asked = DeviceRequest {
                scope: pairs.get("scope").map(str::to_owned),
                audience: pairs.get("audience").map(str::to_owned),
                resources: pairs.all("resource"),
                tenant: request.tenant,
                host: Some(request.host),
                client: request.client,
                origin: request.origin,
            };
            let device = oauth.device_authorization(asked).await?;
            Ok(no_store(&mut HttpResponse::Ok()).json(json!({
                "device_code": device.device_code.expose_secret(),
                "user_code": device.user_code,
                "verification_uri": device.verification_uri,
                "verification_uri_complete": device.verification_uri_complete,
                "expires_in": device.expires_in,
                "interval": device.interval,
            })))
        })
        .await
}
