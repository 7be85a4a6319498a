//! Which doors there are, where they are mounted and what they are given.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use citizenry_config::Configuration;
use citizenry_directory::Directory;
use citizenry_http_authok as authok;
use citizenry_http_kit::{self as http_kit, Authenticator, Boundary, RateLimit, RateLimiter};
use citizenry_http_oidc::{ManagementAuthenticator, OidcShape};
use citizenry_oauth::{Issuers, OAuth};
use citizenry_storage::Environment;

use crate::installation::Installation;

/// The doors and what they share. Cheap to clone: each worker has one.
#[derive(Clone)]
pub(crate) struct Doors {
    directory: Data<Directory>,
    oauth: Data<OAuth>,
    authenticator: Arc<dyn Authenticator>,
    limiter: Option<Data<RateLimiter>>,
    environment: Environment,
    /// Tenants by host name.
    hosts: Arc<BTreeMap<String, String>>,
}

impl Doors {
    pub(crate) fn new(
        configuration: &Configuration,
        installation: &Installation,
        issuers: Issuers,
    ) -> Self {
        let oauth = installation.oauth(issuers);
        let environment = installation.environment.clone();
        let allowed = configuration.limits.requests_per_second.and_then(NonZeroU32::new);
        let limiter = allowed.map(|requests| {
            let limit = RateLimit::per_second(requests);
            Data::new(RateLimiter::new(limit, Arc::clone(&environment.clock)))
        });
        let hosts = configuration.tenancy.hosts.iter();
        let hosts = hosts.map(|(host, tenant)| (host.to_ascii_lowercase(), tenant.clone()));
        Self {
            directory: Data::new(installation.directory.clone()),
            oauth: Data::new(oauth.clone()),
            authenticator: Arc::new(ManagementAuthenticator::new(oauth)),
            limiter,
            environment,
            hosts: Arc::new(hosts.collect()),
        }
    }

    /// The boundary that says no in the words of the door that was asked.
    pub(crate) fn boundary(&self) -> Boundary {
        let mounted = http_kit::Doors::new("authok", authok::Errors::new(authok::Prefix::V1));
        let mounted = authok::mount(mounted)
            .at("/oauth", "oidc", OidcShape)
            .at("/.well-known", "oidc", OidcShape)
            .at("/t", "oidc", OidcShape);
        let environment = &self.environment;
        Boundary::new(mounted, Arc::clone(&environment.clock), Arc::clone(&environment.entropy))
    }

    /// Tenants by host name, in lower case.
    pub(crate) fn hosts(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.hosts)
    }

    /// Mounts every door.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.directory.clone())
            .app_data(self.oauth.clone())
            .app_data(http_kit::authentication::data(Arc::clone(&self.authenticator)));
        if let Some(limiter) = &self.limiter {
            config.app_data(limiter.clone());
        }
        citizenry_http_oidc::configure(config);
        authok::configure(config);
    }
}
