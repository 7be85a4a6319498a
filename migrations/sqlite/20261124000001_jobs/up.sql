-- Imports and exports of many users, and how far they have come. A job that has a source is found
-- again by it when the same input comes a second time; one that has a due_at is taken up by a server
-- when that has passed. A job and its parts are deleted after expires_at.

CREATE TABLE jobs (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    source BLOB,
    connection_id BLOB,
    options TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    input_bytes INTEGER,
    bytes_done INTEGER NOT NULL,
    lines_done INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    problem TEXT,
    due_at INTEGER,
    finished_at INTEGER,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX jobs_source_key ON jobs (tenant_id, source);
CREATE INDEX jobs_due ON jobs (due_at);
-- The few of a tenant that servers work on or will.
CREATE INDEX jobs_active ON jobs (tenant_id, due_at);
CREATE INDEX jobs_expires_at ON jobs (expires_at);

-- Rows that were refused, as JSON.
CREATE TABLE job_errors (
    tenant_id BLOB NOT NULL,
    job_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant_id, job_id, line),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
) STRICT;

-- The input of an import that was sent to a server, the output of an export.
CREATE TABLE job_parts (
    tenant_id BLOB NOT NULL,
    job_id BLOB NOT NULL,
    part INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant_id, job_id, part),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
) STRICT;
