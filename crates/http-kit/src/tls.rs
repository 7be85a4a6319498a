//! TLS for a listener: certificate and key from PEM files, read again when the files change.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// Why a certificate is not used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not the PEM that is expected of it.
    #[error("{}: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate file holds no certificate.
    #[error("{}: no certificate in it", .0.display())]
    Empty(PathBuf),
    /// The key is of an unknown kind, does not belong to the certificate, or TLS refuses the two.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// When and how large the two files were: a change of any of it is a new certificate.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// A certificate with its key, served to every TLS client and replaced when its files change.
pub struct Certificate {
    chain_path: PathBuf,
    key_path: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    stamp: Mutex<Stamp>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.chain_path.display())
    }
}

impl Certificate {
    /// Reads the chain in the PEM file `certificate` (the server's own first) and its key in the PEM
    /// file `key` (PKCS #8, PKCS #1 or SEC 1).
    pub fn load(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Arc<Self>, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let stamp = stamp(&certificate, &key);
        let current = RwLock::new(Arc::new(read(&certificate, &key)?));
        let stamp = Mutex::new(stamp);
        Ok(Arc::new(Self { chain_path: certificate, key_path: key, current, stamp }))
    }

    /// What a listener needs: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1, no client certificates.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let resolver = Arc::<Self>::clone(self);
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Reads the files again if they have changed; tells whether they have. After an error (files
    /// that are half written, a key that does not belong) the old certificate is served on, and the
    /// next call tries again. Reads files: not to be called on an asynchronous thread.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        let seen = stamp(&self.chain_path, &self.key_path);
        let mut known = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == seen {
            return Ok(false);
        }
        let fresh = Arc::new(read(&self.chain_path, &self.key_path)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        *known = seen;
        Ok(true)
    }

    /// Looks for changed files every `interval`, for ever: to be spawned.
    pub async fn watch(self: Arc<Self>, interval: Duration) {
        let mut ticks = tokio::time::interval(interval);
        loop {
            ticks.tick().await;
            let certificate = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || certificate.reload_if_changed()).await;
            match looked {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!(certificate = ?self, "certificate reloaded"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "certificate not reloaded; the old one is served");
                }
                Err(error) => tracing::warn!(%error, "the watch over the certificate failed"),
            }
        }
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let contents = |path: &Path| {
        std::fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
    };
    let pem = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Pem { path, source }
    };
    let chain = CertificateDer::pem_slice_iter(&contents(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(pem(certificate))?;
    if chain.is_empty() {
        return Err(TlsError::Empty(certificate.to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(&contents(key)?).map_err(pem(key))?;
    Ok(CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(directory: &Path, name: &str) {
        let pair = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        std::fs::write(directory.join("cert.pem"), pair.cert.pem()).unwrap();
        std::fs::write(directory.join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
    }

    fn load(directory: &Path) -> Result<Arc<Certificate>, TlsError> {
        Certificate::load(directory.join("cert.pem"), directory.join("key.pem"))
    }

    #[test]
    fn changed_files_are_served_and_broken_ones_are_not() {
        let directory = tempfile::tempdir().unwrap();
        write_pair(directory.path(), "one.example.org");
        let certificate = load(directory.path()).unwrap();
        let first = certificate.current();
        assert!(!certificate.reload_if_changed().unwrap());

        write_pair(directory.path(), "a-longer-name.example.org");
        assert!(certificate.reload_if_changed().unwrap());
        let second = certificate.current();
        assert_ne!(first.cert, second.cert);

        std::fs::write(directory.path().join("key.pem"), "half a k").unwrap();
        assert!(matches!(certificate.reload_if_changed(), Err(TlsError::Pem { .. })));
        assert_eq!(certificate.current().cert, second.cert);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        write_pair(directory.path(), "one.example.org");
        let other = rcgen::generate_simple_self_signed(vec!["two.example.org".to_owned()]).unwrap();
        std::fs::write(directory.path().join("key.pem"), other.signing_key.serialize_pem())
            .unwrap();
        assert!(matches!(load(directory.path()), Err(TlsError::Pair(_))));
        std::fs::write(directory.path().join("cert.pem"), "").unwrap();
        assert!(matches!(load(directory.path()), Err(TlsError::Empty(_))));
    }

    #[test]
    fn the_server_offers_both_versions_of_http() {
        let directory = tempfile::tempdir().unwrap();
        write_pair(directory.path(), "one.example.org");
        let config = load(directory.path()).unwrap().server_config().unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }
}
