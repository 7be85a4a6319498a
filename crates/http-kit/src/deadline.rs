//! The longest time that a request may take.

use std::time::Duration;

/// The work took longer than it may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expired;

/// What `work` gives, or [`Expired`] when it has given nothing after `limit`; it is dropped then.
/// Units of work that have begun run to their end all the same.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Expired> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_elapsed| Expired),
        None => Ok(work.await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn work_without_end_expires_and_other_work_does_not() {
        let endless = std::future::pending::<()>();
        assert_eq!(within(Some(Duration::ZERO), endless).await, Err(Expired));
        assert_eq!(within(Some(Duration::from_mins(1)), async { 1 }).await, Ok(1));
        assert_eq!(within(None, async { 2 }).await, Ok(2));
    }
}
