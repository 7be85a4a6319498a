//! Imports and exports, the rows that were refused, and the files that belong to them.

use async_trait::async_trait;
use citizenry_identity::{Job, JobId, JobState, RowError, TenantId, Timestamp};
use citizenry_storage::{
    Result,
    ports::{Jobs, ReadJobs},
};
use diesel::prelude::*;

use super::Session;
use crate::{
    rows::jobs::{JobErrorRow, JobRow, stored_count},
    schema::{job_errors, job_parts, jobs},
    types::{DbId, DbTime},
};

/// The rows of a table that belong to a job.
macro_rules! of_job {
    ($table:ident, $tenant:expr, $job:expr) => {
        $table::table
            .filter($table::tenant_id.eq(DbId::from($tenant)))
            .filter($table::job_id.eq(DbId::from($job)))
    };
}

#[async_trait]
impl ReadJobs for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: JobId) -> Result<Option<Job>> {
        let row = one!(self, by_id!(jobs, tenant, id).select(JobRow::as_select()))?;
        row.map(JobRow::model).transpose()
    }

    async fn find_by_source(&mut self, tenant: TenantId, source: &[u8; 32]) -> Result<Option<Job>> {
        let query = jobs::table
            .filter(jobs::tenant_id.eq(DbId::from(tenant)))
            .filter(jobs::source.eq(source.as_slice()))
            .select(JobRow::as_select());
        let row = one!(self, query)?;
        row.map(JobRow::model).transpose()
    }

    async fn count_active(&mut self, tenant: TenantId) -> Result<u64> {
        let query = jobs::table
            .filter(jobs::tenant_id.eq(DbId::from(tenant)))
            .filter(jobs::due_at.is_not_null())
            .count();
        let count: i64 = value!(self, query)?;
        Ok(count.unsigned_abs())
    }

    async fn errors(
        &mut self,
        tenant: TenantId,
        job: JobId,
        after_line: u64,
        limit: u32,
    ) -> Result<Vec<RowError>> {
        let query = of_job!(job_errors, tenant, job)
            .filter(job_errors::line.gt(stored_count(after_line)))
            .order(job_errors::line)
            .limit(i64::from(limit))
            .select(JobErrorRow::as_select());
        let rows: Vec<JobErrorRow> = all!(self, query)?;
        rows.into_iter().map(JobErrorRow::model).collect()
    }

    async fn count_errors(&mut self, tenant: TenantId, job: JobId) -> Result<u64> {
        let count: i64 = value!(self, of_job!(job_errors, tenant, job).count())?;
        Ok(count.unsigned_abs())
    }

    async fn part(&mut self, tenant: TenantId, job: JobId, part: u32) -> Result<Option<Vec<u8>>> {
        let query = of_job!(job_parts, tenant, job)
            .filter(job_parts::part.eq(i64::from(part)))
            .select(job_parts::content);
        one!(self, query)
    }
}

#[async_trait]
impl Jobs for Session<'_> {
    async fn find_for_update(&mut self, tenant: TenantId, id: JobId) -> Result<Option<Job>> {
        let query = by_id!(jobs, tenant, id).select(JobRow::as_select());
        let row = one!(self, for_update!(query))?;
        row.map(JobRow::model).transpose()
    }

    async fn insert(&mut self, job: &Job) -> Result<()> {
        run!(self, diesel::insert_into(jobs::table).values(JobRow::new(job)?))?;
        Ok(())
    }

    async fn save(&mut self, job: &Job) -> Result<()> {
        let mut row = JobRow::new(job)?;
        row.version += 1;
        let statement = diesel::update(by_id!(jobs, row.tenant_id, row.id))
            .filter(jobs::version.eq(job.version))
            .set(row);
        change!(self, statement)
    }

    async fn delete(&mut self, tenant: TenantId, id: JobId) -> Result<bool> {
        Ok(run!(self, diesel::delete(by_id!(jobs, tenant, id)))? == 1)
    }

    async fn add_errors(
        &mut self,
        tenant: TenantId,
        job: JobId,
        errors: &[RowError],
    ) -> Result<()> {
        let row = |error| JobErrorRow::new(tenant.into(), job.into(), error);
        let rows = errors.iter().map(row).collect::<Result<Vec<_>>>()?;
        insert_all!(self, job_errors::table, rows);
        Ok(())
    }

    async fn add_part(
        &mut self,
        tenant: TenantId,
        job: JobId,
        part: u32,
        content: &[u8],
    ) -> Result<()> {
        let statement = diesel::insert_into(job_parts::table).values((
            job_parts::tenant_id.eq(DbId::from(tenant)),
            job_parts::job_id.eq(DbId::from(job)),
            job_parts::part.eq(i64::from(part)),
            job_parts::content.eq(content),
        ));
        run!(self, statement)?;
        Ok(())
    }

    async fn delete_parts(&mut self, tenant: TenantId, job: JobId) -> Result<()> {
        run!(self, diesel::delete(of_job!(job_parts, tenant, job)))?;
        Ok(())
    }

    async fn take_due(&mut self, now: Timestamp, again_at: Timestamp) -> Result<Option<Job>> {
        let query = jobs::table
            .filter(jobs::due_at.le(DbTime(now)))
            .order(jobs::due_at)
            .limit(1)
            .select(JobRow::as_select());
        let row: Option<JobRow> = one!(self, for_update_of_the_free!(query))?;
        let Some(row) = row else { return Ok(None) };
        let mut job = row.model()?;
        job.state = JobState::Processing;
        job.due_at = Some(again_at);
        job.updated_at = now;
        Jobs::save(self, &job).await?;
        job.version += 1;
        Ok(Some(job))
    }

    async fn delete_expired(&mut self, now: Timestamp, limit: u32) -> Result<u64> {
        delete_first!(self, "jobs", "expires_at", now, limit)
    }
}
