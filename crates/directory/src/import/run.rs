//! An import from its beginning, or from where it was left, to its end.

use std::{collections::HashMap, sync::Arc};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Actor, Connection, ConnectionName, Direction, Error, EventKind, Job, JobId, JobKind,
    JobOptions, JobProgress, JobState, Listing, Moment, SortKey, Start,
};
use citizenry_storage::{
    Read,
    ports::{ByName, ConnectionFilter},
};
use serde_json::Value;

use super::{
    chunk::{Chunk, Position},
    completion::order_completion,
    decide::RowResult,
    row::{RowForm, RowRules},
    write::{SharedChunk, Writing, count},
};
use crate::{Directory, ports::Ports};

/// How often a chunk is tried again that others' changes stood against.
const ATTEMPTS: u32 = 6;
/// How long an import from a file is remembered after it was begun, seconds: 30 days.
const REMEMBERED: i64 = 30 * 24 * 3_600;

/// What an import does.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The connection of rows that name none; the tenant's default without one.
    pub connection: Option<ConnectionName>,
    /// Whether rows change users who are there already.
    pub upsert: bool,
    /// Whether roles and groups are made that rows name and that are not there.
    pub create_missing: bool,
    /// Whether to find out alone what would be done. Each chunk is then judged by what is stored,
    /// not by the chunks before it.
    pub dry_run: bool,
    /// Which members rows may have.
    pub form: RowForm,
}

/// What is read, so that an import that was stopped is found again.
#[derive(Debug, Clone)]
pub struct Input {
    /// How it begins: 64 KiB, or all of it.
    pub head: Vec<u8>,
    /// How many bytes it has, where that is known.
    pub bytes: Option<u64>,
}

/// An import under way.
#[derive(Debug)]
pub struct Importer {
    directory: Directory,
    caller: Caller,
    options: ImportOptions,
    rules: Arc<RowRules>,
    job: Job,
    resumed: bool,
}

impl Importer {
    /// Where the input goes on: at its beginning, or where an import of it was stopped.
    pub fn position(&self) -> Position {
        let progress = &self.job.progress;
        Position { bytes: progress.bytes, lines: progress.lines }
    }

    /// Whether it goes on where one was stopped.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// What rows are read by.
    pub fn rules(&self) -> Arc<RowRules> {
        Arc::clone(&self.rules)
    }

    /// How far it has come.
    pub fn progress(&self) -> JobProgress {
        self.job.progress
    }

