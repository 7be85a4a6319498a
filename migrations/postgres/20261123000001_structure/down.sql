DROP TABLE tag_links;
DROP TABLE tags;
DROP TABLE group_members;
DROP TABLE group_permissions;
DROP TABLE group_wildcards;
DROP TABLE groups;
DROP TABLE department_members;
DROP TABLE departments;
