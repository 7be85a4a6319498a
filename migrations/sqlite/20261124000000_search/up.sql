-- The search index of users: what a user is found by, as tokens (crates/storage/src/tokens.rs).
--
-- digest tells whether the tokens of a user have changed. The index of users who are there already
-- is made in Rust, after the migrations, as far as user_search_state says that it is not yet: all
-- users up to that one, in the order of their keys, have the tokens of that version.

-- document is the second in which the user was made, times 2^31, and a number in that second: the
-- full-text index yields documents in their order, so it yields users in the order of their age.
CREATE TABLE user_search (
    document INTEGER NOT NULL PRIMARY KEY,
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX user_search_user_key ON user_search (tenant_id, user_id);
-- The tokens of each document: the index alone, not the text.
CREATE VIRTUAL TABLE user_search_tokens USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'
);
CREATE TRIGGER user_search_deleted AFTER DELETE ON user_search BEGIN
    DELETE FROM user_search_tokens WHERE rowid = OLD.document;
END;

CREATE TABLE user_search_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    is_complete INTEGER NOT NULL,
    tenant_id BLOB NOT NULL,
    user_id BLOB NOT NULL
) STRICT;
INSERT INTO user_search_state (id, version, is_complete, tenant_id, user_id)
    VALUES (1, 0, 0, zeroblob(16), zeroblob(16));
