//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use async_trait::async_trait;

/// Whether the server can serve: its database answers, it is not draining.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// `Ok` when it can; otherwise why not, in words for the log.
    async fn ready(&self) -> Result<(), String>;
}

/// Adds `GET /health/live` (200 while the process answers at all) and `GET /health/ready` (200, or
/// 503 while `readiness` says no). The answers say `{"status":"ok"}` or `{"status":"unavailable"}`.
pub fn configure(config: &mut web::ServiceConfig, readiness: Arc<dyn Readiness>) {
    config
        .app_data(web::Data::from(readiness))
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

async fn ready(readiness: web::Data<dyn Readiness>) -> HttpResponse {
    match readiness.ready().await {
        Ok(()) => live().await,
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            let body = serde_json::json!({ "status": "unavailable" });
            HttpResponse::ServiceUnavailable().json(body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Client;

    struct Fixed(Result<(), String>);

    #[async_trait]
    impl Readiness for Fixed {
        async fn ready(&self) -> Result<(), String> {
            self.0.clone()
        }
    }

    #[actix_web::test]
    async fn readiness_follows_the_check_and_keeps_its_reason_inside() {
        for (state, status, word) in [
            (Ok(()), 200, "ok"),
            (Err("database: connection refused".to_owned()), 503, "unavailable"),
        ] {
            let readiness = Arc::new(Fixed(state));
            let client = Client::new(move |config| configure(config, readiness)).await;
            let answer = client.get("/health/ready").send().await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.json(), serde_json::json!({ "status": word }));
            assert_eq!(client.get("/health/live").send().await.status, 200);
        }
    }
}
