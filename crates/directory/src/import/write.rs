//! A chunk, written: one unit of work.

use std::{collections::BTreeSet, sync::Arc};

use citizenry_authz::Caller;
use citizenry_identity::{
    Error, Event, EventKind, GroupMember, Job, Moment, RowError, StoredPassword, User, UserId,
};
use citizenry_storage::{Tx, end_access};
use serde_json::Value;

use super::{
    chunk::Chunk,
    decide::{Judgement, Kept, RowOutcome, RowResult},
    known::{Entry, Known},
    names::Names,
    row::{ReadRow, RowForm},
};
use crate::{
    administrators::{check_one_remains, out_of_reach},
    limits::reserve,
    ports::Ports,
    users::event,
};

/// How many refused rows are kept with a job.
const MOST_ERRORS: u64 = 10_000;
/// How many entries one statement adds.
const MOST_ENTRIES: usize = 2_000;

/// How a chunk is written.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) caller: Caller,
    pub(super) moment: Moment,
    pub(super) upsert: bool,
    pub(super) create_missing: bool,
    pub(super) form: RowForm,
}

impl Writing {
    /// What the rows of a chunk would come to, by what is stored before it.
    pub(super) async fn try_out(
        &self,
        mut ports: Ports<'_>,
        chunk: &Chunk,
    ) -> Result<Vec<RowResult>, Error> {
        let tenant = self.caller.tenant();
        let mut names = Names::find(&mut ports, tenant, &chunk.rows).await?;
        if self.create_missing {
            names.pretend_missing(&self.moment, &chunk.rows);
        }
        let mut known = Known::load(&mut ports, tenant, &chunk.rows).await?;
        let kept = Kept { beyond: self.beyond(&mut ports, &known).await?, ..Kept::default() };
        Ok(self.judgement(&names, &kept).of(&chunk.rows, &mut known))
    }

    /// Writes a chunk and how far the job has come.
    pub(super) async fn write(
        &self,
        tx: &mut dyn Tx,
        chunk: &Chunk,
        mut job: Job,
    ) -> Result<(Vec<RowResult>, Job), Error> {
        let tenant = self.caller.tenant();
        let mut names = Names::find(&mut Ports::Tx(tx), tenant, &chunk.rows).await?;
        if self.create_missing {
            names.make_missing(tx, &self.caller, &self.moment, &chunk.rows).await?;
        }
        let mut known = Known::load(&mut Ports::Tx(tx), tenant, &chunk.rows).await?;
        let beyond = self.beyond(&mut Ports::Tx(tx), &known).await?;
        let mut kept = Kept { beyond, ..Kept::default() };
        let mut results = self.judgement(&names, &kept).of(&chunk.rows, &mut known);
        kept.spared = self.spared(tx, &known).await?;
        if !kept.spared.is_empty() {
            known = Known::load(&mut Ports::Tx(tx), tenant, &chunk.rows).await?;
            results = self.judgement(&names, &kept).of(&chunk.rows, &mut known);
        }
        self.add(tx, &mut known, &job).await?;
        self.change(tx, &known, &job).await?;
        self.link(tx, &known).await?;
        self.keep_errors(tx, &job, chunk, &results).await?;
        count(&mut job, &results);
        job.progress.bytes = chunk.end.bytes;
        job.progress.lines = chunk.end.lines;
        job.updated_at = self.moment.now();
        tx.jobs().save(&job).await?;
        job.version += 1;
        Ok((results, job))
    }

