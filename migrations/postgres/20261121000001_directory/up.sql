-- The directory. Tables, columns, keys and indexes have the same names in both folders.
--
-- What belongs to a tenant has the tenant first in every key, foreign keys included: no row can
-- name a row of another tenant. Unique indexes that a caller's value can violate stand in
-- crates/persistence/src/conflicts.rs. Text that is sorted is COLLATE "C", the byte order that
-- SQLite has, too.

CREATE TABLE tenants (
    id uuid NOT NULL PRIMARY KEY,
    number bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    status text NOT NULL,
    settings jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX tenants_number_key ON tenants (number);
CREATE UNIQUE INDEX tenants_name_key ON tenants (name);
CREATE INDEX tenants_created_at ON tenants (created_at, id);

CREATE TABLE clients (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    identifier text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    authentication_method text NOT NULL,
    secret_hash bytea NOT NULL,
    sealed_secret bytea NOT NULL,
    is_first_party boolean NOT NULL,
    settings jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- Over all tenants: the token endpoint learns the tenant from it.
CREATE UNIQUE INDEX clients_identifier_key ON clients (identifier);
CREATE UNIQUE INDEX clients_name_key ON clients (tenant_id, name);
CREATE INDEX clients_created_at ON clients (tenant_id, created_at, id);

CREATE TABLE resource_servers (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    identifier text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    signing_algorithm text NOT NULL,
    signing_secret bytea,
    allow_offline_access boolean NOT NULL,
    skip_consent_for_verifiable_first_party_clients boolean NOT NULL,
    token_lifetime bigint NOT NULL,
    token_lifetime_for_web bigint,
    enforce_policies boolean NOT NULL,
    token_dialect text NOT NULL,
    is_system boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX resource_servers_identifier_key ON resource_servers (tenant_id, identifier);
CREATE UNIQUE INDEX resource_servers_system_key ON resource_servers (tenant_id) WHERE is_system;
CREATE INDEX resource_servers_created_at ON resource_servers (tenant_id, created_at, id);
CREATE INDEX resource_servers_name ON resource_servers (tenant_id, name, id);

-- The scopes of a resource server.
CREATE TABLE permissions (
    tenant_id uuid NOT NULL,
    resource_server_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text,
    position bigint NOT NULL,
    PRIMARY KEY (tenant_id, resource_server_id, name),
    FOREIGN KEY (tenant_id, resource_server_id)
        REFERENCES resource_servers (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE client_grants (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    resource_server_id uuid NOT NULL,
    scopes jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id)
        REFERENCES resource_servers (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX client_grants_audience_key
    ON client_grants (tenant_id, client_id, resource_server_id);
CREATE INDEX client_grants_resource_server ON client_grants (tenant_id, resource_server_id);

CREATE TABLE connections (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    strategy text NOT NULL,
    display_name text,
    options jsonb NOT NULL,
    metadata jsonb NOT NULL,
    is_domain_connection boolean NOT NULL,
    realms jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX connections_name_key ON connections (tenant_id, name);
CREATE INDEX connections_created_at ON connections (tenant_id, created_at, id);

-- The clients whose users may sign in through a connection.
CREATE TABLE connection_clients (
    tenant_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    client_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, client_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX connection_clients_client ON connection_clients (tenant_id, client_id);

-- Columns that end in _key are what values compare by, folded. email_key and name_key are '' and
-- last_login_key is the first day of year 1 where there is no value, so that lists in their order
-- need no nulls.
CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    number bigint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    connection_id uuid NOT NULL,
    status text NOT NULL,
    username text,
    username_key text COLLATE "C",
    email text,
    email_key text COLLATE "C" NOT NULL,
    email_verified boolean NOT NULL,
    phone text COLLATE "C",
    phone_country_code integer,
    phone_verified boolean NOT NULL,
    external_id text COLLATE "C",
    name_key text COLLATE "C" NOT NULL,
    nickname_key text COLLATE "C" NOT NULL,
    profile jsonb NOT NULL,
    user_metadata jsonb NOT NULL,
    app_metadata jsonb NOT NULL,
    signed_up_at timestamptz NOT NULL,
    signed_up_ip text,
    last_login_at timestamptz,
    last_login_key timestamptz NOT NULL,
    last_ip text,
    logins_count bigint NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
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
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    slot integer NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (tenant_id, slot)
);

-- The ways in of a user.
CREATE TABLE identities (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    position bigint NOT NULL,
    connection_id uuid NOT NULL,
    provider text COLLATE "C" NOT NULL,
    provider_user_id text COLLATE "C" NOT NULL,
    is_social boolean NOT NULL,
    access_token bytea,
    refresh_token bytea,
    expires_in bigint,
    profile_data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX identities_provider_user_id_key
    ON identities (tenant_id, provider, provider_user_id);
CREATE INDEX identities_user ON identities (tenant_id, user_id, position);
CREATE INDEX identities_connection ON identities (tenant_id, connection_id);

CREATE TABLE user_locks (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    reason text NOT NULL,
    locked_from timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (tenant_id, user_id, reason),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE passwords (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    hash text NOT NULL,
    must_change boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE roles (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    description text,
    is_administrator boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX roles_name_key ON roles (tenant_id, name);
CREATE UNIQUE INDEX roles_administrator_key ON roles (tenant_id) WHERE is_administrator;
CREATE INDEX roles_created_at ON roles (tenant_id, created_at, id);

CREATE TABLE user_roles (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE
);
-- With every column, so that nothing prefers the primary key's first column for what a role finds.
CREATE INDEX user_roles_role ON user_roles (tenant_id, role_id, user_id, assigned_at);

CREATE TABLE user_permissions (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    resource_server_id uuid NOT NULL,
    permission text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, user_id, resource_server_id, permission),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id, permission)
        REFERENCES permissions (tenant_id, resource_server_id, name) ON DELETE CASCADE
);
CREATE INDEX user_permissions_permission
    ON user_permissions (tenant_id, resource_server_id, permission);

CREATE TABLE role_permissions (
    tenant_id uuid NOT NULL,
    role_id uuid NOT NULL,
    resource_server_id uuid NOT NULL,
    permission text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, role_id, resource_server_id, permission),
    FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, resource_server_id, permission)
        REFERENCES permissions (tenant_id, resource_server_id, name) ON DELETE CASCADE
);
CREATE INDEX role_permissions_permission
    ON role_permissions (tenant_id, resource_server_id, permission);

CREATE TABLE signing_keys (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    algorithm text NOT NULL,
    state text NOT NULL,
    sealed_private_key bytea NOT NULL,
    public_jwk jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- Over all tenants: a token's tenant is known by its key.
CREATE UNIQUE INDEX signing_keys_id_key ON signing_keys (id);
CREATE UNIQUE INDEX signing_keys_current_key ON signing_keys (tenant_id, algorithm)
    WHERE state = 'current';
CREATE INDEX signing_keys_state ON signing_keys (tenant_id, state, algorithm);

-- What an event speaks of may be gone: nothing but the tenant is a foreign key.
CREATE TABLE events (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    target_kind text NOT NULL,
    target_id text NOT NULL,
    ip text,
    user_agent text,
    request_id text,
    details jsonb NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX events_kind ON events (tenant_id, kind, id);

-- The events whose actor or target is a user.
CREATE TABLE event_users (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, user_id, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES events (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX event_users_event ON event_users (tenant_id, event_id);

CREATE TABLE foreign_ids (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    source text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    foreign_id text COLLATE "C" NOT NULL,
    entity_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, source, kind, foreign_id)
);
CREATE INDEX foreign_ids_entity ON foreign_ids (tenant_id, entity_id);
