-- What more is known of users and tenants, tokens that people make for themselves, and operators.
--
-- created_by and updated_by are users of the tenant (of any tenant for tenants); they may be gone,
-- so they are no foreign keys. Keys are filled for the rows that there are as far as SQL folds;
-- what Unicode folds beyond that comes with the next change of the row.

ALTER TABLE users
    ADD COLUMN created_by uuid,
    ADD COLUMN updated_by uuid,
    -- What conditions compare besides the columns, folded; members without a value are absent.
    ADD COLUMN keys jsonb NOT NULL DEFAULT '{}',
    -- Lists in the order of usernames need no nulls.
    ADD COLUMN username_order text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (coalesce(username_key, '')) STORED,
    -- Conditions compare it.
    ALTER COLUMN status TYPE text COLLATE "C";
UPDATE users SET keys = jsonb_strip_nulls(jsonb_build_object(
    -- The number without its country: digits.
    'phone', substr(phone, 2 + length(phone_country_code::text)),
    'given_name', lower(profile ->> 'given_name'),
    'family_name', lower(profile ->> 'family_name'),
    'title', lower(profile ->> 'title'),
    'landline', lower(profile ->> 'landline')
));
-- Lists in the order of numbers are those of one tenant.
DROP INDEX users_number_key;
CREATE UNIQUE INDEX users_number_key ON users (tenant_id, number);
CREATE INDEX users_username ON users (tenant_id, username_order, id);
CREATE INDEX users_phone_national ON users (tenant_id, ((keys ->> 'phone') COLLATE "C"))
    WHERE keys ->> 'phone' IS NOT NULL;
CREATE INDEX users_given_name ON users (tenant_id, ((keys ->> 'given_name') COLLATE "C"))
    WHERE keys ->> 'given_name' IS NOT NULL;
CREATE INDEX users_family_name ON users (tenant_id, ((keys ->> 'family_name') COLLATE "C"))
    WHERE keys ->> 'family_name' IS NOT NULL;
CREATE INDEX users_title ON users (tenant_id, ((keys ->> 'title') COLLATE "C"))
    WHERE keys ->> 'title' IS NOT NULL;
CREATE INDEX users_landline ON users (tenant_id, ((keys ->> 'landline') COLLATE "C"))
    WHERE keys ->> 'landline' IS NOT NULL;
CREATE INDEX users_created_by ON users (tenant_id, created_by) WHERE created_by IS NOT NULL;

ALTER TABLE passwords
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN strength text NOT NULL DEFAULT 'unknown';

ALTER TABLE tenants
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'unknown',
    ADD COLUMN locked_from timestamptz,
    ADD COLUMN locked_until timestamptz,
    ADD COLUMN last_locked_at timestamptz,
    -- How far the customer's name has been proved, as it is written.
    ADD COLUMN real_name_status text COLLATE "C",
    -- The display name, the name without one, folded.
    ADD COLUMN display_name_key text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN created_by uuid,
    ADD COLUMN updated_by uuid,
    -- Conditions compare it.
    ALTER COLUMN status TYPE text COLLATE "C";
UPDATE tenants SET display_name_key = lower(coalesce(settings ->> 'display_name', name));
CREATE INDEX tenants_display_name ON tenants (display_name_key, id);

-- owner_id is the user whose token it is, and the tenant itself for a system's.
CREATE TABLE api_tokens (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    number bigint NOT NULL,
    user_id uuid,
    owner_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    access jsonb NOT NULL,
    expires_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX api_tokens_number_key ON api_tokens (number);
-- Over all tenants: a token's tenant is learnt from it.
CREATE UNIQUE INDEX api_tokens_hash_key ON api_tokens (hash);
CREATE UNIQUE INDEX api_tokens_name_key ON api_tokens (tenant_id, owner_id, name);
CREATE INDEX api_tokens_owner ON api_tokens (tenant_id, owner_id, id);
CREATE INDEX api_tokens_user ON api_tokens (tenant_id, user_id);

-- The users who operate the installation.
CREATE TABLE operators (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operators_created_at ON operators (created_at, tenant_id, user_id);
