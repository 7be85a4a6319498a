//! Answers that succeed: statuses by prefix.

use actix_web::{HttpResponse, http::StatusCode};
use citizenry_http_kit::Refusal;
use serde::Serialize;

use super::{
    auth::{Call, Prefix},
    projection::Projection,
};

/// What a handler gives.
pub(crate) type Answer = Result<HttpResponse, Refusal>;

impl Call {
    /// 200 with `body`.
    #[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
    #[expect(clippy::unused_self, reason = "beside the answers that depend on the prefix")]
    pub(crate) fn shown(&self, body: impl Serialize) -> Answer {
        Ok(HttpResponse::Ok().json(body))
    }

    /// 200 with the fields of `body` that were asked for.
    pub(crate) fn projected(&self, body: impl Serialize, projection: &Projection) -> Answer {
        self.shown(projection.of(&body))
    }

    /// Something was made: 200, or 201 as Auth0 has it.
    #[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
    pub(crate) fn created(&self, body: impl Serialize) -> Answer {
        let status = match self.prefix {
            Prefix::V1 => StatusCode::OK,
            Prefix::V2 => StatusCode::CREATED,
        };
        Ok(HttpResponse::build(status).json(body))
    }

    /// Something was deleted, or done without anything to tell: 200, or 204 as Auth0 has it.
    pub(crate) fn done(&self) -> Answer {
        self.empty(StatusCode::NO_CONTENT)
    }

    /// Nothing to tell: 200, or `auth0`, the status of Auth0's counterpart.
    #[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
    pub(crate) fn empty(&self, auth0: StatusCode) -> Answer {
        let status = match self.prefix {
            Prefix::V1 => StatusCode::OK,
            Prefix::V2 => auth0,
        };
        Ok(HttpResponse::build(status).finish())
    }
}
