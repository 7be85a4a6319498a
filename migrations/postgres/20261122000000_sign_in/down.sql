-- Sessions, tokens and all else that the tables hold are lost; opaque tokens become JSON web tokens.
DROP TABLE client_origins;
DROP TABLE password_history;
DROP TABLE outbox;
DROP TABLE attempts;
DROP TABLE consents;
DROP TABLE tickets;
DROP TABLE tokens;
DROP TABLE token_families;
DROP TABLE sessions;
ALTER TABLE resource_servers DROP COLUMN token_format;
