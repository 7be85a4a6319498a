//! Tokens that people make for themselves.

use crate::wire::{
    answer::{Answer, Answers as _},
    api_tokens::{AddUserToken, TokenRow, TokenValue},
    auth::Call,
    body::Body,
    error::Own,
    ids::PathId,
    parameters::Parameters,
};

pub(crate) async fn add(call: Call, Body(body): Body<AddUserToken>) -> Answer {
    let new = body.read(call.voice().zone())?;
    let made = call.services.oauth.create_personal_token(&call.caller, new).await;
    let (token, value) = made.map_err(Own::of_password)?;
    call.created(TokenValue::new(&token, &value, &call))
}

pub(crate) async fn list(call: Call) -> Answer {
    let tokens = call.services.oauth.personal_tokens(&call.caller).await?;
    call.shown(tokens.iter().map(|view| TokenRow::new(view, &call)).collect::<Vec<_>>())
}

pub(crate) async fn value(call: Call, PathId(id): PathId) -> Answer {
    let (token, value) = call.services.oauth.personal_token_value(&call.caller, id).await?;
    call.shown(TokenValue::new(&token, &value, &call))
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?;
    call.services.oauth.delete_personal_tokens(&call.caller, ids).await?;
    call.deleted()
}
