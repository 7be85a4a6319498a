//! The user who is asking.

use citizenry_authn::CodeAddress;
use serde_json::json;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
    body::Body,
    codes::{EmailChange, MobileChange, OwnEmailCode, OwnSmsCode, own_email_check, own_sms_check},
    parameters::Parameters,
    user_bodies::OwnBody,
    users::{Current, CurrentTenant},
};

pub(crate) async fn get(call: Call) -> Answer {
    call.caller.require_user()?;
    let detail = call.services.directory.own_user(&call.caller).await?;
    call.shown(Current::new(&detail, &call)?)
}

pub(crate) async fn update(call: Call, Body(body): Body<OwnBody>) -> Answer {
    call.caller.require_user()?;
    call.services.directory.update_own_user(&call.caller, body.changes()?).await?;
    call.done()
}

pub(crate) async fn tenant(call: Call) -> Answer {
    call.caller.require_user()?;
    let detail = call.services.directory.own_user(&call.caller).await?;
    call.shown(CurrentTenant::new(&detail.tenant))
}

pub(crate) async fn send_sms(call: Call, Body(body): Body<OwnSmsCode>) -> Answer {
    let usual = call.caller.tenant_context().phone_country;
    send(call, body.address(usual)?).await
}

pub(crate) async fn send_email(call: Call, Body(body): Body<OwnEmailCode>) -> Answer {
    send(call, body.address()?).await
}

async fn send(call: Call, address: CodeAddress) -> Answer {
    let locale = Some(call.voice().locale());
    call.services.authn.send_own_code(&call.caller, address, locale).await?;
    call.done()
}

pub(crate) async fn check_sms(call: Call, parameters: Parameters) -> Answer {
    let usual = call.caller.tenant_context().phone_country;
    check(call, own_sms_check(&parameters, usual)?).await
}

pub(crate) async fn check_email(call: Call, parameters: Parameters) -> Answer {
    check(call, own_email_check(&parameters)?).await
}

async fn check(call: Call, (address, code): (CodeAddress, secrecy::SecretString)) -> Answer {
    let secret = call.services.authn.check_own_code(&call.caller, address, &code).await?;
    call.shown(json!({ "linkSecret": secrecy::ExposeSecret::expose_secret(&secret) }))
}

pub(crate) async fn update_mobile(call: Call, Body(body): Body<MobileChange>) -> Answer {
    let usual = call.caller.tenant_context().phone_country;
    call.services.authn.change_own_address(&call.caller, body.read(usual)?).await?;
    call.done()
}

pub(crate) async fn update_email(call: Call, Body(body): Body<EmailChange>) -> Answer {
    call.services.authn.change_own_address(&call.caller, body.read()?).await?;
    call.done()
}
