//! What callers do to their own account.

use citizenry_directory::OwnChanges;
use citizenry_http_kit::{Object, StrictJson};
use citizenry_identity::PasswordPolicy;

use crate::wire::{
    answer::{Answer, done, shown},
    auth::Call,
    body::Body,
    users::{MAILED_PASSWORD_SECONDS, UpdatePassword, UpdateSelf, UpdatedSelf, User},
};

pub(crate) async fn get(call: Call) -> Answer {
    let detail = call.directory.own_user(&call.caller).await?;
    shown(User::of_detail(&call, &detail))
}

pub(crate) async fn update(call: Call, StrictJson(Object(body)): Body<UpdateSelf>) -> Answer {
    let changes = OwnChanges::try_from(body)?;
    let detail = call.directory.update_own_user(&call.caller, changes).await?;
    shown(UpdatedSelf::from(User::of_detail(&call, &detail)))
}

pub(crate) async fn update_password(
    call: Call,
    StrictJson(Object(body)): Body<UpdatePassword>,
) -> Answer {
    let UpdatePassword { old_password, new_password } = body;
    let policy = Some(PasswordPolicy::audience_manager());
    let authn = &call.authn;
    authn.change_own_password(&call.caller, &old_password, &new_password, policy).await?;
    done()
}

pub(crate) async fn reset_password(call: Call) -> Answer {
    let policy = Some(PasswordPolicy::audience_manager());
    let authn = &call.authn;
    authn.send_temporary_password(&call.caller, policy, MAILED_PASSWORD_SECONDS).await?;
    done()
}
