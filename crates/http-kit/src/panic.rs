//! Handlers that panic: caught, so that the caller is answered and the worker lives on.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;

/// What `work` returns, or the message of the panic that ended it.
///
/// actix would close the connection without an answer. Nothing of the request outlives the panic,
/// so no broken state is seen by anybody afterwards.
pub(crate) async fn catch<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|payload| message(payload.as_ref()))
}

/// The words of a panic.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn the_message_of_a_panic_is_kept_and_a_value_passes() {
        let caught: Result<(), String> = catch(async { panic!("number {}", 7) }).await;
        assert_eq!(caught, Err("number 7".to_owned()));
        let caught: Result<(), String> = catch(async { panic!("plain") }).await;
        assert_eq!(caught, Err("plain".to_owned()));
        assert_eq!(catch(async { 3 }).await, Ok(3));
    }
}