    fn judgement<'a>(&'a self, names: &'a Names, kept: &'a Kept) -> Judgement<'a> {
        Judgement {
            caller: &self.caller,
            moment: &self.moment,
            names,
            upsert: self.upsert,
            form: self.form,
            kept,
        }
    }

    /// Those of the users who are there whom the caller may not change.
    async fn beyond(
        &self,
        ports: &mut Ports<'_>,
        known: &Known,
    ) -> Result<BTreeSet<UserId>, Error> {
        let there: Vec<UserId> = known.entries.keys().copied().collect();
        let mut beyond = BTreeSet::new();
        for some in there.chunks(MOST_ENTRIES) {
            beyond.extend(out_of_reach(ports, &self.caller, some).await?);
        }
        Ok(beyond)
    }

    /// Those who would be kept from signing in, if no able administrator were left then.
    async fn spared(&self, tx: &mut dyn Tx, known: &Known) -> Result<BTreeSet<UserId>, Error> {
        let now = self.moment.now();
        let shut: Vec<UserId> = known
            .entries
            .values()
            .filter_map(|entry| Some((entry.stored.as_ref()?, entry)))
            .filter(|(before, entry)| before.can_sign_in(now) && !entry.user.can_sign_in(now))
            .map(|(before, _)| before.id)
            .collect();
        if shut.is_empty() {
            return Ok(BTreeSet::new());
        }
        match check_one_remains(tx, self.caller.tenant(), &shut, now).await {
            Ok(()) => Ok(BTreeSet::new()),
            Err(Error::Conflict { field: "last_administrator", .. }) => {
                Ok(shut.into_iter().collect())
            }
            Err(error) => Err(error),
        }
    }

    /// Adds the users who are made, with their audit events.
    async fn add(&self, tx: &mut dyn Tx, known: &mut Known, job: &Job) -> Result<(), Error> {
        let made = std::mem::take(&mut known.made);
        for some in made.chunks(MOST_ENTRIES) {
            let numbers = reserve(tx, some.len()).await?;
            let (mut users, mut events) = (Vec::new(), Vec::new());
            for (id, number) in some.iter().zip(numbers) {
                let Some(entry) = known.entries.get_mut(id) else { continue };
                entry.user.number = number;
                events.push(self.event(EventKind::USER_IMPORTED, &entry.user, job));
                users.push(entry.user.clone());
            }
            tx.bulk().append_events(&events).await?;
            tx.bulk().insert_users(&users).await?;
        }
        Ok(())
    }

    /// Writes the users who were there and are changed.
    async fn change(&self, tx: &mut dyn Tx, known: &Known, job: &Job) -> Result<(), Error> {
        let now = self.moment.now();
        let pairs =
            || known.entries.values().filter_map(|entry| Some((entry.stored.as_ref()?, entry)));
        let mut events = Vec::new();
        for (before, entry) in pairs() {
            if entry.user != *before {
                tx.users().save(&entry.user).await?;
                if before.keeps_access(now) && !entry.user.keeps_access(now) {
                    end_access(tx, &entry.user, &self.moment).await?;
                }
            }
            if entry.user != *before || is_linked_anew(entry) {
                events.push(self.event(EventKind::USER_UPDATED, &entry.user, job));
            }
        }
        Ok(tx.bulk().append_events(&events).await?)
    }

    /// Passwords, roles, groups and foreign ids.
    async fn link(&self, tx: &mut dyn Tx, known: &Known) -> Result<(), Error> {
        let (tenant, now) = (self.caller.tenant(), self.moment.now());
        let entries = || known.entries.values();
        let passwords: Vec<(UserId, StoredPassword)> = entries()
            .filter(|entry| entry.has_new_password)
            .filter_map(|entry| Some((entry.user.id, entry.password.clone()?)))
            .collect();
        for some in passwords.chunks(MOST_ENTRIES) {
            tx.bulk().set_passwords(tenant, some).await?;
        }
        let roles: Vec<_> = entries()
            .flat_map(|entry| entry.new_roles.iter().map(|role| (entry.user.id, *role)))
            .collect();
        for some in roles.chunks(MOST_ENTRIES) {
            tx.bulk().give_roles(tenant, some, now).await?;
        }
        let foreign_ids: Vec<_> = entries()
            .flat_map(|entry| {
                entry.new_foreign_ids.iter().map(|foreign| (foreign.clone(), entry.user.id))
            })
            .collect();
        for some in foreign_ids.chunks(MOST_ENTRIES) {
            tx.bulk().add_foreign_ids(tenant, some).await?;
        }
        self.put_into_groups(tx, known).await
    }

    async fn put_into_groups(&self, tx: &mut dyn Tx, known: &Known) -> Result<(), Error> {
        let pairs: Vec<_> = known
            .entries
            .values()
            .flat_map(|entry| entry.new_groups.iter().map(|group| (*group, entry.user.id)))
            .collect();
        for some in pairs.chunks(MOST_ENTRIES) {
            let numbers = reserve(tx, some.len()).await?;
            let member = |((group, user), number): (&(_, _), _)| GroupMember {
                number,
                group: *group,
                user: *user,
                created_by: self.caller.user(),
                created_at: self.moment.now(),
            };
            let members: Vec<GroupMember> = some.iter().zip(numbers).map(member).collect();
            tx.groups().put_members(self.caller.tenant(), &members).await?;
        }
        Ok(())
    }

    /// Keeps what was refused, up to a number.
    async fn keep_errors(
        &self,
        tx: &mut dyn Tx,
        job: &Job,
        chunk: &Chunk,
        results: &[RowResult],
    ) -> Result<(), Error> {
        let room = MOST_ERRORS.saturating_sub(job.progress.failed);
        let error = |(read, result): (&ReadRow, &RowResult)| match &result.outcome {
            RowOutcome::Refused(errors) => Some(RowError {
                line: result.line,
                entry: read.entry.clone(),
                errors: errors.clone(),
            }),
            RowOutcome::Created | RowOutcome::Updated | RowOutcome::Unchanged => None,
        };
        let errors: Vec<RowError> = chunk
            .rows
            .iter()
            .zip(results)
            .filter_map(error)
            .take(usize::try_from(room).unwrap_or(usize::MAX))
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        Ok(tx.jobs().add_errors(job.tenant, job.id, &errors).await?)
    }

    fn event(&self, kind: EventKind, user: &User, job: &Job) -> Event {
        let mut event = event(&self.caller, &self.moment, kind, user);
        event.details.insert("job".to_owned(), Value::from(job.id.to_string()));
        event
    }
}

fn is_linked_anew(entry: &Entry) -> bool {
    entry.has_new_password
        || !entry.new_roles.is_empty()
        || !entry.new_groups.is_empty()
        || !entry.new_foreign_ids.is_empty()
}

/// Adds what rows came to.
pub(super) fn count(job: &mut Job, results: &[RowResult]) {
    for result in results {
        let progress = &mut job.progress;
        match result.outcome {
            RowOutcome::Created => progress.inserted += 1,
            RowOutcome::Updated => progress.updated += 1,
            RowOutcome::Unchanged => progress.unchanged += 1,
            RowOutcome::Refused(_) => progress.failed += 1,
        }
    }
}

/// A chunk that a unit of work may write more than once.
pub(super) type SharedChunk = Arc<Chunk>;
