//! The service: what the use cases need, in one value.

use citizenry_identity::{Moment, Timestamp};
use citizenry_storage::{Environment, Storage};

/// The directory: every use case is a method. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
}

impl Directory {
    /// A directory on `storage`, with the clock, randomness, sealer and password hasher of
    /// `environment`.
    pub fn new(storage: Storage, environment: Environment) -> Self {
        Self { storage, environment }
    }

    /// The present, as this directory's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    pub(crate) fn moment(&self) -> Moment {
        self.environment.moment()
    }
}
