//! The sockets of a server and the certificate of its TLS listener.

use std::sync::Arc;

use citizenry_config::Configuration;
use citizenry_http_kit::{Certificate, TlsError};

use crate::failure::{Exit, Failure};
use crate::listeners::{Listener, bind};

/// Everything the server listens on.
pub(crate) struct Sockets {
    pub(crate) plain: Listener,
    pub(crate) tls: Option<TlsListener>,
    pub(crate) metrics: Option<Listener>,
}

/// A socket with its certificate.
pub(crate) struct TlsListener {
    pub(crate) listener: Listener,
    pub(crate) certificate: Arc<Certificate>,
}

impl Sockets {
    pub(crate) async fn bind(configuration: &Configuration) -> Result<Self, Failure> {
        let plain = bind(&configuration.server.listen, "server.listen", "--listen").await?;
        let tls = match certificate(configuration)? {
            None => None,
            Some(certificate) => {
                let listener =
                    bind(&configuration.tls.listen, "tls.listen", "--tls-listen").await?;
                Some(TlsListener { listener, certificate })
            }
        };
        let metrics = match &configuration.metrics.listen {
            None => None,
            Some(address) => Some(bind(address, "metrics.listen", "--metrics-listen").await?),
        };
        Ok(Self { plain, tls, metrics })
    }

    /// How clients reach the server when nothing else is configured.
    pub(crate) fn own_url(&self) -> String {
        format!("http://{}", self.plain.address)
    }
}

fn certificate(configuration: &Configuration) -> Result<Option<Arc<Certificate>>, Failure> {
    let (Some(cert), Some(key)) = (&configuration.tls.cert, &configuration.tls.key) else {
        return Ok(None);
    };
    Certificate::load(cert, key).map(Some).map_err(|error| certificate_failed(&error))
}

/// What to do about a certificate that cannot be used.
pub(crate) fn certificate_failed(error: &TlsError) -> Failure {
    let advice = match error {
        TlsError::Pair(_) => "tls.key must be the private key of the first certificate in tls.cert",
        _ => "tls.cert names a PEM file of certificates, tls.key one of the private key",
    };
    Failure::new(Exit::Unavailable, error).advise(advice)
}
