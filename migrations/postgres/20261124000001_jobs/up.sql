-- Imports and exports of many users, and how far they have come. A job that has a source is found
-- again by it when the same input comes a second time; one that has a due_at is taken up by a server
-- when that has passed. A job and its parts are deleted after expires_at.

CREATE TABLE jobs (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    source bytea,
    connection_id uuid,
    options jsonb NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    input_bytes bigint,
    bytes_done bigint NOT NULL,
    lines_done bigint NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    unchanged bigint NOT NULL,
    failed bigint NOT NULL,
    problem text,
    due_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX jobs_source_key ON jobs (tenant_id, source);
CREATE INDEX jobs_due ON jobs (due_at);
-- The few of a tenant that servers work on or will.
CREATE INDEX jobs_active ON jobs (tenant_id, due_at);
CREATE INDEX jobs_expires_at ON jobs (expires_at);

-- Rows that were refused, as JSON.
CREATE TABLE job_errors (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    line bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (tenant_id, job_id, line),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);

-- The input of an import that was sent to a server, the output of an export.
CREATE TABLE job_parts (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    part bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (tenant_id, job_id, part),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
);
