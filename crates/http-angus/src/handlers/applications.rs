//! Applications of users, of which there are none here.

use citizenry_directory::UserRef;
use serde_json::{Value, json};

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
    ids::PathId,
};

pub(crate) async fn list(call: Call, PathId(id): PathId) -> Answer {
    call.services.directory.user(&call.caller, &UserRef::Number(id)).await?;
    call.shown(Vec::<Value>::new())
}

pub(crate) async fn functions(call: Call, PathId(id): PathId) -> Answer {
    call.services.directory.user(&call.caller, &UserRef::Number(id)).await?;
    call.shown(json!({ "appFuncs": [] }))
}
