//! Who the token stands for, and the end of tokens.

use actix_web::http::StatusCode;
use citizenry_authz::Subject;
use citizenry_identity::Username;
use secrecy::SecretString;
use serde_json::json;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
    parameters::Parameters,
};

pub(crate) async fn get(call: Call) -> Answer {
    let name = match call.caller.subject() {
        Subject::User(_) => {
            let detail = call.services.directory.own_user(&call.caller).await?;
            let username = detail.user().username.as_ref().map(Username::as_str);
            username.map_or_else(|| detail.user().display_name(), str::to_owned)
        }
        Subject::Client(client) => client.to_string(),
        Subject::Operator | Subject::System => String::new(),
    };
    call.bare(json!({ "name": name }))
}

pub(crate) async fn revoke(call: Call, parameters: Parameters) -> Answer {
    let token = SecretString::from(parameters.required("access_token", 200)?);
    if call.services.oauth.revoke_shown_token(&call.caller, &token).await? {
        return call.bare(json!({}));
    }
    let body = json!({ "error": "revoke_fail", "error_description": "the token is not good" });
    Ok(call.voice().bare(StatusCode::BAD_REQUEST, body))
}
