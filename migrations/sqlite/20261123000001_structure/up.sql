-- The structure that people sit in: departments, groups, and the tags on all of them.
--
-- Keys as in the directory: the tenant first in every one, foreign keys included. Numbers are drawn
-- from the installation's one sequence. Who made or changed something may be gone: created_by and
-- updated_by are no foreign keys. member_count is how many memberships there are; whatever adds or
-- takes one away, the deletion of a user included, counts it in the same unit of work.

-- path is the identifiers of those above and of itself in lower case, the root first, each followed
-- by '/': what lies below a department is one range of the index. level is how many they are.
CREATE TABLE departments (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    parent_id BLOB,
    path TEXT NOT NULL,
    level INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    member_count INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_by BLOB,
    updated_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES departments (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX departments_number_key ON departments (tenant_id, number);
CREATE UNIQUE INDEX departments_code_key ON departments (tenant_id, code);
CREATE INDEX departments_path ON departments (tenant_id, path);
CREATE INDEX departments_parent ON departments (tenant_id, parent_id);
CREATE INDEX departments_created_at ON departments (tenant_id, created_at, id);
CREATE INDEX departments_number ON departments (tenant_id, number, id);
CREATE INDEX departments_name ON departments (tenant_id, name_key, id);

CREATE TABLE department_members (
    tenant_id BLOB NOT NULL,
    department_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    is_main INTEGER NOT NULL,
    is_head INTEGER NOT NULL,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, department_id, user_id),
    FOREIGN KEY (tenant_id, department_id)
        REFERENCES departments (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX department_members_main_key ON department_members (tenant_id, user_id)
    WHERE is_main;
CREATE INDEX department_members_department
    ON department_members (tenant_id, department_id, number);
-- With the department, so that nothing prefers the primary key's first column for what a user finds.
CREATE INDEX department_members_user
    ON department_members (tenant_id, user_id, number, department_id);

CREATE TABLE groups (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    description_key TEXT,
    enabled INTEGER NOT NULL,
    source TEXT,
    member_count INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_by BLOB,
    updated_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX groups_number_key ON groups (tenant_id, number);
CREATE UNIQUE INDEX groups_code_key ON groups (tenant_id, code);
CREATE INDEX groups_created_at ON groups (tenant_id, created_at, id);
CREATE INDEX groups_number ON groups (tenant_id, number, id);
CREATE INDEX groups_name ON groups (tenant_id, name_key, id);

-- What the members of a group may do to all objects of a kind.
CREATE TABLE group_wildcards (
    tenant_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, name),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT;

-- What they may do to single objects, which lie outside of the directory.
CREATE TABLE group_permissions (
    tenant_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    object_type TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, object_type, object_id, permission),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE group_members (
    tenant_id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, group_id, user_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX group_members_group ON group_members (tenant_id, group_id, number);
CREATE INDEX group_members_user ON group_members (tenant_id, user_id, number, group_id);

CREATE TABLE tags (
    tenant_id BLOB NOT NULL REFERENCES tenants (id),
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_by BLOB,
    updated_by BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX tags_number_key ON tags (tenant_id, number);
CREATE UNIQUE INDEX tags_name_key ON tags (tenant_id, name);
CREATE INDEX tags_created_at ON tags (tenant_id, created_at, id);
CREATE INDEX tags_number ON tags (tenant_id, number, id);
CREATE INDEX tags_name ON tags (tenant_id, name_key, id);

-- The tags on things. target_kind and target_id say what a tag is on; one of user_id, department_id
-- and group_id is the same as target_id, so that a tag goes with what it is on. tag_number and
-- target_number are the numbers of both, which never change: lists are ordered by them.
CREATE TABLE tag_links (
    tenant_id BLOB NOT NULL,
    tag_id BLOB NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BLOB NOT NULL,
    user_id BLOB,
    department_id BLOB,
    group_id BLOB,
    number INTEGER NOT NULL,
    tag_number INTEGER NOT NULL,
    target_number INTEGER NOT NULL,
    created_by BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, tag_id, target_kind, target_id),
    FOREIGN KEY (tenant_id, tag_id) REFERENCES tags (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, department_id)
        REFERENCES departments (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    CHECK (
        user_id IS CASE WHEN target_kind = 'user' THEN target_id END
        AND department_id IS
            CASE WHEN target_kind = 'department' THEN target_id END
        AND group_id IS CASE WHEN target_kind = 'group' THEN target_id END
        AND target_kind IN ('user', 'department', 'group')
    )
) STRICT;
CREATE INDEX tag_links_target ON tag_links (tenant_id, target_kind, target_id, number);
CREATE INDEX tag_links_tag ON tag_links (tenant_id, tag_id, target_kind, number);
CREATE INDEX tag_links_tag_target
    ON tag_links (tenant_id, tag_id, target_kind, target_number, number);
CREATE INDEX tag_links_kind ON tag_links (tenant_id, target_kind, number);
CREATE INDEX tag_links_kind_tag ON tag_links (tenant_id, target_kind, tag_number, number);
CREATE INDEX tag_links_kind_target ON tag_links (tenant_id, target_kind, target_number, number);
-- What is deleted finds its tags by these.
CREATE INDEX tag_links_user ON tag_links (tenant_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX tag_links_department ON tag_links (tenant_id, department_id)
    WHERE department_id IS NOT NULL;
CREATE INDEX tag_links_group ON tag_links (tenant_id, group_id) WHERE group_id IS NOT NULL;
