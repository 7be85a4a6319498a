//! A certificate authority and a server's certificate for one run, made by the program openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, postgres, process};

/// The names that a client cannot be talked out of, beside `127.0.0.1` and `localhost`.
pub(crate) const FIXED_HOSTS: [&str; 2] = ["ims-na1.adobelogin.com", "aam.adobe.io"];

/// The files of a certificate made for `127.0.0.1`, `localhost` and [`FIXED_HOSTS`].
pub(crate) struct Certificate {
    /// What clients trust.
    pub(crate) authority: PathBuf,
    /// What the server shows.
    pub(crate) server: PathBuf,
    /// The server's key.
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Makes the files in a folder. An authority of its own, since strict clients refuse a server
    /// certificate that is its own authority.
    pub(crate) fn make(folder: &Path) -> Outcome<Self> {
        if process::find("openssl").is_none() {
            postgres::install("openssl", "openssl")?;
        }
        let file = |name: &str| folder.join(name);
        let made = Self {
            authority: file("authority.pem"),
            server: file("server.pem"),
            key: file("server.key"),
        };
        request(
            &[],
            &file("authority.key"),
            &made.authority,
            "/CN=Citizenry test authority",
            &["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"],
        )?;
        let authority_key = file("authority.key");
        let signed_by = [Path::new("-CA"), &made.authority, Path::new("-CAkey"), &authority_key];
        let names = FIXED_HOSTS.map(|host| format!(",DNS:{host}")).concat();
        request(
            &signed_by,
            &made.key,
            &made.server,
            "/CN=localhost",
            &[
                "basicConstraints=critical,CA:FALSE",
                &format!("subjectAltName=IP:127.0.0.1,DNS:localhost{names}"),
                "extendedKeyUsage=serverAuth",
            ],
        )?;
        Ok(made)
    }
}

fn request(
    signed_by: &[&Path],
    key: &Path,
    certificate: &Path,
    subject: &str,
    extensions: &[&str],
) -> Outcome {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-nodes", "-sha256", "-days", "2", "-subj", subject]).args(signed_by);
    openssl.arg("-keyout").arg(key).arg("-out").arg(certificate);
    for extension in extensions {
        openssl.args(["-addext", extension]);
    }
    process::read(&mut openssl).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_certificate_is_good_for_the_loopback_address() {
        if process::find("openssl").is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let made = Certificate::make(folder.path()).unwrap();
        let mut verify = Command::new("openssl");
        verify.args(["verify", "-x509_strict", "-verify_ip", "127.0.0.1", "-CAfile"]);
        let said = process::read(verify.arg(&made.authority).arg(&made.server)).unwrap();
        assert!(said.trim_end().ends_with("OK"), "{said}");
    }
}
