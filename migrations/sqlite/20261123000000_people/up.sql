-- What more is known of users and tenants, tokens that people make for themselves, and operators.
--
-- created_by and updated_by are users of the tenant (of any tenant for tenants); they may be gone,
-- so they are no foreign keys. Keys are filled for the rows that there are as far as SQL folds;
-- what Unicode folds beyond that comes with the next change of the row.

ALTER TABLE users ADD COLUMN created_by BLOB;
ALTER TABLE users ADD COLUMN updated_by BLOB;
-- What conditions compare besides the columns, folded; members without a value are absent.
ALTER TABLE users ADD COLUMN keys TEXT NOT NULL DEFAULT '{}';
-- Lists in the order of usernames need no nulls.
ALTER TABLE users ADD COLUMN username_order TEXT NOT NULL
    GENERATED ALWAYS AS (coalesce(username_key, '')) VIRTUAL;
UPDATE users SET keys = json_patch('{}', json_object(
    -- The number without its country: digits.
    'phone', substr(phone, 2 + length(phone_country_code)),
    'given_name', lower(json_extract(profile, '$.given_name')),
    'family_name', lower(json_extract(profile, '$.family_name')),
    'title', lower(json_extract(profile, '$.title')),
    'landline', lower(json_extract(profile, '$.landline'))
));
-- Lists in the order of numbers are those of one tenant.
DROP INDEX users_number_key;
CREATE UNIQUE INDEX users_number_key ON users (tenant_id, number);
CREATE INDEX users_username ON users (tenant_id, username_order, id);
CREATE INDEX users_phone_national ON users (tenant_id, (keys ->> 'phone'))
    WHERE keys ->> 'phone' IS NOT NULL;
CREATE INDEX users_given_name ON users (tenant_id, (keys ->> 'given_name'))
    WHERE keys ->> 'given_name' IS NOT NULL;
CREATE INDEX users_family_name ON users (tenant_id, (keys ->> 'family_name'))
    WHERE keys ->> 'family_name' IS NOT NULL;
CREATE INDEX users_title ON users (tenant_id, (keys ->> 'title'))
    WHERE keys ->> 'title' IS NOT NULL;
CREATE INDEX users_landline ON users (tenant_id, (keys ->> 'landline'))
    WHERE keys ->> 'landline' IS NOT NULL;
CREATE INDEX users_created_by ON users (tenant_id, created_by) WHERE created_by IS NOT NULL;

ALTER TABLE passwords ADD COLUMN expires_at INTEGER;
ALTER TABLE passwords ADD COLUMN strength TEXT NOT NULL DEFAULT 'unknown';

ALTER TABLE tenants ADD COLUMN kind TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE tenants ADD COLUMN locked_from INTEGER;
ALTER TABLE tenants ADD COLUMN locked_until INTEGER;
ALTER TABLE tenants ADD COLUMN last_locked_at INTEGER;
-- How far the customer's name has been proved, as it is written.
ALTER TABLE tenants ADD COLUMN real_name_status TEXT;
-- The display name, the name without one, folded.
ALTER TABLE tenants ADD COLUMN display_name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN created_by BLOB;
ALTER TABLE tenants ADD COLUMN updated_by BLOB;
UPDATE tenants SET
    display_name_key = lower(coalesce(json_extract(settings, '$.display_name'), name));
CREATE INDEX tenants_display_name ON tenants (display_name_key, id);

-- owner_id is the user whose token it is, and the tenant itself for a system's.
CREATE TABLE api_tokens (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    user_id BLOB,
    owner_id BLOB NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    access TEXT NOT NULL,
    expires_at INTEGER,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX api_tokens_number_key ON api_tokens (number);
-- Over all tenants: a token's tenant is learnt from it.
CREATE UNIQUE INDEX api_tokens_hash_key ON api_tokens (hash);
CREATE UNIQUE INDEX api_tokens_name_key ON api_tokens (tenant_id, owner_id, name);
CREATE INDEX api_tokens_owner ON api_tokens (tenant_id, owner_id, id);
CREATE INDEX api_tokens_user ON api_tokens (tenant_id, user_id);

-- The users who operate the installation.
CREATE TABLE operators (
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX operators_created_at ON operators (created_at, tenant_id, user_id);
