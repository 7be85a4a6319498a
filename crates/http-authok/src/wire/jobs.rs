//! Jobs on the wire.

use actix_web::HttpRequest;
use citizenry_directory::jobs::{MAX_INPUT, NewExport, NewImport, NewVerificationEmail};
use citizenry_http_kit::{MultipartOrJson, Part, Refusal};
use citizenry_identity::{
    Error, Job as Model, JobField, JobKind, JobState, RowError, RowProblem, Subject, Text,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::{auth::Call, ids};

/// After how long a job that came to its end reads as expired, seconds.
const EXPIRED: i64 = 2 * 3_600;

/// What an import takes, as JSON; as `multipart/form-data` the same members are parts, `users` a
/// file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportUsers {
    /// The connection of the users.
    connection_id: String,
    /// The users, at most 500 KB.
    #[schema(value_type = Vec<Object>)]
    users: Vec<Value>,
    /// Whether users are changed who are there already.
    #[serde(default)]
    upsert: bool,
    /// What the caller calls the job.
    external_id: Option<String>,
    /// Whether to mail that it is done: to the person who asks for it, or to the tenant's
    /// `support_email`.
    #[serde(default = "yes")]
    send_completion_email: bool,
}

const fn yes() -> bool {
    true
}

/// The import that a body asks for.
pub(crate) fn new_import(body: MultipartOrJson<ImportUsers>) -> Result<NewImport, Refusal> {
    let new = match body {
        MultipartOrJson::Json(body) => NewImport {
            connection: ids::connection(&body.connection_id)?,
            users: serde_json::to_vec(&body.users).map_err(Error::internal)?,
            upsert: body.upsert,
            reference: reference(body.external_id)?,
            send_completion_email: body.send_completion_email,
        },
        MultipartOrJson::Parts(parts) => of_parts(&parts)?,
    };
    if new.users.len() > MAX_INPUT {
        return Err(Refusal::TooLarge { limit: MAX_INPUT });
    }
    Ok(new)
}

fn of_parts(parts: &[Part]) -> Result<NewImport, Refusal> {
    let known = ["users", "connection_id", "upsert", "external_id", "send_completion_email"];
    if let Some(part) = parts.iter().find(|part| !known.contains(&part.name.as_str())) {
        return Err(Refusal::body(Some(part.name.clone()), "is not known"));
    }
    let find = |name: &str| parts.iter().find(|part| part.name == name);
    let text = |name: &str| -> Result<Option<String>, Refusal> {
        let Some(part) = find(name) else { return Ok(None) };
        match std::str::from_utf8(&part.content) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(Refusal::body(Some(name.to_owned()), "must be UTF-8")),
        }
    };
    let flag = |name: &str, otherwise: bool| match text(name)?.as_deref() {
        None | Some("") => Ok(otherwise),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(Refusal::body(Some(name.to_owned()), "must be true or false")),
    };
    let missing = |name: &str| Refusal::body(Some(name.to_owned()), "must be there");
    let users = find("users").ok_or_else(|| missing("users"))?;
    let connection = text("connection_id")?.ok_or_else(|| missing("connection_id"))?;
    Ok(NewImport {
        connection: ids::connection(&connection)?,
        users: users.content.to_vec(),
        upsert: flag("upsert", false)?,
        reference: reference(text("external_id")?)?,
        send_completion_email: flag("send_completion_email", true)?,
    })
}

fn reference(text: Option<String>) -> Result<Option<String>, Error> {
    let text = Text::<255>::optional("external_id", text)?;
    Ok(text.map(Text::into_string))
}

/// What an export takes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportUsers {
    /// The connection of the users; all of them without one.
    connection_id: Option<String>,
    /// `json` (an object a line) or `csv`, which is the default.
    format: Option<String>,
    /// How many users at the most.
    #[validate(range(min = 1))]
    limit: Option<u64>,
    /// Which members.
    #[validate(length(max = 30))]
    #[serde(default)]
    fields: Vec<ExportField>,
}

/// A member of exported users.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportField {
    /// The member, with dots for what lies in it: `user_metadata.plan`.
    name: String,
    /// What it is called in the file.
    export_as: Option<String>,
}

impl TryFrom<ExportUsers> for NewExport {
    type Error = Refusal;

    fn try_from(body: ExportUsers) -> Result<Self, Refusal> {
        let csv = match body.format.as_deref() {
            None | Some("csv") => true,
            Some("json") => false,
            Some(_) => {
                return Err(Refusal::body(Some("format".to_owned()), "must be json or csv"));
            }
        };
        let mut fields = Vec::with_capacity(body.fields.len());
        for field in body.fields {
            let name = Text::<255>::parse("fields.name", field.name)?.into_string();
            let export_as = Text::<255>::optional("fields.export_as", field.export_as)?;
            fields.push(JobField { name, export_as: export_as.map(Text::into_string) });
        }
        let connection = body.connection_id.as_deref().map(ids::connection).transpose()?;
        Ok(Self { connection, csv, limit: body.limit, fields })
    }
}

