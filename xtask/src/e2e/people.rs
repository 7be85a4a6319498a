//! The person who signs in during a run, made through the Management API by curl.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::{Outcome, process};

/// Good enough for a server that lives as long as the run and listens on loopback alone.
const PASSWORD: &str = "three brown foxes at the lake";

/// Makes a user with a claim for every standard scope and answers how the user signs in.
///
/// `bootstrap` is what the verb of that name printed.
pub(super) fn make(base_url: &str, bootstrap: &Value, folder: &Path) -> Outcome<Value> {
    let door = bootstrap.pointer("/doors/authok").ok_or("bootstrap names no door `authok`")?;
    let asked = json!({
        "grant_type": "client_credentials",
        "client_id": door.get("client_id"),
        "client_secret": door.get("client_secret"),
        "audience": door.get("audience"),
    });
    let token = send("POST", &format!("{base_url}/oauth/token"), &asked, None, folder)?;
    let token = text(&token, "access_token")?;
    let users = format!("{base_url}/api/v2/users");
    let user = json!({
        "connection": "authok",
        "username": "lilei",
        "password": PASSWORD,
        "email": "lilei@example.com",
        "email_verified": true,
        "phone_number": "18600003333",
        "phone_number_verified": true,
        "name": "李雷",
        "given_name": "雷",
        "family_name": "李",
        "nickname": "雷雷",
        "picture": "https://img.example.com/lilei.png",
        "gender": 1,
    });
    let made = send("POST", &users, &user, Some(&token), folder)?;
    let id = text(&made, "user_id")?;
    let more = json!({
        "birthdate": "1999-12-31",
        "locale": "zh-CN",
        "country": "CN",
        "province": "北京市",
        "city": "北京市",
        "region": "海淀区",
        "address": "中关村大街1号",
        "postal_code": "100080",
    });
    let this_user = format!("{users}/{}", id.replace('|', "%7C"));
    send("PATCH", &this_user, &more, Some(&token), folder)?;
    Ok(json!({
        "username": user.get("username"),
        "email": user.get("email"),
        "password": PASSWORD,
        "user_id": id,
    }))
}

/// Sends a JSON body and reads the JSON answer. The body and the token stand in files, so that
/// neither is printed with the command.
fn send(
    method: &str,
    url: &str,
    body: &Value,
    token: Option<&str>,
    folder: &Path,
) -> Outcome<Value> {
    let (sent, headers) = (folder.join("request.json"), folder.join("request-headers"));
    std::fs::write(&sent, serde_json::to_vec(body)?)?;
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\n"));
    std::fs::write(&headers, authorization.unwrap_or_default())?;
    let from = |file: &Path| format!("@{}", file.display());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--noproxy", "*"]);
    curl.args(["--max-time", "60", "--request", method, "--header", &from(&headers)]);
    curl.args(["--header", "Content-Type: application/json", "--data-binary", &from(&sent), url]);
    let answer = process::read(&mut curl);
    std::fs::remove_file(&sent)?;
    std::fs::remove_file(&headers)?;
    Ok(serde_json::from_str(&answer?)?)
}

fn text(answer: &Value, member: &str) -> Outcome<String> {
    let found = answer.get(member).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("the server's answer has no `{member}`"))?.to_owned())
}
