//! Which field a unique violation speaks of.
//!
//! PostgreSQL names the constraint, SQLite lists the columns; [`UNIQUES`] knows both. Every unique
//! index of the schema that a caller's value can violate has a row here; one without a row is a
//! defect and ends as `StorageError::Backend`. Primary keys need none: ids are ours.

use citizenry_identity::Kind;
use citizenry_storage::StorageError;

/// One unique index.
#[derive(Debug)]
pub(crate) struct Unique {
    /// The index's name, the same on both databases.
    pub(crate) constraint: &'static str,
    /// Its columns as SQLite lists them: `table.column, table.column`.
    pub(crate) columns: &'static str,
    /// The entity whose value is taken.
    pub(crate) kind: Kind,
    /// The canonical name of the field that is taken.
    pub(crate) field: &'static str,
}

/// Every unique index that a caller's value can violate.
pub(crate) const UNIQUES: &[Unique] = &[
    Unique {
        constraint: "api_tokens_name_key",
        columns: "api_tokens.tenant_id, api_tokens.owner_id, api_tokens.name",
        kind: Kind::ApiToken,
        field: "name",
    },
    Unique {
        constraint: "tenants_name_key",
        columns: "tenants.name",
        kind: Kind::Tenant,
        field: "name",
    },
    Unique {
        constraint: "clients_identifier_key",
        columns: "clients.identifier",
        kind: Kind::Client,
        field: "client_id",
    },
    Unique {
        constraint: "clients_name_key",
        columns: "clients.tenant_id, clients.name",
        kind: Kind::Client,
        field: "name",
    },
    Unique {
        constraint: "resource_servers_identifier_key",
        columns: "resource_servers.tenant_id, resource_servers.identifier",
        kind: Kind::ResourceServer,
        field: "identifier",
    },
    Unique {
        constraint: "resource_servers_system_key",
        columns: "resource_servers.tenant_id",
        kind: Kind::ResourceServer,
        field: "is_system",
    },
    Unique {
        constraint: "client_grants_audience_key",
        columns: "client_grants.tenant_id, client_grants.client_id, client_grants.resource_server_id",
        kind: Kind::ClientGrant,
        field: "audience",
    },
    Unique {
        constraint: "connections_name_key",
        columns: "connections.tenant_id, connections.name",
        kind: Kind::Connection,
        field: "name",
    },
    Unique {
        constraint: "users_subject_key",
        columns: "users.tenant_id, users.subject",
        kind: Kind::User,
        field: "user_id",
    },
    Unique {
        constraint: "users_username_key",
        columns: "users.tenant_id, users.username_key, users.connection_id",
        kind: Kind::User,
        field: "username",
    },
    Unique {
        constraint: "users_email_key",
        columns: "users.tenant_id, users.email_key, users.connection_id",
        kind: Kind::User,
        field: "email",
    },
    Unique {
        constraint: "users_phone_key",
        columns: "users.tenant_id, users.phone, users.connection_id",
        kind: Kind::User,
        field: "phone",
    },
    Unique {
        constraint: "users_external_id_key",
        columns: "users.tenant_id, users.external_id",
        kind: Kind::User,
        field: "external_id",
    },
    Unique {
        constraint: "identities_provider_user_id_key",
        columns: "identities.tenant_id, identities.provider, identities.provider_user_id",
        kind: Kind::User,
        field: "user_id",
    },
    Unique {
        constraint: "roles_name_key",
        columns: "roles.tenant_id, roles.name",
        kind: Kind::Role,
        field: "name",
    },
    Unique {
        constraint: "roles_administrator_key",
        columns: "roles.tenant_id",
        kind: Kind::Role,
        field: "administrator",
    },
    Unique {
        constraint: "signing_keys_current_key",
        columns: "signing_keys.tenant_id, signing_keys.algorithm",
        kind: Kind::SigningKey,
        field: "state",
    },
    Unique {
        constraint: "sessions_secret_key",
        columns: "sessions.tenant_id, sessions.secret_hash",
        kind: Kind::Session,
        field: "secret",
    },
    Unique {
        constraint: "tokens_hash_key",
        columns: "tokens.hash",
        kind: Kind::Token,
        field: "hash",
    },
    Unique {
        constraint: "tickets_hash_key",
        columns: "tickets.kind, tickets.hash",
        kind: Kind::Ticket,
        field: "hash",
    },
    Unique {
        constraint: "tickets_second_hash_key",
        columns: "tickets.kind, tickets.second_hash",
        kind: Kind::Ticket,
        field: "second_hash",
    },
    Unique {
        constraint: "departments_code_key",
        columns: "departments.tenant_id, departments.code",
        kind: Kind::Department,
        field: "code",
    },
    Unique {
        constraint: "department_members_main_key",
        columns: "department_members.tenant_id, department_members.user_id",
        kind: Kind::Department,
        field: "main",
    },
    Unique {
        constraint: "groups_code_key",
        columns: "groups.tenant_id, groups.code",
        kind: Kind::Group,
        field: "code",
    },
    Unique {
        constraint: "jobs_source_key",
        columns: "jobs.tenant_id, jobs.source",
        kind: Kind::Job,
        field: "source",
    },
    Unique {
        constraint: "tags_name_key",
        columns: "tags.tenant_id, tags.name",
        kind: Kind::Tag,
        field: "name",
    },
];

/// The conflict that a unique violation is: `constraint` is what PostgreSQL names, `message` what
/// SQLite says (`UNIQUE constraint failed: users.tenant_id, users.name`, or for an index on an
/// expression `UNIQUE constraint failed: index 'name'`).
pub(crate) fn conflict(constraint: Option<&str>, message: &str) -> Option<StorageError> {
    let listed = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    let indexed = listed.strip_prefix("index '").and_then(|name| name.strip_suffix('\''));
    UNIQUES
        .iter()
        .find(|unique| match constraint.or(indexed) {
            Some(name) => unique.constraint == name,
            None => unique.columns == listed,
        })
        .map(|unique| StorageError::Conflict { kind: unique.kind, field: unique.field })
}
