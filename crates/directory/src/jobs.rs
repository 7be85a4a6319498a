//! Jobs: imports and exports that a server carries out in the background, and mails that are done
//! with their job ([`Directory::submit_verification_email`]).
//!
//! A job is made with its input ([`Directory::submit_import`], [`Directory::submit_export`]) and
//! carried out by whichever server takes it up first ([`Directory::run_due_job`]). A server that is
//! stopped in the middle leaves the job to be taken up again when its turn comes back: an import
//! goes on after its last commit, an export begins anew.

mod csv;
mod verification;

use std::time::Duration;

use citizenry_authz::{
    Action, Caller, CallerTenant, Credential, Permissions, Resource, Subject as AskedBy,
};
use citizenry_identity::{
    Actor, ConnectionId, Error, EventKind, Job, JobField, JobId, JobKind, JobOptions, JobProgress,
    JobState, Kind, Moment, Origin, RowError, UserId,
};
use citizenry_storage::Tx;
use serde_json::Value;

pub use verification::NewVerificationEmail;

use crate::{
    Directory,
    export::rows_after,
    import::{ImportOptions, RawChunk, RowForm},
};

/// The largest input that is taken, bytes.
pub const MAX_INPUT: usize = 500 * 1_024;
/// How many jobs of a tenant may be under way or waiting.
const MOST_ACTIVE: u64 = 2;
/// How long a job and its file are kept, seconds: a day.
const KEPT: i64 = 24 * 3_600;
/// How long a server has for a step of a job before another may take it up, seconds.
const LEASE: i64 = 300;
/// How long a job may take, seconds: two hours.
const LONGEST: i64 = 2 * 3_600;
/// How many members an export names at most.
const MOST_FIELDS: usize = 30;
/// When a caller may ask again who has too many jobs under way.
const LATER: Duration = Duration::from_secs(30);

/// An import to be carried out in the background.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The connection of the users.
    pub connection: ConnectionId,
    /// A JSON array of rows, at most [`MAX_INPUT`].
    pub users: Vec<u8>,
    /// Whether rows change users who are there already.
    pub upsert: bool,
    /// What the caller calls the job.
    pub reference: Option<String>,
    /// Whether to tell by mail that it has come to its end: to the person who handed it in; where
    /// that was a program, to the address of the tenant's support.
    pub send_completion_email: bool,
}

/// An export to be carried out in the background.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// The connection of the users; all of them without one.
    pub connection: Option<ConnectionId>,
    /// Whether as CSV; as a JSON object a line otherwise.
    pub csv: bool,
    /// How many users at the most.
    pub limit: Option<u64>,
    /// Which members; the usual ones when there are none.
    pub fields: Vec<JobField>,
}

