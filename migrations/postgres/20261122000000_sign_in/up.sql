-- Signing people in: sessions, what is issued in them, and what is kept for a short while.
--
-- Keys as in the directory. What is found by a hash that is unique in the installation has no
-- tenant in its key: the tenant is learnt from it. What ends by itself has an index on the time, in
-- which rows of all tenants are found to be deleted.

ALTER TABLE resource_servers ADD COLUMN token_format text NOT NULL DEFAULT 'jwt';

-- ends_at is the earlier of idle_until and expires_at.
CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    factors jsonb NOT NULL,
    authenticated_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    idle_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ip text,
    user_agent text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX sessions_secret_key ON sessions (tenant_id, secret_hash);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id, id);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

-- A family may outlive its session: session_id is no foreign key. Documents of what clients have
-- sent are bytes, since they may hold U+0000, which jsonb does not.
CREATE TABLE token_families (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid,
    authorized bytea NOT NULL,
    is_offline boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX token_families_user ON token_families (tenant_id, user_id, id);
CREATE INDEX token_families_client ON token_families (tenant_id, client_id);
CREATE INDEX token_families_session ON token_families (tenant_id, session_id, id)
    WHERE revoked_at IS NULL;
CREATE INDEX token_families_expires_at ON token_families (expires_at);

CREATE TABLE tokens (
    hash bytea NOT NULL,
    kind text NOT NULL,
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    user_id uuid,
    family_id uuid,
    scopes jsonb NOT NULL,
    audiences jsonb NOT NULL,
    dpop_thumbprint text,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz,
    CONSTRAINT tokens_hash_key PRIMARY KEY (hash),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, family_id) REFERENCES token_families (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX tokens_client ON tokens (tenant_id, client_id);
CREATE INDEX tokens_user ON tokens (tenant_id, user_id);
CREATE INDEX tokens_family ON tokens (tenant_id, family_id);
CREATE INDEX tokens_expires_at ON tokens (expires_at);

-- A ticket may name a family that is made when it is used: family_id is no foreign key.
CREATE TABLE tickets (
    kind text NOT NULL,
    hash bytea NOT NULL,
    second_hash bytea,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid,
    client_id uuid,
    family_id uuid,
    details bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT tickets_hash_key PRIMARY KEY (kind, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX tickets_second_hash_key ON tickets (kind, second_hash);
CREATE INDEX tickets_user ON tickets (tenant_id, user_id, kind);
CREATE INDEX tickets_client ON tickets (tenant_id, client_id);
CREATE INDEX tickets_expires_at ON tickets (expires_at);

-- audience is '' for the scopes of OpenID Connect alone.
CREATE TABLE consents (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    client_id uuid NOT NULL,
    audience text COLLATE "C" NOT NULL,
    scopes jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX consents_audience_key ON consents (tenant_id, user_id, client_id, audience);
CREATE INDEX consents_user ON consents (tenant_id, user_id, id);
CREATE INDEX consents_client ON consents (tenant_id, client_id);

CREATE TABLE attempts (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    key_hash bytea NOT NULL,
    count integer NOT NULL,
    last_at timestamptz NOT NULL,
    blocked_until timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_hash)
);
CREATE INDEX attempts_expires_at ON attempts (expires_at);

-- One queue for the installation.
CREATE TABLE outbox (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    channel text NOT NULL,
    content bytea NOT NULL,
    failures integer NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX outbox_due_at ON outbox (due_at, id);

-- Passwords that users have had, counted from the first.
CREATE TABLE password_history (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    position bigint NOT NULL,
    hash text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id, position),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

-- The origins whose pages may call for a client, as its settings say; written with the client.
-- Clients that are older than this table have none here until they are next saved: before it there
-- was nothing that their pages could call.
CREATE TABLE client_origins (
    tenant_id uuid NOT NULL,
    origin text COLLATE "C" NOT NULL,
    client_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, origin, client_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX client_origins_client ON client_origins (tenant_id, client_id);
