//! The one error of every use case. A door turns it into its own wire form with one exhaustive match.

use std::{borrow::Cow, fmt, time::Duration};

/// What can go wrong in a use case. Small and closed on purpose: a door maps each variant once.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such entity in the caller's tenant, or none that he may know of.
    #[error("{kind} {id} not found")]
    NotFound {
        /// What was looked for.
        kind: Kind,
        /// The identifier as the caller wrote it.
        id: String,
    },
    /// Another entity, or the state of this one, stands against the change.
    #[error("{kind}: conflict on {field}")]
    Conflict {
        /// The entity that conflicts.
        kind: Kind,
        /// The field (`email`, `name`, `status`, …) or rule (`last_administrator`) that conflicts.
        field: &'static str,
    },
    /// A value that the model refuses.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field's canonical name; a door translates it where its own name differs.
        field: Cow<'static, str>,
        /// What is wrong, in words that may be shown to the caller.
        reason: String,
    },
    /// Nobody, or not provably, is asking.
    #[error("not authenticated")]
    Unauthenticated,
    /// The caller lacks a permission.
    #[error("missing permission {permission}")]
    Forbidden {
        /// The permission, `<verb>:<resource>`, that would have been enough.
        permission: &'static str,
    },
    /// Too many requests.
    #[error("too many requests")]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The version that the caller sent is not the stored one any more.
    #[error("changed by somebody else in between")]
    Stale,
    /// The system cannot serve this now (busy, starting, stopping); trying again later may help.
    #[error("temporarily unavailable")]
    Unavailable,
    /// A defect or a failed part. The source is for the log, never for the caller.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// No `kind` with the identifier `id`.
    pub fn not_found(kind: Kind, id: impl fmt::Display) -> Self {
        Self::NotFound { kind, id: id.to_string() }
    }

    /// `field` of a `kind` conflicts.
    pub fn conflict(kind: Kind, field: &'static str) -> Self {
        Self::Conflict { kind, field }
    }

    /// `field` has a value that is refused because of `reason`.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A defect with its cause.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

/// The kinds of entities that an error, an event or a foreign id speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// One way in of a user.
    Identity,
    /// An identity source.
    Connection,
    /// A role.
    Role,
    /// A permission: a scope of a resource server.
    Permission,
    /// A resource server.
    ResourceServer,
    /// A client.
    Client,
    /// A client grant.
    ClientGrant,
    /// A signing key.
    SigningKey,
    /// An audit event.
    Event,
    /// A group of users.
    Group,
    /// An organization.
    Organization,
    /// A session.
    Session,
    /// A consent: what a user has allowed a client.
    Consent,
    /// The tokens of one authorization.
    TokenFamily,
    /// A stored token.
    Token,
    /// A secret that is good once.
    Ticket,
    /// A department.
    Department,
    /// A tag.
    Tag,
    /// A token that a person or an administrator has made.
    ApiToken,
    /// A message in the outbox.
    Message,
    /// Work on many users: an import or an export.
    Job,
}

impl Kind {
    /// The kind as a word in lower case, as it is stored and shown (`resource_server`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::Identity => "identity",
            Self::Connection => "connection",
            Self::Role => "role",
            Self::Permission => "permission",
            Self::ResourceServer => "resource_server",
            Self::Client => "client",
            Self::ClientGrant => "client_grant",
            Self::SigningKey => "signing_key",
            Self::Event => "event",
            Self::Group => "group",
            Self::Organization => "organization",
            Self::Session => "session",
            Self::Consent => "consent",
            Self::TokenFamily => "token_family",
            Self::Token => "token",
            Self::Ticket => "ticket",
            Self::Department => "department",
            Self::Tag => "tag",
            Self::ApiToken => "api_token",
            Self::Message => "message",
            Self::Job => "job",
        }
    }

    /// The kind that [`Kind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Tenant,
            Self::User,
            Self::Identity,
            Self::Connection,
            Self::Role,
            Self::Permission,
            Self::ResourceServer,
            Self::Client,
            Self::ClientGrant,
            Self::SigningKey,
            Self::Event,
            Self::Group,
            Self::Organization,
            Self::Session,
            Self::Consent,
            Self::TokenFamily,
            Self::Token,
            Self::Ticket,
            Self::Department,
            Self::Tag,
            Self::ApiToken,
            Self::Message,
            Self::Job,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
