//! Imports and exports of users, and mails that are sent as jobs.

use std::io::Write as _;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use citizenry_http_kit::MultipartOrJson;
use citizenry_identity::{Error, JobState};
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    ids,
    jobs::{ExportUsers, ImportUsers, Job, JobError, VerificationEmail, new_import},
};

/// How many refused rows are read at once.
const PAGE: u32 = 1_000;

pub(crate) async fn import(
    call: Call,
    request: HttpRequest,
    body: MultipartOrJson<ImportUsers>,
) -> Answer {
    let job = call.directory.submit_import(&call.caller, new_import(body)?).await?;
    accepted(&call, &request, &job)
}

pub(crate) async fn export(
    call: Call,
    request: HttpRequest,
    Body(body): Body<ExportUsers>,
) -> Answer {
    let job = call.directory.submit_export(&call.caller, body.try_into()?).await?;
    call.shown(Job::new(&call, &request, &job))
}

pub(crate) async fn verification_email(
    call: Call,
    request: HttpRequest,
    Body(body): Body<VerificationEmail>,
) -> Answer {
    let mail = body.try_into()?;
    let job = call.directory.submit_verification_email(&call.caller, mail).await?;
    call.created(Job::new(&call, &request, &job))
}

pub(crate) async fn get(call: Call, request: HttpRequest, id: Path<String>) -> Answer {
    let job = call.directory.job(&call.caller, ids::job(&id)?).await?;
    call.shown(Job::new(&call, &request, &job))
}

pub(crate) async fn errors(call: Call, id: Path<String>) -> Answer {
    let (id, mut errors, mut after) = (ids::job(&id)?, Vec::new(), 0);
    loop {
        let page = call.directory.job_errors(&call.caller, id, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.line;
        errors.extend(page.into_iter().map(JobError::from));
    }
    if errors.is_empty() {
        return call.empty(StatusCode::NO_CONTENT);
    }
    call.shown(errors)
}

/// The file of an export: a gzip member for each part, one after the other (RFC 1952).
pub(crate) async fn file(call: Call, id: Path<String>) -> Answer {
    let id = ids::job(&id)?;
    let first = call.directory.job_part(&call.caller, id, 0).await?;
    let parts = stream::unfold((call, first, 0_u32), move |(call, part, number)| async move {
        let written = compressed(&part?);
        let next = match call.directory.job_part(&call.caller, id, number + 1).await {
            Ok(next) => next,
            // The file ends in the middle, which its reader notices by the missing length.
            Err(error) => return Some((Err(error), (call, None, number))),
        };
        Some((written, (call, next, number + 1)))
    });
    let parts = Box::pin(parts);
    Ok(HttpResponse::Ok().content_type("application/gzip").streaming::<_, Broken>(mapped(parts)))
}

fn mapped(
    parts: impl futures_util::Stream<Item = Result<Bytes, Error>>,
) -> impl futures_util::Stream<Item = Result<Bytes, Broken>> {
    use futures_util::StreamExt as _;
    parts.map(|part| part.map_err(Broken))
}

/// Why a file ends in the middle.
#[derive(Debug)]
struct Broken(Error);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Broken {}

fn compressed(part: &[u8]) -> Result<Bytes, Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(part).map_err(Error::internal)?;
    encoder.finish().map(Bytes::from).map_err(Error::internal)
}

/// 202 at Auth0, 200 at Authok; the job either way.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
fn accepted(call: &Call, request: &HttpRequest, job: &citizenry_identity::Job) -> Answer {
    debug_assert_eq!(job.state, JobState::Pending);
    let status = match call.prefix {
        crate::Prefix::V1 => StatusCode::OK,
        crate::Prefix::V2 => StatusCode::ACCEPTED,
    };
    Ok(HttpResponse::build(status).json(Job::new(call, request, job)))
}
