//! Which permission an action on a resource needs.

use std::sync::LazyLock;

use citizenry_identity::ManagementPermission;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make one.
    Create,
    /// Look at it, or list them.
    Read,
    /// Change it, or what is assigned to it.
    Update,
    /// Delete it.
    Delete,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    /// The verb of permissions.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What it is done to. Always something of the caller's own tenant, but for `AllTenants`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The tenants of the installation: for the operator alone.
    AllTenants,
    /// The tenant's settings.
    TenantSettings,
    /// What the tenant's pages look like.
    Branding,
    /// Users, their identities, and the roles and permissions given to them.
    User,
    /// The access tokens that identity providers have given to users.
    UserProviderTokens,
    /// The audit events of one user.
    UserEvents,
    /// The calling user's own identities.
    OwnIdentities,
    /// Connections.
    Connection,
    /// Clients.
    Client,
    /// The secrets of clients.
    ClientSecret,
    /// Resource servers.
    ResourceServer,
    /// Client grants.
    ClientGrant,
    /// Roles, their permissions, and who has them.
    Role,
    /// Departments, who sits in them, and who leads them.
    Department,
    /// Groups, their members, and what those may do.
    Group,
    /// Tags, and what they are on.
    Tag,
    /// The tokens of people and systems.
    ApiToken,
    /// Organizations.
    Organization,
    /// Consents that users have given.
    Grant,
    /// Audit events.
    Event,
    /// Signing keys.
    SigningKey,
}

impl Resource {
    /// All of them but [`Resource::AllTenants`], which no permission opens.
    pub const ALL: [Self; 20] = [
        Self::TenantSettings,
        Self::Branding,
        Self::User,
        Self::UserProviderTokens,
        Self::UserEvents,
        Self::OwnIdentities,
        Self::Connection,
        Self::Client,
        Self::ClientSecret,
        Self::ResourceServer,
        Self::ClientGrant,
        Self::Role,
        Self::Department,
        Self::Group,
        Self::Tag,
        Self::ApiToken,
        Self::Organization,
        Self::Grant,
        Self::Event,
        Self::SigningKey,
    ];

    /// The resource as permissions name it.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::AllTenants => "tenants",
            Self::TenantSettings => "tenant_settings",
            Self::Branding => "branding",
            Self::User => "users",
            Self::UserProviderTokens => "user_idp_tokens",
            Self::UserEvents => "logs_users",
            Self::OwnIdentities => "current_user_identities",
            Self::Connection => "connections",
            Self::Client => "clients",
            Self::ClientSecret => "client_keys",
            Self::ResourceServer => "resource_servers",
            Self::ClientGrant => "client_grants",
            Self::Role => "roles",
            Self::Department => "departments",
            Self::Group => "groups",
            Self::Tag => "tags",
            Self::ApiToken => "api_tokens",
            Self::Organization => "organizations",
            Self::Grant => "grants",
            Self::Event => "logs",
            Self::SigningKey => "signing_keys",
        }
    }
}

impl Action {
    /// The permission that this action on `resource` needs; `None` where the vocabulary has no
    /// word for the pair, so that no permission opens it.
    pub fn needed_for(self, resource: Resource) -> Option<ManagementPermission> {
        NEEDED.iter().find(|(pair, _)| *pair == (self, resource)).map(|(_, needed)| *needed)
    }
}

/// Every pair that a permission opens. Looked up once, so that a decision compares no text.
static NEEDED: LazyLock<Vec<((Action, Resource), ManagementPermission)>> = LazyLock::new(|| {
    let pairs = Resource::ALL
        .into_iter()
        .flat_map(|resource| Action::ALL.into_iter().map(move |action| (action, resource)));
    pairs
        .filter_map(|(action, resource)| {
            let name = format!("{}:{}", action.verb(), resource.noun());
            Some(((action, resource), ManagementPermission::parse(&name)?))
        })
        .collect()
});
