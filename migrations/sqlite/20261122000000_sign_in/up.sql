-- Signing people in: sessions, what is issued in them, and what is kept for a short while.
--
-- Keys as in the directory. What is found by a hash that is unique in the installation has no
-- tenant in its key: the tenant is learnt from it. What ends by itself has an index on the time, in
-- which rows of all tenants are found to be deleted.

ALTER TABLE resource_servers ADD COLUMN token_format TEXT NOT NULL DEFAULT 'jwt';

-- ends_at is the earlier of idle_until and expires_at.
CREATE TABLE sessions (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    factors TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ip TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX sessions_secret_key ON sessions (tenant_id, secret_hash);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id, id);
CREATE INDEX sessions_ends_at ON sessions (ends_at);

-- A family may outlive its session: session_id is no foreign key. Documents of what clients have
-- sent are bytes, since they may hold U+0000, which PostgreSQL's jsonb does not.
CREATE TABLE token_families (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    session_id BLOB,
    authorized BLOB NOT NULL,
    is_offline INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX token_families_user ON token_families (tenant_id, user_id, id);
CREATE INDEX token_families_client ON token_families (tenant_id, client_id);
CREATE INDEX token_families_session ON token_families (tenant_id, session_id, id)
    WHERE revoked_at IS NULL;
CREATE INDEX token_families_expires_at ON token_families (expires_at);

CREATE TABLE tokens (
    hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    tenant_id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    user_id BLOB,
    family_id BLOB,
    scopes TEXT NOT NULL,
    audiences TEXT NOT NULL,
    dpop_thumbprint TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    rotated_at INTEGER,
    CONSTRAINT tokens_hash_key PRIMARY KEY (hash),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, family_id) REFERENCES token_families (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tokens_client ON tokens (tenant_id, client_id);
CREATE INDEX tokens_user ON tokens (tenant_id, user_id);
CREATE INDEX tokens_family ON tokens (tenant_id, family_id);
CREATE INDEX tokens_expires_at ON tokens (expires_at);

-- A ticket may name a family that is made when it is used: family_id is no foreign key.
CREATE TABLE tickets (
    kind TEXT NOT NULL,
    hash BLOB NOT NULL,
    second_hash BLOB,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    user_id BLOB,
    client_id BLOB,
    family_id BLOB,
    details BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    CONSTRAINT tickets_hash_key PRIMARY KEY (kind, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX tickets_second_hash_key ON tickets (kind, second_hash);
CREATE INDEX tickets_user ON tickets (tenant_id, user_id, kind);
CREATE INDEX tickets_client ON tickets (tenant_id, client_id);
CREATE INDEX tickets_expires_at ON tickets (expires_at);

-- audience is '' for the scopes of OpenID Connect alone.
CREATE TABLE consents (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    audience TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX consents_audience_key ON consents (tenant_id, user_id, client_id, audience);
CREATE INDEX consents_user ON consents (tenant_id, user_id, id);
CREATE INDEX consents_client ON consents (tenant_id, client_id);

CREATE TABLE attempts (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    key_hash BLOB NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    blocked_until INTEGER,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key_hash)
) STRICT;
CREATE INDEX attempts_expires_at ON attempts (expires_at);

-- One queue for the installation.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    channel TEXT NOT NULL,
    content BLOB NOT NULL,
    failures INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due_at ON outbox (due_at, id);

-- Passwords that users have had, counted from the first.
CREATE TABLE password_history (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, position),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The origins whose pages may call for a client, as its settings say; written with the client.
-- Clients that are older than this table have none here until they are next saved: before it there
-- was nothing that their pages could call.
CREATE TABLE client_origins (
    tenant_id BLOB NOT NULL,
    origin TEXT NOT NULL,
    client_id BLOB NOT NULL,
    PRIMARY KEY (tenant_id, origin, client_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX client_origins_client ON client_origins (tenant_id, client_id);
