//! Signing in, out and up, for anybody.

use citizenry_authn::{CodeAddress, CodeCheck, CodePurpose, CodeRequest, LinkReset, PasswordError};
use citizenry_http_kit::Refusal;
use citizenry_identity::PasswordPolicy;
use citizenry_oauth::RevokeRequest;
use secrecy::SecretString;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::{DeviceId, Visit},
    body::Body,
    codes::{Account, PublicEmailCode, PublicSmsCode, checked_email, checked_phone, purpose},
    parameters::Parameters,
    sign::{
        ClientSignIn, ForgetPassword, Renew, SignIn, SignOut, SignUp, Tokens, no_tokens,
        not_signed_in,
    },
    sign_up::{not_made, not_renewed},
    users::id_key,
};

pub(crate) async fn sign_in(
    visit: Visit,
    DeviceId(device): DeviceId,
    Body(body): Body<SignIn>,
) -> Answer {
    let asked = body.read(device, &visit)?;
    let token = visit.services.oauth.token(asked).await.map_err(no_tokens)?;
    visit.shown(Tokens::of_user(&token))
}

/// The vendor's twin of a sign-in, with the password in the address: not offered.
pub(crate) async fn sign_in_by_address() -> Answer {
    Err(Refusal::MethodNotAllowed { allow: "POST".to_owned() }.into())
}

pub(crate) async fn renew(visit: Visit, Body(body): Body<Renew>) -> Answer {
    let asked = body.read(&visit)?;
    let token = visit.services.oauth.token(asked).await.map_err(no_tokens)?;
    visit.shown(Tokens::of_user(&token))
}

pub(crate) async fn sign_out(visit: Visit, Body(body): Body<SignOut>) -> Answer {
    let (client, token) = body.read()?;
    let (tenant, origin) = (visit.tenant.clone(), visit.origin.clone());
    let asked = RevokeRequest { tenant, client, token, origin };
    visit.services.oauth.sign_out_by_client(asked).await.map_err(no_tokens)?;
    visit.done()
}

pub(crate) async fn client_sign_in(visit: Visit, Body(body): Body<ClientSignIn>) -> Answer {
    let asked = body.read(&visit)?;
    let token = visit.services.oauth.token(asked).await.map_err(no_tokens)?;
    visit.shown(Tokens::of_client(&token))
}

pub(crate) async fn sign_up(visit: Visit, Body(body): Body<SignUp>) -> Answer {
    let tenant = visit.open_tenant().await?;
    let (check, account) = body.read(&tenant, visit.origin.clone())?;
    let proof = visit.services.authn.redeem_sign_up_code(check).await?;
    let made = visit.services.directory.sign_up_by_code(account.with(proof)).await;
    visit.created(id_key(&made.map_err(not_made)?))
}

pub(crate) async fn accounts(visit: Visit, parameters: Parameters) -> Answer {
    let asked = citizenry_authn::SignIn {
        tenant: visit.open_tenant().await?.id,
        connection: None,
        client: None,
        identifier: parameters.required("account", 100)?.to_owned(),
        password: SecretString::from(parameters.required("password", 80)?),
        previous: None,
        device: None,
        origin: visit.origin.clone(),
    };
    let found = visit.services.authn.accounts_of(asked).await.map_err(not_signed_in)?;
    visit.shown(found.into_iter().map(Account::from).collect::<Vec<_>>())
}

pub(crate) async fn forget_password(visit: Visit, Body(body): Body<ForgetPassword>) -> Answer {
    let (user, link_secret, password) = body.read()?;
    let reset = LinkReset {
        tenant: visit.open_tenant().await?.id,
        user: user.into(),
        link_secret,
        password,
        policy: Some(PasswordPolicy::angus()),
    };
    let renewed = visit.services.authn.reset_password_with_link(reset, &visit.origin).await;
    renewed.map_err(|error: PasswordError| not_renewed(error))?;
    visit.done()
}

pub(crate) async fn send_sms(visit: Visit, Body(body): Body<PublicSmsCode>) -> Answer {
    let tenant = visit.open_tenant().await?;
    let (purpose, address) = body.read(tenant.settings.phone_country)?;
    send(visit, tenant.id, purpose, address).await
}

pub(crate) async fn send_email(visit: Visit, Body(body): Body<PublicEmailCode>) -> Answer {
    let tenant = visit.open_tenant().await?;
    let (purpose, address) = body.read()?;
    send(visit, tenant.id, purpose, address).await
}

async fn send(
    visit: Visit,
    tenant: citizenry_identity::TenantId,
    purpose: CodePurpose,
    address: CodeAddress,
) -> Answer {
    let (locale, origin) = (Some(visit.voice().locale().to_owned()), visit.origin.clone());
    let request = CodeRequest { tenant, purpose, address, locale, origin };
    visit.services.authn.send_code(request).await?;
    visit.done()
}

pub(crate) async fn check_sms(visit: Visit, parameters: Parameters) -> Answer {
    let tenant = visit.open_tenant().await?;
    let address = checked_phone(&parameters, tenant.settings.phone_country)?;
    check(visit, tenant.id, address, parameters).await
}

pub(crate) async fn check_email(visit: Visit, parameters: Parameters) -> Answer {
    let tenant = visit.open_tenant().await?;
    check(visit, tenant.id, checked_email(&parameters)?, parameters).await
}

async fn check(
    visit: Visit,
    tenant: citizenry_identity::TenantId,
    address: CodeAddress,
    parameters: Parameters,
) -> Answer {
    let check = CodeCheck {
        tenant,
        purpose: purpose(&parameters)?,
        address,
        code: SecretString::from(parameters.required("verificationCode", 8)?),
        origin: visit.origin.clone(),
    };
    let accounts = visit.services.authn.check_code(check).await?;
    visit.shown(accounts.into_iter().map(Account::from).collect::<Vec<_>>())
}
