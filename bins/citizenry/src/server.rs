//! Assembles the doors into a server and runs it until a signal ends it.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle, Service as _};
use actix_web::{App, HttpServer};
use citizenry_config::{Configuration, ForwardedHeader};
use citizenry_http_kit::{
    self as http_kit, BodyLimits, Boundary, Metrics, TrustedProxies, health, metrics,
};
use prometheus_client::registry::Registry;

use crate::doors::Doors;
use crate::failure::{Exit, Failure};
use crate::listeners::Listener;
use crate::readiness::ServerReadiness;
use crate::signals::StopSignals;
use crate::sockets::{Sockets, TlsListener, certificate_failed};
use crate::{door_hosts, tenant_hosts};

/// How often the files of the certificate are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(5);

/// How long a connection that ends stays open for its last answer to be read.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that is ready to run.
pub(crate) struct Assembled {
    doors: Server,
    health: Option<Server>,
    readiness: Arc<ServerReadiness>,
}

impl Assembled {
    /// Puts the doors behind the sockets.
    pub(crate) fn new(
        configuration: &Configuration,
        sockets: Sockets,
        doors: Doors,
        readiness: Arc<ServerReadiness>,
    ) -> Result<Self, Failure> {
        let mut registry = Registry::default();
        let boundary = boundary(configuration, &doors).metrics(Metrics::register(&mut registry));
        let Sockets { plain, tls, metrics } = sockets;
        let server = doors_server(configuration, doors, boundary, plain, tls)?;
        let health = match metrics {
            Some(listener) => Some(health_server(listener, registry, Arc::clone(&readiness))?),
            None => None,
        };
        Ok(Self { doors: server, health, readiness })
    }

    /// Serves until a signal comes and everything under way is answered, or the time for it is over,
    /// or a second signal comes.
    pub(crate) async fn run(self, mut signals: StopSignals) -> Result<(), Failure> {
        let handle = self.doors.handle();
        let health = self.health.map(|server| (server.handle(), actix_web::rt::spawn(server)));
        let mut running = actix_web::rt::spawn(self.doors);
        tokio::select! {
            ended = &mut running => return Err(Failure::new(Exit::Failed, format!("the server ended: {ended:?}"))),
            signal = signals.next() => tracing::info!(signal = signal.name(), "stopping"),
        }
        self.readiness.stop();
        stop(&handle, &mut signals).await;
        if let Some((handle, _)) = health {
            handle.stop(false).await;
        }
        Ok(())
    }
}

async fn stop(handle: &ServerHandle, signals: &mut StopSignals) {
    tokio::select! {
        () = handle.stop(true) => tracing::info!("stopped"),
        signal = signals.next() => {
            tracing::warn!(signal = signal.name(), "stopping at once");
            handle.stop(false).await;
        }
    }
}

fn boundary(configuration: &Configuration, doors: &Doors) -> Boundary {
    let server = &configuration.server;
    let header = match server.forwarded_header {
        ForwardedHeader::XForwardedFor => http_kit::ForwardedHeader::XForwardedFor,
        ForwardedHeader::Forwarded => http_kit::ForwardedHeader::Forwarded,
    };
    let accepted = configuration.limits.body.0;
    let usual = BodyLimits::default();
    let limits = BodyLimits { accepted, discarded: usual.discarded.max(accepted) };
    let boundary = doors
        .boundary()
        .deadline(Some(server.request_timeout))
        .body_limits(limits)
        .trusted_proxies(TrustedProxies::new(server.trusted_proxies.clone(), header));
    boundary.allowed_origins(doors.origins(server.allowed_origins.clone()))
}

fn doors_server(
    configuration: &Configuration,
    doors: Doors,
    boundary: Boundary,
    plain: Listener,
    tls: Option<TlsListener>,
) -> Result<Server, Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::Unavailable, error);
    let server = &configuration.server;
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = server.workers.map_or(cores, |workers| workers as usize);
    let app = move || {
        let (hosts, door_hosts) = (doors.hosts(), doors.door_hosts());
        App::new()
            .configure(|config| doors.configure(config))
            .wrap_fn(move |mut request, service| {
                door_hosts::route(&mut request, &door_hosts);
                tenant_hosts::route(&mut request, &hosts);
                service.call(request)
            })
            .wrap(boundary.clone())
    };
    let mut http = HttpServer::new(app)
        .workers(workers)
        .client_request_timeout(server.request_timeout)
        // A client that has not read its refusal yet, since it was still writing, can do so.
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .shutdown_timeout(
            server.drain_timeout.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
        )
        .disable_signals()
        .listen(plain.socket)
        .map_err(failed)?;
    if let Some(TlsListener { listener, certificate }) = tls {
        let config = certificate.server_config().map_err(|error| certificate_failed(&error))?;
        http = http.listen_rustls_0_23(listener.socket, config).map_err(failed)?;
        actix_web::rt::spawn(certificate.watch(CERTIFICATE_INTERVAL));
    }
    Ok(http.run())
}

fn health_server(
    listener: Listener,
    registry: Registry,
    readiness: Arc<ServerReadiness>,
) -> Result<Server, Failure> {
    let registry = Arc::new(registry);
    let app = move || {
        let (registry, readiness) = (Arc::clone(&registry), Arc::clone(&readiness));
        App::new().configure(|config| {
            health::configure(config, readiness);
            metrics::configure(config, registry);
        })
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener.socket);
    Ok(server.map_err(|error| Failure::new(Exit::Unavailable, error))?.run())
}
