//! `citizenry serve`.
use crate::failure::Failure;
use citizenry_config::Loaded;
pub(crate) fn run(loaded: &Loaded) -> Result<(), Failure> {
    crate::logging::start(loaded)
}
