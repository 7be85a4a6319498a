//! Whether the server can serve: its database answers, and it is not stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use citizenry_http_kit::Readiness;
use citizenry_persistence::Database;

/// Shared by the health listener and whoever stops the server.
pub(crate) struct ServerReadiness {
    database: Database,
    stopping: AtomicBool,
}

impl ServerReadiness {
    pub(crate) fn new(database: Database) -> Arc<Self> {
        Arc::new(Self { database, stopping: AtomicBool::new(false) })
    }

    /// From now on the server is not ready: balancers send requests elsewhere.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Readiness for ServerReadiness {
    async fn ready(&self) -> Result<(), String> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err("the server is stopping".into());
        }
        self.database.ping().await.map_err(|error| crate::failure::chain(&error))
    }
}
