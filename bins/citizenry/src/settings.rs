//! Gathers the layers of the configuration.

use citizenry_config::{Layers, Loaded};

use crate::arguments::{Common, ServeArguments};
use crate::failure::Failure;

/// Loads the configuration from the file, the environment and the arguments.
pub(crate) fn load(common: &Common, serve: &ServeArguments) -> Result<Loaded, Failure> {
    let mut layers = Layers::new()
        .file(common.config.clone())
        .environment(std::env::vars_os())
        .assignments("--set", &common.set)
        .flag("--data-dir", "server.data_dir", common.data_dir.as_ref())
        .flag("--database-url", "database.url", common.database_url.as_ref());
    for (name, key, value) in serve.settings() {
        layers = layers.flag(name, key, value);
    }
    Ok(layers.load()?)
}