    /// The job that keeps how far it has come.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Writes a chunk, in one unit of work with how far the import has come; what became of each
    /// row, in the order of rows.
    ///
    /// # Errors
    /// `Stale` when another import of the same input is under way; those of the database. Nothing
    /// of the chunk is kept then.
    pub async fn apply(&mut self, chunk: Chunk) -> Result<Vec<RowResult>, Error> {
        let chunk: SharedChunk = Arc::new(chunk);
        if self.options.dry_run {
            return self.try_out(&chunk).await;
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (writing, rows, job) = (self.writing(), Arc::clone(&chunk), self.job.clone());
            let written = self
                .directory
                .storage
                .transact(async move |tx| writing.write(tx, &rows, job.clone()).await)
                .await;
            match written {
                Ok((results, job)) => {
                    self.job = job;
                    return Ok(results);
                }
                // Somebody has made or changed one of these users in between.
                Err(Error::Conflict { .. } | Error::Stale | Error::Unavailable)
                    if attempts < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn try_out(&mut self, chunk: &SharedChunk) -> Result<Vec<RowResult>, Error> {
        let (writing, rows) = (self.writing(), Arc::clone(chunk));
        let results = self
            .directory
            .storage
            .read(async move |read| writing.try_out(Ports::Read(read), &rows).await)
            .await?;
        count(&mut self.job, &results);
        self.job.progress.bytes = chunk.end().bytes;
        self.job.progress.lines = chunk.end().lines;
        Ok(results)
    }

    fn writing(&self) -> Writing {
        Writing {
            caller: self.caller.clone(),
            moment: self.directory.moment(),
            upsert: self.options.upsert,
            create_missing: self.options.create_missing,
            form: self.options.form,
        }
    }

    /// Notes that the input has come to its end, or why it is given up.
    ///
    /// # Errors
    /// `Stale` when another import of the same input is under way; those of the database.
    pub async fn finish(mut self, problem: Option<String>) -> Result<Job, Error> {
        let moment = self.directory.moment();
        self.job.finish(problem, moment.now());
        if self.options.dry_run {
            return Ok(self.job);
        }
        let (caller, job) = (self.caller, self.job.clone());
        let sealer = Arc::clone(&self.directory.environment.sealer);
        self.directory
            .storage
            .transact(async move |tx| {
                tx.jobs().save(&job).await?;
                let mut event = caller.event(&moment, EventKind::USERS_IMPORTED, job.id);
                let progress = &job.progress;
                for (name, many) in [
                    ("inserted", progress.inserted),
                    ("updated", progress.updated),
                    ("unchanged", progress.unchanged),
                    ("failed", progress.failed),
                ] {
                    event.details.insert(name.to_owned(), Value::from(many));
                }
                tx.events().append(&event).await?;
                order_completion(tx, &*sealer, &job, &moment).await
            })
            .await?;
        self.job.version += 1;
        Ok(self.job)
    }
}

/// Passes when the caller may import so.
pub(crate) fn check_may(caller: &Caller, options: &ImportOptions) -> Result<(), Error> {
    caller.may(Action::Create, Resource::User)?;
    if options.upsert {
        caller.may(Action::Update, Resource::User)?;
    }
    if options.form == RowForm::Whole && !caller.is_above_tenants() {
        return Err(Error::Forbidden { permission: "operator" });
    }
    Ok(())
}

impl Directory {
    /// Begins an import, or goes on with the one of the same input that was stopped, unless
    /// `restart`: then that is forgotten.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `connection` when there is no such connection.
    pub async fn begin_import(
        &self,
        caller: &Caller,
        options: ImportOptions,
        input: &Input,
        restart: bool,
    ) -> Result<Importer, Error> {
        check_may(caller, &options)?;
        let rules = self.row_rules(caller, &options).await?;
        let moment = self.moment();
        let source = self.source(caller, &options, input);
        let fresh = new_job(caller, &moment, &options, &rules, source, input.bytes);
        let job = if options.dry_run {
            fresh.clone()
        } else {
            let (tenant, first) = (caller.tenant(), fresh.clone());
            self.storage
                .transact(async move |tx| {
                    let found = tx.jobs().find_by_source(tenant, &source).await?;
                    match found {
                        Some(job) if job.state == JobState::Processing && !restart => {
                            return Ok::<_, Error>(job);
                        }
                        Some(old) => _ = tx.jobs().delete(tenant, old.id).await?,
                        None => {}
                    }
                    tx.jobs().insert(&first).await?;
                    Ok(first.clone())
                })
                .await?
        };
        let resumed = job.id != fresh.id;
        let (directory, caller) = (self.clone(), caller.clone());
        Ok(Importer { directory, caller, options, rules, job, resumed })
    }

    /// Goes on with an import whose input is kept with its job.
    pub(crate) async fn resume_import(
        &self,
        caller: &Caller,
        options: ImportOptions,
        job: Job,
    ) -> Result<Importer, Error> {
        let rules = self.row_rules(caller, &options).await?;
        let (directory, caller) = (self.clone(), caller.clone());
        Ok(Importer { directory, caller, options, rules, job, resumed: true })
    }

    /// What an input is known by, together with what is done with it.
    fn source(&self, caller: &Caller, options: &ImportOptions, input: &Input) -> [u8; 32] {
        let mut known_by = format!(
            "{}|{:?}|{}|{}|{:?}|",
            caller.tenant(),
            options.connection,
            options.upsert,
            options.create_missing,
            input.bytes
        )
        .into_bytes();
        known_by.extend_from_slice(&input.head);
        self.environment.sealer.keyed_hash("import", &known_by)
    }

    pub(crate) async fn row_rules(
        &self,
        caller: &Caller,
        options: &ImportOptions,
    ) -> Result<Arc<RowRules>, Error> {
        let (tenant, wanted) = (caller.tenant(), options.connection.clone());
        let (connections, default) = self
            .storage
            .read(async move |read| {
                let all = all_connections(read, tenant).await?;
                let name = match &wanted {
                    Some(name) => name.as_str().to_owned(),
                    None => match read.tenants().find(tenant).await? {
                        Some(tenant) => tenant.settings.default_connection,
                        None => ConnectionName::DEFAULT.to_owned(),
                    },
                };
                let alias = name == ConnectionName::DEFAULT_ALIAS;
                let default = all
                    .get(&name)
                    .or_else(|| all.get(ConnectionName::DEFAULT).filter(|_| alias))
                    .map(Arc::clone);
                let missing =
                    || Error::invalid("connection", format!("there is no connection {name}"));
                Ok::<_, Error>((all.clone(), default.ok_or_else(missing)?))
            })
            .await?;
        Ok(Arc::new(RowRules {
            form: options.form,
            connections,
            default,
            phone_country: caller.tenant_context().phone_country,
            hasher: Arc::clone(&self.environment.passwords),
        }))
    }
}

/// The connections of a tenant by name.
async fn all_connections(
    read: &mut dyn Read,
    tenant: citizenry_identity::TenantId,
) -> Result<HashMap<String, Arc<Connection>>, Error> {
    let mut listing = Listing::first(Listing::<ByName>::MAX_LIMIT);
    listing.order = vec![SortKey { field: ByName::Name, direction: Direction::Ascending }];
    let mut all = HashMap::new();
    loop {
        let filter = ConnectionFilter::default();
        let page = read.connections().list(tenant, &filter, &listing).await?;
        all.extend(
            page.items
                .into_iter()
                .map(|connection| (connection.name.as_str().to_owned(), Arc::new(connection))),
        );
        match page.next {
            Some(next) => listing.start = Start::After(next),
            None => return Ok(all),
        }
    }
}

fn new_job(
    caller: &Caller,
    moment: &Moment,
    options: &ImportOptions,
    rules: &RowRules,
    source: [u8; 32],
    input_bytes: Option<u64>,
) -> Job {
    Job {
        id: JobId::generate(moment),
        tenant: caller.tenant(),
        kind: JobKind::UsersImport,
        state: JobState::Processing,
        source: Some(source),
        connection: Some(rules.default.id),
        options: JobOptions { upsert: options.upsert, ..JobOptions::default() },
        actor: actor_of(caller),
        input_bytes,
        progress: JobProgress::default(),
        problem: None,
        due_at: None,
        finished_at: None,
        expires_at: moment.now().plus_seconds(REMEMBERED),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

/// The caller, as events name him.
pub(crate) fn actor_of(caller: &Caller) -> Actor {
    use citizenry_authz::Subject;
    match caller.subject() {
        Subject::User(id) => Actor::User(id),
        Subject::Client(id) => Actor::Client(id),
        Subject::Operator => Actor::Operator,
        Subject::System => Actor::System,
    }
}
