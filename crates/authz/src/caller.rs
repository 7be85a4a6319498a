//! Callers: who is asking.

use std::sync::Arc;

use citizenry_identity::{
    Actor, ClientId, Error, Event, EventId, EventKind, Id, Moment, Number, Origin, Target, Tenant,
    TenantId, TenantName, TimeZone, UserId,
};
use serde_json::{Map, Value};

use crate::{Action, Permissions, Resource};

/// Who a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person who has signed in.
    User(UserId),
    /// An application, by itself.
    Client(ClientId),
    /// The operator of the installation, above all tenants.
    Operator,
    /// The installation itself: what it does at start and in the background.
    System,
}

/// How the caller has shown who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token.
    AccessToken,
    /// A key that signs requests, or a name and a password with each request.
    Secret,
    /// By standing at the machine: the command line, or a host program that embeds the crates.
    Local,
}

/// What a caller's requests need to know of his tenant, read when he was authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerTenant {
    /// The tenant.
    pub id: TenantId,
    /// Its number.
    pub number: Number,
    /// Its name.
    pub name: TenantName,
    /// What people call it.
    pub display_name: String,
    /// The time zone of times that carry none.
    pub time_zone: TimeZone,
    /// The calling code of phone numbers that carry none.
    pub phone_country: u16,
}

impl From<&Tenant> for CallerTenant {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id,
            number: tenant.number,
            name: tenant.name.clone(),
            display_name: tenant.display_name().to_owned(),
            time_zone: tenant.time_zone(),
            phone_country: tenant.settings.phone_country,
        }
    }
}

/// Who is asking: in which tenant, as whom, with which permissions, from where. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tenant: CallerTenant,
    subject: Subject,
    credential: Credential,
    permissions: Permissions,
    origin: Origin,
    operates: bool,
}

impl Caller {
    /// A caller of `tenant` with exactly these permissions.
    pub fn new(
        tenant: CallerTenant,
        subject: Subject,
        credential: Credential,
        permissions: Permissions,
        origin: Origin,
    ) -> Self {
        Self(Arc::new(Inner { tenant, subject, credential, permissions, origin, operates: false }))
    }

    /// The operator, who acts in `tenant` with every permission of it. Only what stands at the
    /// machine may make one: the command line, or a host that embeds the crates.
    pub fn operator(tenant: &Tenant) -> Self {
        Self::new(
            tenant.into(),
            Subject::Operator,
            Credential::Local,
            Permissions::all(),
            Origin::default(),
        )
    }

    /// The same caller as an operator of the installation: one who may also act above tenants.
    /// Whoever makes one has asked the database whether he is.
    #[must_use]
    pub fn as_operator(&self) -> Self {
        let Inner { tenant, subject, credential, permissions, origin, .. } = &*self.0;
        Self(Arc::new(Inner {
            tenant: tenant.clone(),
            subject: *subject,
            credential: *credential,
            permissions: *permissions,
            origin: origin.clone(),
            operates: true,
        }))
    }

    /// The user who is asking; none for clients, the operator at the machine and the installation.
    pub fn user(&self) -> Option<UserId> {
        match self.0.subject {
            Subject::User(id) => Some(id),
            Subject::Client(_) | Subject::Operator | Subject::System => None,
        }
    }

    /// The user who is asking, for what concerns himself.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user.
    pub fn require_user(&self) -> Result<UserId, Error> {
        self.user().ok_or(Error::Forbidden { permission: "user" })
    }

    /// The tenant's identifier.
    pub fn tenant(&self) -> TenantId {
        self.0.tenant.id
    }

    /// What is known of the tenant.
    pub fn tenant_context(&self) -> &CallerTenant {
        &self.0.tenant
    }

    /// Who it is.
    pub fn subject(&self) -> Subject {
        self.0.subject
    }

    /// How he has shown it.
    pub fn credential(&self) -> Credential {
        self.0.credential
    }

    /// What he may do.
    pub fn permissions(&self) -> &Permissions {
        &self.0.permissions
    }

    /// From where.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// Whether he is the operator or the installation itself.
    pub fn is_above_tenants(&self) -> bool {
        self.0.operates || matches!(self.0.subject, Subject::Operator | Subject::System)
    }

    /// Passes when the caller may do `action` to `resource` in his tenant.
    ///
    /// Whether a missing right shows (`Forbidden`) or hides is decided here alone: it shows, since
    /// what lies in another tenant is never found in the first place.
    ///
    /// # Errors
    /// `Forbidden` with the permission that is missing.
    pub fn may(&self, action: Action, resource: Resource) -> Result<(), Error> {
        let Some(needed) = action.needed_for(resource) else {
            return if self.is_above_tenants() {
                Ok(())
            } else {
                Err(Error::Forbidden { permission: "operator" })
            };
        };
        if self.0.permissions.holds(needed) {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: needed.as_str() })
        }
    }

    /// Whether he stands as high as an administrator of the tenant: he holds every management
    /// permission, as administrators do who have signed in, clients that were granted all of them
    /// and use them all, the operator at the machine, and the installation itself.
    pub fn administers(&self) -> bool {
        self.0.permissions == Permissions::all()
    }

    /// Passes when the caller, who may change people, may change `user`, too, who is an
    /// administrator: only who [administers](Caller::administers) the tenant may, and he himself.
    /// Otherwise whoever may change people could make any administrator's account his own.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn may_change_administrator(&self, user: UserId) -> Result<(), Error> {
        if self.user() == Some(user) || self.administers() {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: "administrator" })
        }
    }

    /// The audit event of something that the caller does now.
    pub fn event<I: Id>(&self, moment: &Moment, kind: EventKind, target: I) -> Event {
        Event {
            id: EventId::generate(moment),
            tenant: self.0.tenant.id,
            at: moment.now(),
            kind,
            actor: self.actor(),
            target: Target { kind: I::KIND, id: target.to_string() },
            origin: self.0.origin.clone(),
            details: Map::new(),
        }
    }

    /// The audit event with one detail: names of fields, ids of what was assigned; never a secret.
    pub fn event_with<I: Id>(
        &self,
        moment: &Moment,
        kind: EventKind,
        target: I,
        detail: (&str, Value),
    ) -> Event {
        let mut event = self.event(moment, kind, target);
        event.details.insert(detail.0.to_owned(), detail.1);
        event
    }

    fn actor(&self) -> Actor {
        match self.0.subject {
            Subject::User(id) => Actor::User(id),
            Subject::Client(id) => Actor::Client(id),
            Subject::Operator => Actor::Operator,
            Subject::System => Actor::System,
        }
    }
}
