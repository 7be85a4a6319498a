//! Who asks, and with what: what every handler begins with.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use async_trait::async_trait;
use citizenry_authn::Authn;
use citizenry_authz::Caller;
use citizenry_directory::Directory;
use citizenry_http_kit::{Authenticated, Authenticator, origin};
use citizenry_identity::{Error, ManagementDoor, Origin, Tenant};
use citizenry_oauth::OAuth;
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;

use super::{
    answer::{Answers, Voice},
    error::Fault,
};
use crate::Services;

/// Turns the tokens that this door has given into callers.
#[derive(Debug, Clone)]
pub struct AngusAuthenticator {
    oauth: OAuth,
}

impl AngusAuthenticator {
    /// An authenticator that asks `oauth`.
    pub fn new(oauth: OAuth) -> Self {
        Self { oauth }
    }
}

#[async_trait]
impl Authenticator for AngusAuthenticator {
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        _host: &str,
    ) -> Result<Caller, Error> {
        self.oauth.authenticate_for(ManagementDoor::Angus, bearer, origin).await
    }
}

/// A request that has been let in: the caller, the use cases, and how to answer.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) services: Services,
    voice: Voice,
}

impl Answers for Call {
    fn voice(&self) -> &Voice {
        &self.voice
    }
}

impl FromRequest for Call {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload);
        let (request, services) = (request.clone(), services(request));
        Box::pin(async move {
            let Authenticated(caller) = caller.await?;
            // Not before: the voice is the tenant's, and the caller tells which that is.
            let voice = Voice::of(&request);
            Ok(Self { caller, services: services?, voice })
        })
    }
}

/// A request of anybody: the use cases, where it came from, and how to answer.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) services: Services,
    pub(crate) origin: Origin,
    /// The host that was asked.
    pub(crate) host: String,
    /// The tenant that the host stands for; none for the default one.
    pub(crate) tenant: Option<String>,
    voice: Voice,
}

impl Visit {
    /// The tenant that the host stands for, or the default one.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant, or when it is closed.
    pub(crate) async fn open_tenant(&self) -> Result<Tenant, Error> {
        self.services.oauth.tenant(self.tenant.as_deref()).await
    }
}

impl Answers for Visit {
    fn voice(&self) -> &Voice {
        &self.voice
    }
}

impl FromRequest for Visit {
    type Error = Fault;
    type Future = std::future::Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(services(request).map(|services| Self {
            services,
            origin: origin::of(request),
            host: origin::host(request).to_owned(),
            tenant: request.match_info().get("tenant").map(str::to_owned),
            voice: Voice::of(request),
        }))
    }
}

fn services(request: &HttpRequest) -> Result<Services, Fault> {
    let services = || {
        Some(Services {
            directory: request.app_data::<web::Data<Directory>>()?.get_ref().clone(),
            authn: request.app_data::<web::Data<Authn>>()?.get_ref().clone(),
            oauth: request.app_data::<web::Data<OAuth>>()?.get_ref().clone(),
        })
    };
    Ok(services().ok_or_else(|| Error::internal("a use case is missing among the app data"))?)
}

/// The device that the request came from, by its header, which wins over a body's field.
pub(crate) struct DeviceId(pub(crate) Option<String>);

impl FromRequest for DeviceId {
    type Error = Fault;
    type Future = std::future::Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get("xc-auth-device-id");
        let value = value.and_then(|value| value.to_str().ok()).map(str::to_owned);
        std::future::ready(Ok(Self(value.filter(|value| !value.trim().is_empty()))))
    }
}
