-- What the columns and tables hold is lost.
DROP TABLE operators;
DROP TABLE api_tokens;

ALTER TABLE tenants
    DROP COLUMN updated_by,
    DROP COLUMN created_by,
    DROP COLUMN display_name_key,
    DROP COLUMN real_name_status,
    DROP COLUMN last_locked_at,
    DROP COLUMN locked_until,
    DROP COLUMN locked_from,
    DROP COLUMN kind,
    ALTER COLUMN status TYPE text COLLATE "default";

ALTER TABLE passwords
    DROP COLUMN strength,
    DROP COLUMN expires_at;

DROP INDEX users_username;
DROP INDEX users_number_key;
CREATE UNIQUE INDEX users_number_key ON users (number);
ALTER TABLE users
    DROP COLUMN username_order,
    DROP COLUMN keys,
    DROP COLUMN updated_by,
    DROP COLUMN created_by,
    ALTER COLUMN status TYPE text COLLATE "default";
