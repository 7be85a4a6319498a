//! Which doors there are, where they are mounted and what they are given.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use async_trait::async_trait;
use citizenry_authn::{Authn, Links};
use citizenry_config::Configuration;
use citizenry_directory::Directory;
use citizenry_http_angus as angus;
use citizenry_http_audience_manager as audience_manager;
use citizenry_http_authok as authok;
use citizenry_http_kit::{
    self as http_kit, AllowedOrigins, Authenticator, Boundary, RateLimit, RateLimiter,
};
use citizenry_http_oidc::{ManagementAuthenticator, OidcShape, Services};
use citizenry_oauth::OAuth;
use citizenry_storage::Environment;

use crate::door_hosts::{DoorHosts, HostedDoor};
use crate::installation::Installation;
use crate::tenant_hosts;

/// The doors and what they share. Cheap to clone: each worker has one.
#[derive(Clone)]
pub(crate) struct Doors {
    directory: Data<Directory>,
    oauth: Data<OAuth>,
    services: Data<Services>,
    authn: Data<Authn>,
    authenticator: Arc<dyn Authenticator>,
    limiter: Option<Data<RateLimiter>>,
    environment: Environment,
    /// Tenants by host name.
    hosts: Arc<BTreeMap<String, String>>,
    /// Doors by host name.
    door_hosts: Arc<DoorHosts>,
}

impl Doors {
    pub(crate) fn new(
        configuration: &Configuration,
        installation: &Installation,
        oauth: OAuth,
        authn: Authn,
    ) -> Self {
        let links = Links::new(oauth.issuers().public_url());
        let directory = installation.directory.clone().with_links(links);
        let environment = installation.environment.clone();
        let allowed = configuration.limits.requests_per_second.and_then(NonZeroU32::new);
        let limiter = allowed.map(|requests| {
            let limit = RateLimit::per_second(requests);
            Data::new(RateLimiter::new(limit, Arc::clone(&environment.clock)))
        });
        let hosts = configuration.tenancy.hosts.iter();
        let hosts = hosts.map(|(host, tenant)| (host.to_ascii_lowercase(), tenant.clone()));
        let door_hosts = configuration.doors.hosts.iter();
        let door_hosts = door_hosts
            .filter_map(|(host, door)| Some((host.to_ascii_lowercase(), HostedDoor::parse(door)?)));
        Self {
            services: Data::new(Services {
                oauth: oauth.clone(),
                authn: authn.clone(),
                directory: directory.clone(),
            }),
            authn: Data::new(authn),
            directory: Data::new(directory),
            oauth: Data::new(oauth.clone()),
            authenticator: Arc::new(ManagementAuthenticator::new(oauth)),
            limiter,
            environment,
            hosts: Arc::new(hosts.collect()),
            door_hosts: Arc::new(door_hosts.collect()),
        }
    }

    /// The boundary that says no in the words of the door that was asked.
    pub(crate) fn boundary(&self) -> Boundary {
        let mounted = http_kit::Doors::new("authok", authok::Errors::new(authok::Prefix::V1));
        let mounted = angus::mount(audience_manager::mount(authok::mount(mounted)));
        let mounted = citizenry_http_oidc::PREFIXES
            .iter()
            .fold(mounted, |doors, prefix| doors.at(prefix, "oidc", OidcShape));
        let mounted = self.door_hosts.iter().fold(mounted, |doors, (host, door)| match door {
            HostedDoor::AudienceManager => audience_manager::mount_at_host(doors, host),
            HostedDoor::Angus => doors.at_host(host, "", "angus", angus::Errors),
        });
        let environment = &self.environment;
        Boundary::new(mounted, Arc::clone(&environment.clock), Arc::clone(&environment.entropy))
    }

    /// The origins whose scripts may call: `configured`, and those that clients have registered.
    pub(crate) fn origins(&self, configured: Vec<String>) -> Arc<dyn AllowedOrigins> {
        let (oauth, hosts) = (OAuth::clone(&self.oauth), self.hosts());
        Arc::new(Origins { oauth, hosts, configured })
    }

    /// Tenants by host name, in lower case.
    pub(crate) fn hosts(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.hosts)
    }

    /// Doors by host name, in lower case.
    pub(crate) fn door_hosts(&self) -> Arc<DoorHosts> {
        Arc::clone(&self.door_hosts)
    }

    /// Mounts every door.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.directory.clone())
            .app_data(self.oauth.clone())
            .app_data(self.services.clone())
            .app_data(self.authn.clone())
            .app_data(http_kit::authentication::data(Arc::clone(&self.authenticator)));
        if let Some(limiter) = &self.limiter {
            config.app_data(limiter.clone());
        }
        authok::configure(config);
        audience_manager::configure(config, &self.oauth);
        angus::configure(config, &self.oauth);
        // Last: it has everything below `/t` that no other door has.
        citizenry_http_oidc::configure(config);
    }
}

/// Which origins may call: those of the configuration everywhere, those of a tenant's clients at
/// that tenant's paths.
struct Origins {
    oauth: OAuth,
    hosts: Arc<BTreeMap<String, String>>,
    configured: Vec<String>,
}

#[async_trait]
impl AllowedOrigins for Origins {
    async fn allows(&self, host: &str, path: &str, origin: &str) -> bool {
        if self.configured.iter().any(|known| known == origin) {
            return true;
        }
        let tenant = tenant_hosts::tenant(host, path, &self.hosts);
        match self.oauth.is_registered_origin(tenant, origin).await {
            Ok(registered) => registered,
            Err(error) => {
                tracing::warn!(%error, "the registered origins cannot be read");
                false
            }
        }
    }
}