fn new_job(caller: &Caller, moment: &Moment, kind: JobKind, options: JobOptions) -> Job {
    let now = moment.now();
    Job {
        id: JobId::generate(moment),
        tenant: caller.tenant(),
        kind,
        state: JobState::Pending,
        source: None,
        connection: None,
        options,
        actor: crate::import::actor_of(caller),
        input_bytes: None,
        progress: JobProgress::default(),
        problem: None,
        due_at: Some(now),
        finished_at: None,
        expires_at: now.plus_seconds(KEPT),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Adds a job, if the tenant has not too many under way.
async fn submit(tx: &mut dyn Tx, caller: &Caller, job: &Job) -> Result<(), Error> {
    // Two who ask at once must not both take the last place.
    tx.tenants().find_for_update(caller.tenant()).await?;
    if tx.jobs().count_active(caller.tenant()).await? >= MOST_ACTIVE {
        return Err(Error::RateLimited { retry_after: LATER });
    }
    if let Some(connection) = job.connection
        && tx.connections().find(caller.tenant(), connection).await?.is_none()
    {
        return Err(Error::not_found(Kind::Connection, connection));
    }
    Ok(tx.jobs().insert(job).await?)
}

impl Directory {
    /// Has users imported in the background.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `users` unless they are a JSON array of at most [`MAX_INPUT`];
    /// `NotFound` for the connection; `RateLimited` when two jobs of the tenant are under way.
    pub async fn submit_import(&self, caller: &Caller, new: NewImport) -> Result<Job, Error> {
        caller.may(Action::Create, Resource::User)?;
        if new.upsert {
            caller.may(Action::Update, Resource::User)?;
        }
        if new.users.len() > MAX_INPUT {
            return Err(Error::invalid("users", "must be at most 500 KiB"));
        }
        let rows = entries(&new.users)?.len() as u64;
        let moment = self.moment();
        let options = JobOptions {
            upsert: new.upsert,
            administers: caller.administers(),
            reference: new.reference,
            send_completion_email: new.send_completion_email,
            rows: Some(rows),
            ..JobOptions::default()
        };
        let mut job = new_job(caller, &moment, JobKind::UsersImport, options);
        job.connection = Some(new.connection);
        job.input_bytes = Some(new.users.len() as u64);
        let (caller, users) = (caller.clone(), new.users);
        self.storage
            .transact(async move |tx| {
                submit(tx, &caller, &job).await?;
                tx.jobs().add_part(job.tenant, job.id, 0, &users).await?;
                Ok(job.clone())
            })
            .await
    }

    /// Has users exported in the background; never their hashes.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `fields` for more than 30; `NotFound` for the connection;
    /// `RateLimited` when two jobs of the tenant are under way.
    pub async fn submit_export(&self, caller: &Caller, new: NewExport) -> Result<Job, Error> {
        caller.may(Action::Read, Resource::User)?;
        if new.fields.len() > MOST_FIELDS {
            return Err(Error::invalid("fields", "must be at most 30"));
        }
        let moment = self.moment();
        let options = JobOptions {
            format: Some(if new.csv { "csv" } else { "json" }.to_owned()),
            limit: new.limit,
            fields: new.fields,
            ..JobOptions::default()
        };
        let mut job = new_job(caller, &moment, JobKind::UsersExport, options);
        job.connection = new.connection;
        let caller = caller.clone();
        self.storage
            .transact(async move |tx| {
                submit(tx, &caller, &job).await?;
                Ok(job.clone())
            })
            .await
    }

    /// A job of the caller's tenant.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn job(&self, caller: &Caller, id: JobId) -> Result<Job, Error> {
        caller.may(Action::Read, Resource::User)?;
        let tenant = caller.tenant();
        let found = self
            .storage
            .read::<_, Error, _>(async move |read| Ok(read.jobs().find(tenant, id).await?));
        found.await?.ok_or_else(|| Error::not_found(Kind::Job, id))
    }

    /// The rows that a job refused after a line, at most `limit`.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn job_errors(
        &self,
        caller: &Caller,
        id: JobId,
        after_line: u64,
        limit: u32,
    ) -> Result<Vec<RowError>, Error> {
        let job = self.job(caller, id).await?;
        self.storage
            .read(async move |read| {
                Ok(read.jobs().errors(job.tenant, job.id, after_line, limit).await?)
            })
            .await
    }

    /// A part of what an export has written, from 0; none after the last.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`, also for an export that has not come to its end.
    pub async fn job_part(
        &self,
        caller: &Caller,
        id: JobId,
        part: u32,
    ) -> Result<Option<Vec<u8>>, Error> {
        let job = self.job(caller, id).await?;
        if job.kind != JobKind::UsersExport || job.state != JobState::Completed {
            return Err(Error::not_found(Kind::Job, id));
        }
        self.storage
            .read(async move |read| Ok(read.jobs().part(job.tenant, job.id, part).await?))
            .await
    }

    /// Tells the audit trail of an export that was written as it was read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_export(&self, caller: &Caller, users: u64) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let target = JobId::generate(&moment);
                let mut event = caller.event(&moment, EventKind::USERS_EXPORTED, target);
                event.details.insert("users".to_owned(), Value::from(users));
                Ok(tx.events().append(&event).await?)
            })
            .await
    }

    /// Takes up the job that has waited longest, if one is due, and carries it out. Whether there
    /// was one.
    ///
    /// # Errors
    /// Those of the database; the job is then taken up again later.
    pub async fn run_due_job(&self) -> Result<bool, Error> {
        let now = self.now();
        let taken = self
            .storage
            .transact(async move |tx| {
                let job = tx.jobs().take_due(now, now.plus_seconds(LEASE)).await?;
                let Some(job) = job else { return Ok::<_, Error>(None) };
                let tenant = tx.tenants().find(job.tenant).await?;
                Ok(tenant.map(|tenant| (CallerTenant::from(&tenant), job)))
            })
            .await?;
        let Some((tenant, job)) = taken else { return Ok(false) };
        let caller = Caller::new(
            tenant,
            asked_by(&job.actor),
            Credential::Local,
            permissions_of(&job),
            Origin::default(),
        );
        let late = job.created_at.plus_seconds(LONGEST) < now;
        if late {
            self.give_up(job, "took longer than two hours").await?;
        } else {
            match job.kind {
                JobKind::UsersImport => self.run_import(&caller, job).await?,
                JobKind::UsersExport => self.run_export(&caller, job).await?,
                // Done when it was made: none is ever due.
                JobKind::VerificationEmail => self.give_up(job, "was not mailed").await?,
            }
        }
        Ok(true)
    }

    async fn give_up(&self, mut job: Job, problem: &str) -> Result<(), Error> {
        job.finish(Some(problem.to_owned()), self.now());
        self.storage.transact(async move |tx| Ok(tx.jobs().save(&job).await?)).await
    }

    async fn run_import(&self, caller: &Caller, job: Job) -> Result<(), Error> {
        let (tenant, id, connection) = (job.tenant, job.id, job.connection);
        let (input, connection) = self
            .storage
            .read(async move |read| {
                let input = read.jobs().part(tenant, id, 0).await?;
                let connection = match connection {
                    Some(connection) => read.connections().find(tenant, connection).await?,
                    None => None,
                };
                Ok::<_, Error>((input.unwrap_or_default(), connection))
            })
            .await?;
        let Some(connection) = connection else {
            return self.give_up(job, "the connection is not there any more").await;
        };
        let Ok(rows) = entries(&input) else {
            return self.give_up(job, "the users are no JSON array").await;
        };
        let options = ImportOptions {
            connection: Some(connection.name),
            upsert: job.options.upsert,
            create_missing: false,
            dry_run: false,
            form: RowForm::Authok,
        };
        let mut importer = self.resume_import(caller, options, job).await?;
        let rules = importer.rules();
        for chunk in RawChunk::of_entries(rows, importer.position()) {
            importer.apply(rules.read(chunk)).await?;
        }
        importer.finish(None).await?;
        let delete = async move |tx: &mut dyn Tx| Ok(tx.jobs().delete_parts(tenant, id).await?);
        self.storage.transact::<_, Error, _>(delete).await
    }

    async fn run_export(&self, caller: &Caller, mut job: Job) -> Result<(), Error> {
        let (tenant, id) = (job.tenant, job.id);
        // Whoever began it before us left a part of it.
        let clear = async move |tx: &mut dyn Tx| Ok(tx.jobs().delete_parts(tenant, id).await?);
        self.storage.transact::<_, Error, _>(clear).await?;
        job.progress = JobProgress::default();
        let mut after: Option<UserId> = None;
        let mut part = 0_u32;
        loop {
            let connection = job.connection;
            let (mut rows, next) = self
                .storage
                .read(async move |read| rows_after(read, tenant, connection, after, false).await)
                .await?;
            let left =
                job.options.limit.map_or(u64::MAX, |most| most - job.progress.lines.min(most));
            rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let content = csv::part(&job.options, &rows, part == 0)?;
            job.progress.lines += rows.len() as u64;
            job.progress.bytes += content.len() as u64;
            after = next;
            let ended = after.is_none() || rows.len() as u64 >= left;
            job = self.keep_part(caller, job, part, content, ended).await?;
            if ended {
                return Ok(());
            }
            part += 1;
        }
    }

    async fn keep_part(
        &self,
        caller: &Caller,
        mut job: Job,
        part: u32,
        content: Vec<u8>,
        ended: bool,
    ) -> Result<Job, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        if ended {
            job.finish(None, moment.now());
        } else {
            job.due_at = Some(moment.now().plus_seconds(LEASE));
            job.updated_at = moment.now();
        }
        self.storage
            .transact(async move |tx| {
                let mut job = job.clone();
                tx.jobs().add_part(job.tenant, job.id, part, &content).await?;
                tx.jobs().save(&job).await?;
                job.version += 1;
                if ended {
                    let mut event = caller.event(&moment, EventKind::USERS_EXPORTED, job.id);
                    let users = Value::from(job.progress.lines);
                    event.details.insert("users".to_owned(), users);
                    tx.events().append(&event).await?;
                }
                Ok(job)
            })
            .await
    }

    /// Deletes jobs that have been kept long enough, at most `limit`; how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delete_expired_jobs(&self, limit: u32) -> Result<u64, Error> {
        let now = self.now();
        self.storage.transact(async move |tx| Ok(tx.jobs().delete_expired(now, limit).await?)).await
    }
}

fn entries(users: &[u8]) -> Result<Vec<Value>, Error> {
    // The parser's own error may quote what it could not read.
    serde_json::from_slice(users).map_err(|_quotes| Error::invalid("users", "must be a JSON array"))
}

/// What the job may do in the name of who handed it in. That he may have it done was asked then; whom
/// it may change is asked row by row.
fn permissions_of(job: &Job) -> Permissions {
    if job.options.administers {
        Permissions::all()
    } else {
        Permissions::from_scope("create:users read:users update:users")
    }
}

fn asked_by(actor: &Actor) -> AskedBy {
    match actor {
        Actor::User(id) => AskedBy::User(*id),
        Actor::Client(id) => AskedBy::Client(*id),
        Actor::Operator => AskedBy::Operator,
        Actor::System => AskedBy::System,
    }
}
