//! Who the token stands for.

use citizenry_authz::Subject;
use serde_json::json;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
};

pub(crate) async fn get(call: Call) -> Answer {
    let name = match call.caller.subject() {
        Subject::User(_) => {
            call.services.directory.own_user(&call.caller).await?.view.user.display_name()
        }
        Subject::Client(client) => client.to_string(),
        Subject::Operator | Subject::System => String::new(),
    };
    call.bare(json!({ "name": name }))
}
