//! Passwords, the login side of users, and the proof of a customer's name.

use citizenry_directory::{TenantChanges, UserRef};
use citizenry_identity::{Error, Kind, PasswordPolicy, Patch};
use secrecy::SecretString;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
    body::Body,
    error::Own,
    parameters::Parameters,
    passwords::{FirstPassword, OwnPassword, UserPassword},
    real_names::RealName,
};

pub(crate) async fn set(call: Call, Body(body): Body<UserPassword>) -> Answer {
    let (user, password) = body.read()?;
    let policy = Some(PasswordPolicy::angus());
    let directory = &call.services.directory;
    let set = directory.set_password(&call.caller, &user, password, policy, true).await;
    set.map_err(Own::of_password)?;
    call.done()
}

pub(crate) async fn check(call: Call, parameters: Parameters) -> Answer {
    let user = parameters.required_number("id")?;
    let password = SecretString::from(parameters.required("password", 80)?);
    let checked = call.services.authn.check_password_of(&call.caller, user, &password).await;
    checked.map_err(Own::of_password)?;
    call.done()
}

pub(crate) async fn set_own(call: Call, Body(body): Body<OwnPassword>) -> Answer {
    let (old, new) = body.read()?;
    let policy = Some(PasswordPolicy::angus());
    let authn = &call.services.authn;
    let set = authn.change_own_password(&call.caller, &old, &new, policy).await;
    set.map_err(Own::of_password)?;
    call.done()
}

pub(crate) async fn check_own(call: Call, parameters: Parameters) -> Answer {
    let password = SecretString::from(parameters.required("password", 80)?);
    let checked = call.services.authn.check_own_password(&call.caller, &password).await;
    checked.map_err(Own::of_password)?;
    call.done()
}

pub(crate) async fn init_own(call: Call, Body(body): Body<FirstPassword>) -> Answer {
    let policy = Some(PasswordPolicy::angus());
    let set = call.services.authn.init_own_password(&call.caller, &body.read()?, policy).await;
    set.map_err(Own::of_password)?;
    call.done()
}

/// Takes the login side of users away: they are disabled, and their tokens end. Unknown users have
/// none.
pub(crate) async fn delete_login(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?;
    let users = ids.into_iter().map(|id| (UserRef::Number(id), false)).collect();
    match call.services.directory.set_users_enabled(&call.caller, users).await {
        Ok(()) | Err(Error::NotFound { kind: Kind::User, .. }) => call.deleted(),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn set_real_name(call: Call, Body(body): Body<RealName>) -> Answer {
    let (tenant, status) = body.read()?;
    let changes = TenantChanges {
        real_name_status: Patch::Set(status.to_owned()),
        ..TenantChanges::default()
    };
    call.services.directory.update_tenant_of(&call.caller, tenant, changes).await?;
    call.done()
}
