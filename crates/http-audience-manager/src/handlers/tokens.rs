//! The token endpoints.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::Data,
};
use citizenry_http_kit::{
    OptionalCredentials, OptionalForm, Refusal, StrictForm, StrictQuery, origin,
};
use citizenry_identity::Error;
use citizenry_oauth::{AUTHORIZE_PATH, OAuth, TokenRequest};

use crate::wire::tokens::{
    Endpoint, ExchangedToken, LegacyToken, Parameters, ServerToken, authorization, basic_client,
    given, refused,
};

/// Password, refresh token and authorization code.
pub(crate) async fn legacy(
    request: HttpRequest,
    oauth: Data<OAuth>,
    OptionalCredentials(credentials): OptionalCredentials,
    StrictForm(parameters): StrictForm<Parameters>,
) -> HttpResponse {
    let basic = basic_client(credentials);
    let endpoint = Endpoint::Legacy { by_header: basic.is_some() };
    let asked = match parameters.legacy(basic) {
        Ok(asked) => TokenRequest { origin: origin::of(&request), ..asked },
        Err(error) => return refused(endpoint, &error),
    };
    match oauth.token(asked).await {
        Ok(token) => given(LegacyToken::from(&token)),
        Err(error) => refused(endpoint, &error),
    }
}

/// Sends the browser to the provider's own page: whose client asks decides there about the tenant.
pub(crate) async fn authorize(
    oauth: Data<OAuth>,
    StrictQuery(parameters): StrictQuery<BTreeMap<String, String>>,
) -> Result<HttpResponse, Refusal> {
    let page = format!("{}{AUTHORIZE_PATH}", oauth.issuers().public_url());
    let location = HeaderValue::from_str(&authorization(&page, &parameters));
    let location = location.map_err(Error::internal)?;
    Ok(HttpResponse::Found().insert_header((header::LOCATION, location)).finish())
}

/// Client credentials. The parameters come in the body or in the query.
pub(crate) async fn server_to_server(
    request: HttpRequest,
    oauth: Data<OAuth>,
    StrictQuery(query): StrictQuery<Parameters>,
    OptionalForm(body): OptionalForm<Parameters>,
) -> HttpResponse {
    let asked = query.or(body.unwrap_or_default()).and_then(Parameters::server_to_server);
    let asked = match asked {
        Ok(asked) => TokenRequest { origin: origin::of(&request), ..asked },
        Err(error) => return refused(Endpoint::ServerToServer, &error),
    };
    match oauth.token(asked).await {
        Ok(token) => given(ServerToken::from(&token)),
        Err(error) => refused(Endpoint::ServerToServer, &error),
    }
}

/// A JWT that the technical account has signed.
pub(crate) async fn exchange(
    request: HttpRequest,
    oauth: Data<OAuth>,
    StrictForm(parameters): StrictForm<Parameters>,
) -> HttpResponse {
    let asked = match parameters.exchange(origin::of(&request)) {
        Ok(asked) => asked,
        Err(error) => return refused(Endpoint::Exchange, &error),
    };
    match oauth.exchange_jwt(asked).await {
        Ok(token) => given(ExchangedToken::from(&token)),
        Err(error) => refused(Endpoint::Exchange, &error),
    }
}
