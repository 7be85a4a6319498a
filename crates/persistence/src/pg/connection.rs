//! Opening a PostgreSQL connection: several hosts, TLS, and what every session is told.

use std::{sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rustls::{
    ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

/// How long to try one host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The limits of a session: a statement abandoned by its caller runs on in the server until it ends,
/// and a lock waits for it.
const LIMITS: &str = "SET statement_timeout = '30s'; SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '30s'; ";

/// The limits of a migration: it may take long, and waits for its turn.
const NO_LIMITS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; ";

/// Failures that have no code of their own in diesel are told by their text. Not every role may set
/// this, and most servers speak English anyhow.
const ENGLISH: &str = "SELECT set_config('lc_messages', 'C', false) \
     WHERE has_parameter_privilege('lc_messages', 'SET')";

/// Where systems keep the certificates that they trust.
const SYSTEM_ROOTS: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A PostgreSQL database: one server, or several of which one may write.
#[derive(Clone)]
pub(crate) struct Server {
    config: tokio_postgres::Config,
    tls: Option<MakeRustlsConnect>,
}

impl Server {
    /// Reads a URL (`postgres://user:password@host1,host2:5433/database?sslmode=verify-full`).
    ///
    /// `sslmode` is `disable` or `prefer` (no TLS), `require`, `verify-ca` or `verify-full` (TLS; the
    /// server's certificate and name are always checked); `sslrootcert` names a PEM file of roots to
    /// trust instead of the system's.
    pub(crate) fn parse(url: &SecretString) -> Result<Self, OpenError> {
        let (url, mode, roots) = split_tls(url.expose_secret());
        // The parser's own error may quote what it could not read.
        let mut config: tokio_postgres::Config = url.parse().map_err(|_quotes| OpenError::Url)?;
        let tls = match mode.as_deref() {
            None | Some("disable" | "prefer") => {
                config.ssl_mode(SslMode::Disable);
                None
            }
            Some("require" | "verify-ca" | "verify-full") => {
                config.ssl_mode(SslMode::Require);
                Some(MakeRustlsConnect::new(client_config(roots.as_deref())?))
            }
            Some(_unknown) => return Err(OpenError::Url),
        };
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("citizenry");
        }
        // After a failover the other host is the one that may write.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, tls })
    }

    /// A connection with the limits of every session.
    pub(crate) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        self.connect_with(LIMITS).await
    }

    /// A connection for migrations.
    pub(crate) async fn connect_unlimited(&self) -> ConnectionResult<AsyncPgConnection> {
        self.connect_with(NO_LIMITS).await
    }

    async fn connect_with(&self, limits: &str) -> ConnectionResult<AsyncPgConnection> {
        let refused = |error: tokio_postgres::Error| ConnectionError::BadConnection(chain(&error));
        let mut connection = if let Some(tls) = &self.tls {
            let (client, connection) = self.config.connect(tls.clone()).await.map_err(refused)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        } else {
            let (client, connection) =
                self.config.connect(tokio_postgres::NoTls).await.map_err(refused)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        };
        connection
            .batch_execute(&format!("{limits}{ENGLISH}"))
            .await
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }
}

/// The driver's error says only what it was doing; the reason is its source.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Takes `sslmode` and `sslrootcert` out of a URL: the driver knows fewer values than libpq does.
fn split_tls(url: &str) -> (String, Option<String>, Option<String>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None, None) };
    let (mut rest, mut mode, mut roots) = (Vec::new(), None, None);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => roots = Some(value.replace("%2F", "/")),
            _ => rest.push(parameter),
        }
    }
    let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    (url, mode, roots)
}

fn client_config(roots: Option<&str>) -> Result<ClientConfig, OpenError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(root_store(roots)?).with_no_client_auth())
}

fn root_store(roots: Option<&str>) -> Result<RootCertStore, OpenError> {
    let path = match roots {
        Some(path) => path,
        None => SYSTEM_ROOTS
            .iter()
            .copied()
            .find(|path| std::path::Path::new(path).is_file())
            .ok_or_else(|| OpenError::Tls("no root certificates: set sslrootcert".to_owned()))?,
    };
    let unreadable = |error| OpenError::Tls(format!("{path}: {error}"));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        // A system's bundle may hold a few that rustls does not understand.
        let _skipped = store.add(certificate.map_err(unreadable)?);
    }
    if store.is_empty() {
        return Err(OpenError::Tls(format!("{path}: no certificate in it")));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_url_is_refused_without_repeating_it() {
        let url = SecretString::from("postgres://u:hunter2@h:notaport/d?bad=hunter2");
        let error = Server::parse(&url).map(|_| ()).expect_err("not a URL");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn tls_parameters_are_ours_and_the_rest_the_drivers() {
        let (url, mode, roots) = split_tls(
            "postgres://a@b,c/d?sslmode=verify-full&application_name=x&sslrootcert=%2Fr.pem",
        );
        assert_eq!(url, "postgres://a@b,c/d?application_name=x");
        assert_eq!((mode.as_deref(), roots.as_deref()), (Some("verify-full"), Some("/r.pem")));
    }

    #[test]
    fn every_connection_wants_the_host_that_may_write() {
        let server = Server::parse(&SecretString::from("postgres://u@a,b:5433/d")).expect("a URL");
        assert_eq!(server.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(server.config.get_hosts().len(), 2);
    }
}
