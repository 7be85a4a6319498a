use async_trait::async_trait;
use citizenry_identity::{Job, JobId, RowError, TenantId, Timestamp};

use crate::Result;

/// Looks imports and exports up.
#[async_trait]
pub trait ReadJobs: Send {
    /// The job of that identifier.
    async fn find(&mut self, tenant: TenantId, id: JobId) -> Result<Option<Job>>;
    /// The job that reads this input.
    async fn find_by_source(&mut self, tenant: TenantId, source: &[u8; 32]) -> Result<Option<Job>>;
    /// How many jobs of the tenant are taken up by servers and not at their end.
    async fn count_active(&mut self, tenant: TenantId) -> Result<u64>;
    /// The rows that were refused after a line, in their order, at most `limit`.
    async fn errors(
        &mut self,
        tenant: TenantId,
        job: JobId,
        after_line: u64,
        limit: u32,
    ) -> Result<Vec<RowError>>;
    /// How many of the refused rows are kept.
    async fn count_errors(&mut self, tenant: TenantId, job: JobId) -> Result<u64>;
    /// A part of what belongs to the job: an import's input, an export's output; from 0.
    async fn part(&mut self, tenant: TenantId, job: JobId, part: u32) -> Result<Option<Vec<u8>>>;
}

/// Changes imports and exports.
#[async_trait]
pub trait Jobs: ReadJobs {
    /// The job, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: JobId) -> Result<Option<Job>>;
    /// Adds a job. `Conflict` on `source`.
    async fn insert(&mut self, job: &Job) -> Result<()>;
    /// Writes a job that was loaded. `Stale` when it has changed in between.
    async fn save(&mut self, job: &Job) -> Result<()>;
    /// Deletes a job and all that belongs to it. Whether there was one.
    async fn delete(&mut self, tenant: TenantId, id: JobId) -> Result<bool>;
    /// Adds refused rows.
    async fn add_errors(&mut self, tenant: TenantId, job: JobId, errors: &[RowError])
    -> Result<()>;
    /// Adds a part of what belongs to the job.
    async fn add_part(
        &mut self,
        tenant: TenantId,
        job: JobId,
        part: u32,
        content: &[u8],
    ) -> Result<()>;
    /// Deletes the parts of a job.
    async fn delete_parts(&mut self, tenant: TenantId, job: JobId) -> Result<()>;
    /// Takes up the job that has been due longest at `now`, and makes it due again at `again_at`,
    /// for the case that whoever took it up is stopped. A job that somebody else is just taking up
    /// is passed over.
    async fn take_due(&mut self, now: Timestamp, again_at: Timestamp) -> Result<Option<Job>>;
    /// Deletes jobs that ended to be kept before `now`, at most `limit`; how many.
    async fn delete_expired(&mut self, now: Timestamp, limit: u32) -> Result<u64>;
}
