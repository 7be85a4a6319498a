//! What the tenant's pages look like.

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    branding::{Branding, UpdateBranding},
};

pub(crate) async fn get(call: Call) -> Answer {
    let branding = call.directory.branding(&call.caller).await?;
    call.shown(Branding::from(branding))
}

pub(crate) async fn update(call: Call, Body(body): Body<UpdateBranding>) -> Answer {
    let branding = call.directory.update_branding(&call.caller, body.changes()?).await?;
    call.shown(Branding::from(branding))
}
