//! Answers that succeed.

use actix_web::HttpResponse;
use citizenry_http_kit::Refusal;
use serde::Serialize;

/// What a handler gives.
pub(crate) type Answer = Result<HttpResponse, Refusal>;

/// 200 with `body`.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn shown(body: impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().json(body))
}

/// 201 with `body`: something was made.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn created(body: impl Serialize) -> Answer {
    Ok(HttpResponse::Created().json(body))
}

/// 204: something was deleted.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn deleted() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

/// 200 without a body.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn done() -> Answer {
    Ok(HttpResponse::Ok().finish())
}
