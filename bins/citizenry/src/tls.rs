//! The certificate of the TLS listener, and its reloading.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::failure::{Exit, Failure};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// The certificate in use. New connections get the one read last; running ones keep theirs.
#[derive(Debug)]
pub(crate) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificate {
    /// Reads both files.
    pub(crate) fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, Failure> {
        let certified = read(cert, key)?;
        Ok(Arc::new(Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(Arc::new(certified)),
        }))
    }

    /// What the listener runs on: TLS 1.2 and 1.3.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, Failure> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::new(Exit::Failed, error))?;
        let resolver = Arc::clone(self);
        Ok(builder.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Watches the files for as long as the server runs. Files that do not fit together, as in the
    /// middle of being replaced, leave the certificate as it is.
    pub(crate) async fn keep_current(self: Arc<Self>) {
        let mut seen = self.modified();
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            let now = self.modified();
            if now != seen {
                match self.reload() {
                    Ok(()) => tracing::info!("the TLS certificate was read again"),
                    Err(failure) => {
                        tracing::error!("the TLS certificate stays as it was: {failure}")
                    }
                }
                seen = now;
            }
        }
    }

    /// Reads both files again.
    pub(crate) fn reload(&self) -> Result<(), Failure> {
        let certified = Arc::new(read(&self.cert, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified;
        Ok(())
    }

    fn modified(&self) -> [Option<SystemTime>; 2] {
        let modified = |path| std::fs::metadata(path).and_then(|found| found.modified()).ok();
        [modified(&self.cert), modified(&self.key)]
    }
}

fn read(cert: &Path, key: &Path) -> Result<CertifiedKey, Failure> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::new(Exit::Unavailable, format!("{}: {error}", path.display()))
    };
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|error| {
            failed(cert, &error).advise("tls.cert names a PEM file of certificates")
        })?;
    if chain.is_empty() {
        return Err(failed(cert, &"there is no certificate in it")
            .advise("tls.cert names a PEM file of certificates, the server's own first"));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| failed(key, &error).advise("tls.key names a PEM file of a private key"))?;
    CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider()).map_err(|error| {
        failed(key, &error)
            .advise("the private key must belong to the first certificate of tls.cert")
    })
}
