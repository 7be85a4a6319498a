//! The provider as a service: what its use cases share.

use std::sync::{Arc, OnceLock};

use citizenry_identity::{Error, Kind, Tenant, TenantName};
use citizenry_storage::{Environment, Storage};

use crate::active_token::{self, KnownTokens};
use crate::client_authentication::{self, KnownClients};
use crate::client_keys::ClientKeySets;
use crate::known_callers::{self, KnownCallers};
use crate::management::ManagementServers;
use crate::management_doors::AdministratorRoles;
use crate::published::{self, PublishedDocuments};
use crate::signing_keys::Signers;
use crate::token::{self, KnownClientTokens};
use crate::{Discovery, Issuers, OAuthSettings, PasswordVerifier};

/// The OAuth 2 provider of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OAuth {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) issuers: Issuers,
    pub(crate) settings: OAuthSettings,
    pub(crate) client_keys: ClientKeySets,
    pub(crate) signers: Signers,
    pub(crate) management: ManagementServers,
    pub(crate) administrators: AdministratorRoles,
    pub(crate) callers: KnownCallers,
    pub(crate) clients: KnownClients,
    pub(crate) tokens: KnownTokens,
    pub(crate) client_tokens: KnownClientTokens,
    pub(crate) documents: PublishedDocuments,
    /// Checks passwords for the password grant, once it is handed in.
    pub(crate) password_verifier: OnceLock<Arc<dyn PasswordVerifier>>,
    /// Held while a signing key is being made.
    pub(crate) making_keys: tokio::sync::Mutex<()>,
}

impl OAuth {
    /// A provider whose issuers are called `issuers`.
    pub fn new(storage: Storage, environment: Environment, issuers: Issuers) -> Self {
        Self::with_settings(storage, environment, issuers, OAuthSettings::default())
    }

    /// A provider whose issuers are called `issuers`, and which does what `settings` let it do.
    pub fn with_settings(
        storage: Storage,
        environment: Environment,
        issuers: Issuers,
        settings: OAuthSettings,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                storage,
                environment,
                issuers,
                settings,
                client_keys: ClientKeySets::default(),
                signers: Signers::default(),
                management: ManagementServers::default(),
                administrators: AdministratorRoles::default(),
                callers: KnownCallers::at_most(known_callers::MOST),
                clients: KnownClients::at_most(client_authentication::MOST),
                tokens: KnownTokens::at_most(active_token::MOST),
                client_tokens: KnownClientTokens::at_most(token::MOST_CLIENT_TOKENS),
                documents: PublishedDocuments::at_most(published::MOST),
                password_verifier: OnceLock::new(),
                making_keys: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// What the issuers are called.
    pub fn issuers(&self) -> &Issuers {
        &self.shared.issuers
    }

    /// The discovery document of a tenant; of the default tenant if none is named.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is closed.
    pub async fn discovery(&self, tenant: Option<&str>) -> Result<Discovery, Error> {
        Ok(self.discovery_of(&self.tenant(tenant).await?))
    }

    pub(crate) fn discovery_of(&self, tenant: &Tenant) -> Discovery {
        Discovery::of(&self.shared.issuers, &tenant.name, &self.shared.settings)
    }

    /// The open tenant of that name, or the default tenant.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is closed.
    pub async fn tenant(&self, name: Option<&str>) -> Result<Tenant, Error> {
        let name = name.unwrap_or(TenantName::DEFAULT);
        let not_found = || Error::not_found(Kind::Tenant, name);
        let parsed = TenantName::parse(name).map_err(|_not_a_name| not_found())?;
        let now = self.shared.environment.clock.now();
        self.shared
            .storage
            .read_few(async move |ports| {
                Ok::<_, Error>(ports.tenants().find_by_name(&parsed).await?)
            })
            .await?
            .filter(|tenant| tenant.is_open(now))
            .ok_or_else(not_found)
    }
}
