-- The search index of users: what a user is found by, as tokens (crates/storage/src/tokens.rs).
--
-- digest tells whether the tokens of a user have changed. The index of users who are there already
-- is made in Rust, after the migrations, as far as user_search_state says that it is not yet: all
-- users up to that one, in the order of their keys, have the tokens of that version.

CREATE TABLE user_search (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    digest bigint NOT NULL,
    tokens bigint[] NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX user_search_tokens ON user_search USING gin (tokens);

CREATE TABLE user_search_state (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL,
    is_complete boolean NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL
);
INSERT INTO user_search_state (id, version, is_complete, tenant_id, user_id) VALUES
    (1, 0, false, '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000');
