//! How the world reaches the server, and so what its issuers are called.

use citizenry_config::{Configuration, PublicUrl};
use citizenry_oauth::Issuers;

use crate::data_directory::DataDirectory;
use crate::server_address::ServerAddress;

/// The issuers of a server that listens on `own_url`.
pub(crate) fn issuers(configuration: &Configuration, own_url: &str) -> Issuers {
    let configured = configuration.server.public_url.as_ref().map(PublicUrl::as_str);
    named(configuration, configured.unwrap_or(own_url))
}

/// The issuers as a command knows them, which does not listen itself: those of the running server,
/// else those of the configuration.
pub(crate) fn issuers_beside(configuration: &Configuration) -> Issuers {
    if let Some(url) = &configuration.server.public_url {
        return named(configuration, url.as_str());
    }
    let directory = DataDirectory::at(&configuration.server.data_dir);
    match ServerAddress::of_running(&directory) {
        Some(address) => named(configuration, &address.public_url),
        None => named(configuration, &format!("http://{}", configuration.server.listen)),
    }
}

fn named(configuration: &Configuration, public_url: &str) -> Issuers {
    Issuers::new(public_url, configuration.server.issuer_final_slash)
}
