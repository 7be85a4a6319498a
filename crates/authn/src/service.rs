//! The service: what the use cases need, in one value.

use citizenry_identity::{
    Actor, Event, EventId, EventKind, Kind, Moment, Origin, Target, Tenant, TenantId, User, UserId,
};
use citizenry_storage::{Environment, Links, Sealer, Storage};
use serde_json::{Map, Value};

/// Sign-in, sessions and recovery: every use case is a method. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Authn {
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) links: Links,
}

impl Authn {
    /// The use cases on `storage`, with the clock, randomness, sealer, password hasher and rules of
    /// `environment`; mails lead to pages at `links`.
    pub fn new(storage: Storage, environment: Environment, links: Links) -> Self {
        Self { storage, environment, links }
    }

    pub(crate) fn moment(&self) -> Moment {
        self.environment.moment()
    }

    pub(crate) fn sealer(&self) -> &dyn Sealer {
        &*self.environment.sealer
    }
}

/// The audit event of something that a user did himself, or that was done to him by strangers and
/// the installation (`actor`). It keeps the subject, since dialects know users by it.
pub(crate) fn user_event(
    moment: &Moment,
    kind: EventKind,
    user: &User,
    actor: Actor,
    origin: &Origin,
) -> Event {
    let mut details = Map::new();
    details.insert("subject".to_owned(), Value::from(user.subject.as_str()));
    Event {
        id: EventId::generate(moment),
        tenant: user.tenant,
        at: moment.now(),
        kind,
        actor,
        target: target_user(user.id),
        origin: origin.clone(),
        details,
    }
}

/// The audit event of an attempt on a user that there is not. What was typed is not kept: people
/// type passwords into the wrong field.
pub(crate) fn nobodys_event(
    moment: &Moment,
    kind: EventKind,
    tenant: TenantId,
    origin: &Origin,
) -> Event {
    Event {
        id: EventId::generate(moment),
        tenant,
        at: moment.now(),
        kind,
        actor: Actor::System,
        target: Target { kind: Kind::Tenant, id: tenant.to_string() },
        origin: origin.clone(),
        details: Map::new(),
    }
}

fn target_user(user: UserId) -> Target {
    Target { kind: Kind::User, id: user.to_string() }
}

/// How long sessions of a tenant last.
pub(crate) fn session_limits(tenant: &Tenant) -> citizenry_identity::SessionLimits {
    let seconds = |hours: u32| i64::from(hours) * 3_600;
    citizenry_identity::SessionLimits {
        idle: seconds(tenant.settings.idle_session_lifetime),
        absolute: seconds(tenant.settings.session_lifetime),
    }
}
