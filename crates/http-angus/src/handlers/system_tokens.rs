//! Tokens that administrators make for systems.

use crate::wire::{
    answer::{Answer, Answers as _},
    api_tokens::{AddSystemToken, SystemTokenAuth, TokenRow, TokenValue},
    auth::Call,
    body::Body,
    ids::PathId,
    parameters::Parameters,
};

pub(crate) async fn add(call: Call, Body(body): Body<AddSystemToken>) -> Answer {
    let new = body.read(call.voice().zone())?;
    let (token, value) = call.services.oauth.create_system_token(&call.caller, new).await?;
    call.created(TokenValue::new(&token, &value, &call))
}

pub(crate) async fn list(call: Call) -> Answer {
    let tokens = call.services.oauth.system_tokens(&call.caller).await?;
    call.shown(tokens.iter().map(|view| TokenRow::new(view, &call)).collect::<Vec<_>>())
}

pub(crate) async fn access(call: Call, PathId(id): PathId) -> Answer {
    let access = call.services.oauth.system_token_access(&call.caller, id).await?;
    call.shown(SystemTokenAuth::from(access))
}

pub(crate) async fn value(call: Call, PathId(id): PathId) -> Answer {
    let (token, value) = call.services.oauth.system_token_value(&call.caller, id).await?;
    call.shown(TokenValue::new(&token, &value, &call))
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?;
    call.services.oauth.delete_system_tokens(&call.caller, ids).await?;
    call.deleted()
}
