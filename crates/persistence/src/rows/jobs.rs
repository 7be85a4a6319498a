//! `jobs`, `job_errors` and `job_parts`.

use citizenry_identity::{
    Actor, ClientId, Job, JobKind, JobOptions, JobProgress, JobState, RowError, Timestamp, UserId,
};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, bytes, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// An import or an export.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::jobs, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct JobRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) source: Option<Vec<u8>>,
    pub(crate) connection_id: Option<DbId>,
    pub(crate) options: DbJson,
    /// `user`, `client`, `operator` or `system`.
    pub(crate) actor_kind: String,
    /// Of a user or a client.
    pub(crate) actor_id: Option<DbId>,
    pub(crate) input_bytes: Option<i64>,
    pub(crate) bytes_done: i64,
    pub(crate) lines_done: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) failed: i64,
    pub(crate) problem: Option<String>,
    pub(crate) due_at: Option<DbTime>,
    pub(crate) finished_at: Option<DbTime>,
    pub(crate) expires_at: DbTime,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

/// A count as it is stored.
pub(crate) fn stored_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn column(name: &'static str) -> Column {
    Column("jobs", name)
}

impl JobRow {
    pub(crate) fn new(job: &Job) -> Result<Self> {
        let (actor_kind, actor_id) = match job.actor {
            Actor::User(id) => ("user", Some(id.into())),
            Actor::Client(id) => ("client", Some(id.into())),
            Actor::Operator => ("operator", None),
            Actor::System => ("system", None),
        };
        let progress = &job.progress;
        Ok(Self {
            tenant_id: job.tenant.into(),
            id: job.id.into(),
            kind: job.kind.as_str().to_owned(),
            state: job.state.as_str().to_owned(),
            source: job.source.map(Vec::from),
            connection_id: job.connection.map(DbId::from),
            options: document(&job.options)?,
            actor_kind: actor_kind.to_owned(),
            actor_id,
            input_bytes: job.input_bytes.map(stored_count),
            bytes_done: stored_count(progress.bytes),
            lines_done: stored_count(progress.lines),
            inserted: stored_count(progress.inserted),
            updated: stored_count(progress.updated),
            unchanged: stored_count(progress.unchanged),
            failed: stored_count(progress.failed),
            problem: job.problem.clone(),
            due_at: job.due_at.map(DbTime),
            finished_at: job.finished_at.map(DbTime),
            expires_at: job.expires_at.into(),
            version: job.version,
            created_at: job.created_at.into(),
            updated_at: job.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Job> {
        let actor = match (self.actor_kind.as_str(), self.actor_id) {
            ("user", Some(id)) => Some(Actor::User(id.typed::<UserId>())),
            ("client", Some(id)) => Some(Actor::Client(id.typed::<ClientId>())),
            ("operator", None) => Some(Actor::Operator),
            ("system", None) => Some(Actor::System),
            _ => None,
        };
        let source = self.source.map(|bytes| column("source").fitting(bytes)).transpose()?;
        Ok(Job {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            kind: column("kind").word(&self.kind, JobKind::parse)?,
            state: column("state").word(&self.state, JobState::parse)?,
            source,
            connection: self.connection_id.map(DbId::typed),
            options: column("options").read::<JobOptions>(&self.options)?,
            actor: column("actor_kind").word(&self.actor_kind, |_word| actor)?,
            input_bytes: self.input_bytes.map(i64::unsigned_abs),
            progress: JobProgress {
                bytes: self.bytes_done.unsigned_abs(),
                lines: self.lines_done.unsigned_abs(),
                inserted: self.inserted.unsigned_abs(),
                updated: self.updated.unsigned_abs(),
                unchanged: self.unchanged.unsigned_abs(),
                failed: self.failed.unsigned_abs(),
            },
            problem: self.problem,
            due_at: self.due_at.map(Timestamp::from),
            finished_at: self.finished_at.map(Timestamp::from),
            expires_at: self.expires_at.into(),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// A row that an import refused. What came may hold any text, so it is kept as bytes.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::job_errors)]
pub(crate) struct JobErrorRow {
    pub(crate) tenant_id: DbId,
    pub(crate) job_id: DbId,
    pub(crate) line: i64,
    pub(crate) content: Vec<u8>,
}

impl JobErrorRow {
    pub(crate) fn new(tenant_id: DbId, job_id: DbId, error: &RowError) -> Result<Self> {
        let (line, content) = (stored_count(error.line), bytes(error)?);
        Ok(Self { tenant_id, job_id, line, content })
    }

    pub(crate) fn model(self) -> Result<RowError> {
        Column("job_errors", "content").parse(&self.content)
    }
}
