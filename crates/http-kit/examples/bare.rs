//! What HTTP alone costs, to compare the server with: reads a form, a JSON body or a header and
//! answers what was left before by `PUT`, with no database and no cryptography. Bytes are answered
//! as they are; what was left with `?as=users` are users that each answer serialises anew.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::web::{Bytes, Data, Form, Json, Path, Query, get, post, put, resource};
use actix_web::{App, HttpResponse, HttpServer, guard, http::header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The answers by their names.
type Answers = RwLock<HashMap<String, Answer>>;

/// One of them.
#[derive(Clone)]
enum Answer {
    Bytes(Bytes),
    Users(Arc<Users>),
}

/// A page of users.
#[derive(Serialize, Deserialize)]
struct Users {
    items: Vec<User>,
}

/// A user as a management API shows him.
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
#[derive(Serialize, Deserialize)]
struct User {
    user_id: String,
    connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    blocked: bool,
    identities: Vec<Identity>,
    user_metadata: Value,
    app_metadata: Value,
    logins_count: u64,
    last_login: Option<String>,
    created_at: String,
    updated_at: String,
    /// Whatever else the API tells of him.
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// A way in of a user.
#[derive(Serialize, Deserialize)]
struct Identity {
    connection: String,
    user_id: String,
    provider: String,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// How an answer is to be kept.
#[derive(Deserialize)]
struct Kept {
    #[serde(rename = "as")]
    form: Option<String>,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let answers = Data::new(Answers::default());
    let server = HttpServer::new(move || {
        let json = guard::Header("content-type", "application/json");
        App::new()
            .app_data(answers.clone())
            .service(
                resource("/{name}")
                    .route(put().to(remember))
                    .route(get().to(answer))
                    .route(post().guard(json).to(answer_json))
                    .route(post().to(answer_form)),
            )
            .service(resource("/{name}/{rest:.*}").route(get().to(answer_below)))
    })
    .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}

/// Keeps the body as the answer of that name.
async fn remember(
    name: Path<String>,
    kept: Query<Kept>,
    answers: Data<Answers>,
    body: Bytes,
) -> HttpResponse {
    let answer = match kept.form.as_deref() {
        Some("users") => match serde_json::from_slice(&body) {
            Ok(users) => Answer::Users(Arc::new(users)),
            Err(error) => return HttpResponse::BadRequest().body(error.to_string()),
        },
        _ => Answer::Bytes(body),
    };
    let mut answers = answers.write().unwrap_or_else(PoisonError::into_inner);
    answers.insert(name.into_inner(), answer);
    HttpResponse::NoContent().finish()
}

/// Reads the form and sends the answer.
async fn answer_form(
    name: Path<String>,
    answers: Data<Answers>,
    form: Form<HashMap<String, String>>,
) -> HttpResponse {
    if form.is_empty() { HttpResponse::BadRequest().finish() } else { answer(name, answers).await }
}

/// Reads the JSON and sends the answer as that of something made.
async fn answer_json(
    name: Path<String>,
    answers: Data<Answers>,
    body: Json<BTreeMap<String, Value>>,
) -> HttpResponse {
    if body.is_empty() {
        return HttpResponse::BadRequest().finish();
    }
    match find(&name, &answers) {
        Some(Answer::Bytes(body)) => {
            HttpResponse::Created().content_type("application/json").body(body)
        }
        _ => HttpResponse::NotFound().finish(),
    }
}

/// Sends the answer, whatever stands behind its name.
async fn answer_below(path: Path<(String, String)>, answers: Data<Answers>) -> HttpResponse {
    let (name, _) = path.into_inner();
    answer(name.into(), answers).await
}

/// Sends the answer.
async fn answer(name: Path<String>, answers: Data<Answers>) -> HttpResponse {
    match find(&name, &answers) {
        Some(Answer::Bytes(body)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::PRAGMA, "no-cache"))
            .body(body),
        Some(Answer::Users(users)) => HttpResponse::Ok().json(&*users),
        None => HttpResponse::NotFound().finish(),
    }
}

fn find(name: &str, answers: &Answers) -> Option<Answer> {
    answers.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}
