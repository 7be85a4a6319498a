//! What HTTP alone costs, to compare the server with: reads a form or a header and answers bytes
//! that were left before by `PUT`, with no database and no cryptography.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use actix_web::web::{Bytes, Data, Form, Path, get, post, put, resource};
use actix_web::{App, HttpResponse, HttpServer, http::header};

/// The answers by their names.
type Answers = RwLock<HashMap<String, Bytes>>;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let answers = Data::new(Answers::default());
    let server = HttpServer::new(move || {
        App::new().app_data(answers.clone()).service(
            resource("/{name}")
                .route(put().to(remember))
                .route(get().to(answer))
                .route(post().to(answer_form)),
        )
    })
    .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}

/// Keeps the body as the answer of that name.
async fn remember(name: Path<String>, answers: Data<Answers>, body: Bytes) -> HttpResponse {
    let mut answers = answers.write().unwrap_or_else(PoisonError::into_inner);
    answers.insert(name.into_inner(), body);
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

/// Sends the answer.
async fn answer(name: Path<String>, answers: Data<Answers>) -> HttpResponse {
    let body = answers.read().unwrap_or_else(PoisonError::into_inner).get(&*name).cloned();
    let Some(body) = body else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .body(body)
}
