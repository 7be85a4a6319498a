use std::path::PathBuf;

use crate::network::ListenAddress;
use crate::section::section;

section! {
    /// The TLS listener. Off unless `cert` and `key` are given.
    Tls at tls {
        /// The certificate chain, a PEM file. Read again when it changes.
        cert: Option<PathBuf> = None;
        /// The private key of the certificate, a PEM file. Read again when it changes.
        key: Option<PathBuf> = None;
        /// Where to listen with TLS.
        listen: ListenAddress = ListenAddress::loopback(8443);
    }
}

impl Tls {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        match (&self.cert, &self.key) {
            (Some(_), None) => faults.push(("tls.cert", "is given without tls.key".into())),
            (None, Some(_)) => faults.push(("tls.key", "is given without tls.cert".into())),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}
