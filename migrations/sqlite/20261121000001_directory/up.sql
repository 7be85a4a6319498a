-- The directory. Tables, columns, keys and indexes have the same names in both folders.
--
-- What belongs to a tenant has the tenant first in every key, foreign keys included: no row can
-- name a row of another tenant. Unique indexes that a caller's value can violate stand in
-- crates/persistence/src/conflicts.rs. Identifiers are BLOBs of 16 bytes, times microseconds since
-- 1970, JSON is text.

CREATE TABLE tenants (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenants_number_key ON tenants (number);
CREATE UNIQUE INDEX tenants_name_key ON tenants (name);
CREATE INDEX tenants_created_at ON tenants (created_at, id);

CREATE TABLE clients (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    authentication_method TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    sealed_secret BLOB NOT NULL,
    is_first_party INTEGER NOT NULL,
    settings TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
-- Over all tenants: the token endpoint learns the tenant from it.
CREATE UNIQUE INDEX clients_identifier_key ON clients (identifier);
CREATE UNIQUE INDEX clients_name_key ON clients (tenant_id, name);
CREATE INDEX clients_created_at ON clients (tenant_id, created_at, id);

CREATE TABLE resource_servers (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    signing_algorithm TEXT NOT NULL,
    signing_secret BLOB,
    allow_offline_access INTEGER NOT NULL,
    skip_consent_for_verifiable_first_party_clients INTEGER NOT NULL,
    token_lifetime INTEGER NOT NULL,
    token_lifetime_for_web INTEGER,
    enforce_policies INTEGER NOT NULL,
    token_dialect TEXT NOT NULL,
    is_system INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX resource_servers_identifier_key ON resource_servers (tenant_id, identifier);
CREATE UNIQUE INDEX resource_servers_system_key ON resource_servers (tenant_id) WHERE is_system;
CREATE INDEX resource_servers_created_at ON resource_servers (tenant_id, created_at, id);
CREATE INDEX resource_servers_name ON resource_servers (tenant_id, name, id);

-- The scopes of a resource server.
CREATE TABLE permissions (
    tenant_id BLOB NOT NULL,
    resource_server_id BLOB NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resource_server_id, name),
    FOREIGN KEY (tenant_id, resource_server_id)
        REFERENCES resource_servers (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE client_grants (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    resource_server_id BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id)
        REFERENCES resource_servers (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX client_grants_audience_key
    ON client_grants (tenant_id, client_id, resource_server_id);
CREATE INDEX client_grants_resource_server ON client_grants (tenant_id, resource_server_id);

CREATE TABLE connections (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    strategy TEXT NOT NULL,
    display_name TEXT,
    options TEXT NOT NULL,
    metadata TEXT NOT NULL,
    is_domain_connection INTEGER NOT NULL,
    realms TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX connections_name_key ON connections (tenant_id, name);
CREATE INDEX connections_created_at ON connections (tenant_id, created_at, id);

-- The clients whose users may sign in through a connection.
CREATE TABLE connection_clients (
    tenant_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, client_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_clients_client ON connection_clients (tenant_id, client_id);

-- Columns that end in _key are what values compare by, folded. email_key and name_key are '' and
-- last_login_key is the first day of year 1 where there is no value, so that lists in their order
-- need no nulls.
CREATE TABLE users (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    subject TEXT NOT NULL,
    connection_id BLOB NOT NULL,
    status TEXT NOT NULL,
    username TEXT,
    username_key TEXT,
    email TEXT,
    email_key TEXT NOT NULL,
    email_verified INTEGER NOT NULL,
    phone TEXT,
    phone_country_code INTEGER,
    phone_verified INTEGER NOT NULL,
    external_id TEXT,
    name_key TEXT NOT NULL,
    nickname_key TEXT NOT NULL,
    profile TEXT NOT NULL,
    user_metadata TEXT NOT NULL,
    app_metadata TEXT NOT NULL,
    signed_up_at INTEGER NOT NULL,
    signed_up_ip TEXT,
    last_login_at INTEGER,
    last_login_key INTEGER NOT NULL,
    last_ip TEXT,
    logins_count INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX users_number_key ON users (number);
CREATE UNIQUE INDEX users_subject_key ON users (tenant_id, subject);
CREATE UNIQUE INDEX users_username_key ON users (tenant_id, username_key, connection_id);
CREATE UNIQUE INDEX users_email_key ON users (tenant_id, email_key, connection_id)
    WHERE email_key <> '';
CREATE UNIQUE INDEX users_phone_key ON users (tenant_id, phone, connection_id);
CREATE UNIQUE INDEX users_external_id_key ON users (tenant_id, external_id);
CREATE INDEX users_connection ON users (tenant_id, connection_id, created_at, id);
CREATE INDEX users_created_at ON users (tenant_id, created_at, id);
CREATE INDEX users_updated_at ON users (tenant_id, updated_at, id);
CREATE INDEX users_last_login ON users (tenant_id, last_login_key, id);
CREATE INDEX users_email ON users (tenant_id, email_key, id);
CREATE INDEX users_name ON users (tenant_id, name_key, id);

-- How many users a tenant has: the sum of its rows. Several, so that inserts do not wait for each
-- other.
CREATE TABLE user_counters (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    slot INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, slot)
) STRICT, WITHOUT ROWID;

-- The ways in of a user.
CREATE TABLE identities (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    connection_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_user_id TEXT NOT NULL,
    is_social INTEGER NOT NULL,
    access_token BLOB,
    refresh_token BLOB,
    expires_in INTEGER,
    profile_data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX identities_provider_user_id_key
    ON identities (tenant_id, provider, provider_user_id);
CREATE INDEX identities_user ON identities (tenant_id, user_id, position);
CREATE INDEX identities_connection ON identities (tenant_id, connection_id);

CREATE TABLE user_locks (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    locked_from INTEGER NOT NULL,
    locked_until INTEGER,
    PRIMARY KEY (tenant_id, user_id, reason),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE passwords (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    hash TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE roles (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    is_administrator INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX roles_name_key ON roles (tenant_id, name);
CREATE UNIQUE INDEX roles_administrator_key ON roles (tenant_id) WHERE is_administrator;
CREATE INDEX roles_created_at ON roles (tenant_id, created_at, id);

CREATE TABLE user_roles (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- With every column, so that nothing prefers the primary key's first column for what a role finds.
CREATE INDEX user_roles_role ON user_roles (tenant_id, role_id, user_id, assigned_at);

CREATE TABLE user_permissions (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    resource_server_id BLOB NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, resource_server_id, permission),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id, permission)
        REFERENCES permissions (tenant_id, resource_server_id, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_permissions_permission
    ON user_permissions (tenant_id, resource_server_id, permission);

CREATE TABLE role_permissions (
    tenant_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    resource_server_id BLOB NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant_id, role_id, resource_server_id, permission),
    FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id, permission)
        REFERENCES permissions (tenant_id, resource_server_id, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX role_permissions_permission
    ON role_permissions (tenant_id, resource_server_id, permission);

CREATE TABLE signing_keys (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed_private_key BLOB NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
-- Over all tenants: a token's tenant is known by its key.
CREATE UNIQUE INDEX signing_keys_id_key ON signing_keys (id);
CREATE UNIQUE INDEX signing_keys_current_key ON signing_keys (tenant_id, algorithm)
    WHERE state = 'current';
CREATE INDEX signing_keys_state ON signing_keys (tenant_id, state, algorithm);

-- What an event speaks of may be gone: nothing but the tenant is a foreign key.
CREATE TABLE events (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    occurred_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT,
    request_id TEXT,
    details TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX events_kind ON events (tenant_id, kind, id);

-- The events whose actor or target is a user.
CREATE TABLE event_users (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, user_id, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES events (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX event_users_event ON event_users (tenant_id, event_id);

CREATE TABLE foreign_ids (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, source, kind, foreign_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX foreign_ids_entity ON foreign_ids (tenant_id, entity_id);