/// What a verification mail takes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerificationEmail {
    /// To whom.
    user_id: String,
    /// The client for which it is asked.
    client_id: Option<String>,
    /// The identity whose address is meant: the user's own.
    identity: Option<IdentityOfUser>,
    /// Refused: there are no organizations yet.
    organization_id: Option<String>,
}

/// An identity of a user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityOfUser {
    /// The identifier there, without the provider.
    user_id: String,
    /// Where: `authok`, `github`, ….
    provider: String,
}

impl TryFrom<VerificationEmail> for NewVerificationEmail {
    type Error = Refusal;

    fn try_from(body: VerificationEmail) -> Result<Self, Refusal> {
        if body.organization_id.is_some() {
            let reason = "must not be there: there are no organizations";
            return Err(Refusal::body(Some("organization_id".to_owned()), reason));
        }
        let subject = |identity: IdentityOfUser| {
            Subject::from_stored(format!("{}|{}", identity.provider, identity.user_id))
        };
        Ok(Self {
            user: ids::user(&body.user_id),
            client: body.client_id.as_deref().map(ids::client).transpose()?,
            identity: body.identity.map(subject),
        })
    }
}

/// What came of the rows of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    failed: u64,
    updated: u64,
    inserted: u64,
    total: u64,
}

/// An import, an export or a mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    id: String,
    /// `users_import`, `users_export` or `verification_email`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `pending`, `processing`, `completed`, `failed` or `expired`.
    status: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upsert: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_completion_email: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    fields: Vec<JobField>,
    /// Where the file of an export is fetched, with the same token.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// Of a verification mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// Of a verification mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage_done: Option<u64>,
    /// Of an import under way, at the pace so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_left_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
}

impl Job {
    pub(crate) fn new(call: &Call, request: &HttpRequest, job: &Model) -> Self {
        let is_import = job.kind == JobKind::UsersImport;
        let is_export = job.kind == JobKind::UsersExport;
        let options = &job.options;
        let done = job.state == JobState::Completed;
        Self {
            id: ids::show_job(job.id),
            kind: job.kind.as_str(),
            status: status(call, job),
            created_at: call.time(job.created_at),
            connection_id: job.connection.map(ids::show_connection),
            external_id: options.reference.clone(),
            upsert: is_import.then_some(options.upsert),
            send_completion_email: is_import.then_some(options.send_completion_email),
            format: options.format.clone(),
            limit: options.limit,
            fields: options.fields.clone(),
            location: (done && is_export).then(|| location(call, request, job)),
            user_id: options.user.clone(),
            client_id: options.client.clone(),
            percentage_done: if done { Some(100) } else { percentage(job) },
            time_left_seconds: time_left(job),
            summary: (done && is_import).then(|| Summary {
                failed: job.progress.failed,
                updated: job.progress.updated + job.progress.unchanged,
                inserted: job.progress.inserted,
                total: job.progress.total(),
            }),
        }
    }
}

/// How much of an import is done, as far as that is known.
fn percentage(job: &Model) -> Option<u64> {
    let (rows, done) = (job.options.rows?, job.progress.lines);
    let is_known = job.state == JobState::Processing && rows > 0;
    is_known.then(|| done.saturating_mul(100).checked_div(rows).unwrap_or_default().min(100))
}

/// How long the rest will take if it takes as long as what was done by the last change.
fn time_left(job: &Model) -> Option<u64> {
    let (rows, done) = (job.options.rows?, job.progress.lines);
    if job.state != JobState::Processing || done == 0 {
        return None;
    }
    let taken = job.updated_at.unix_seconds() - job.created_at.unix_seconds();
    let taken = u64::try_from(taken).unwrap_or_default();
    Some(taken.saturating_mul(rows.saturating_sub(done)).div_ceil(done))
}

fn status(call: &Call, job: &Model) -> &'static str {
    let old = job.finished_at.is_some_and(|at| at.plus_seconds(EXPIRED) <= call.directory.now());
    match job.state {
        JobState::Completed if old => "expired",
        state => state.as_str(),
    }
}

/// The address as the caller has called this server.
fn location(call: &Call, request: &HttpRequest, job: &Model) -> String {
    let scheme = if request.app_config().secure() { "https" } else { "http" };
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    let path = format!("{}/jobs/{}/file", call.prefix.path(), ids::show_job(job.id));
    match host {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => path,
    }
}

/// A row that an import refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobError {
    /// The row as it was sent, its hashes masked.
    #[schema(value_type = Object)]
    user: Value,
    /// What is wrong with it.
    #[schema(value_type = Vec<Object>)]
    errors: Vec<RowProblem>,
}

impl From<RowError> for JobError {
    fn from(error: RowError) -> Self {
        Self { user: error.entry.unwrap_or_default(), errors: error.errors }
    }
}
