//! The service: what the use cases need, in one value.

use citizenry_identity::{Moment, Timestamp};
use citizenry_storage::{Environment, Links, Storage};

use crate::users::KnownConnections;

/// The directory: every use case is a method. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) links: Option<Links>,
    pub(crate) connections: KnownConnections,
}

impl Directory {
    /// A directory on `storage`, with the clock, randomness, sealer and password hasher of
    /// `environment`.
    pub fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment, links: None, connections: KnownConnections::default() }
    }

    /// The same directory, with mails that lead to the pages at `links`. Without them it orders no
    /// mail that needs one.
    #[must_use]
    pub fn with_links(self, links: Links) -> Self {
        Self { links: Some(links), ..self }
    }

    /// The present, as this directory's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    pub(crate) fn moment(&self) -> Moment {
        self.environment.moment()
    }
}
