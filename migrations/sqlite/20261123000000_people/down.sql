-- What the columns and tables hold is lost.
DROP TABLE operators;
DROP TABLE api_tokens;

DROP INDEX tenants_display_name;
ALTER TABLE tenants DROP COLUMN updated_by;
ALTER TABLE tenants DROP COLUMN created_by;
ALTER TABLE tenants DROP COLUMN display_name_key;
ALTER TABLE tenants DROP COLUMN real_name_status;
ALTER TABLE tenants DROP COLUMN last_locked_at;
ALTER TABLE tenants DROP COLUMN locked_until;
ALTER TABLE tenants DROP COLUMN locked_from;
ALTER TABLE tenants DROP COLUMN kind;

ALTER TABLE passwords DROP COLUMN strength;
ALTER TABLE passwords DROP COLUMN expires_at;

DROP INDEX users_created_by;
DROP INDEX users_landline;
DROP INDEX users_title;
DROP INDEX users_family_name;
DROP INDEX users_given_name;
DROP INDEX users_phone_national;
DROP INDEX users_username;
DROP INDEX users_number_key;
CREATE UNIQUE INDEX users_number_key ON users (number);
ALTER TABLE users DROP COLUMN username_order;
ALTER TABLE users DROP COLUMN keys;
ALTER TABLE users DROP COLUMN updated_by;
ALTER TABLE users DROP COLUMN created_by;
