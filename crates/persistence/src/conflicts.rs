//! Which field a unique violation speaks of.
//!
//! PostgreSQL names the constraint, SQLite lists the columns; [`UNIQUES`] knows both. Every unique
//! index of the schema that a caller's value can violate has a row here; one without a row is a
//! defect and ends as `StorageError::Backend`. Primary keys need none: ids are ours.

use citizenry_identity::Kind;
use citizenry_storage::StorageError;

/// One unique index.
#[derive(Debug)]
pub(crate) struct Unique {
    /// The index's name, the same on both databases.
    pub(crate) constraint: &'static str,
    /// Its columns as SQLite lists them: `table.column, table.column`.
    pub(crate) columns: &'static str,
    /// The entity whose value is taken.
    pub(crate) kind: Kind,
    /// The canonical name of the field that is taken.
    pub(crate) field: &'static str,
}

/// Every unique index that a caller's value can violate.
pub(crate) const UNIQUES: &[Unique] = &[Unique {
    constraint: "tenants_name_key",
    columns: "tenants.name",
    kind: Kind::Tenant,
    field: "name",
}];

/// The conflict that a unique violation is: `constraint` is what PostgreSQL names, `message` what
/// SQLite says (`UNIQUE constraint failed: users.tenant_id, users.name`, or for an index on an
/// expression `UNIQUE constraint failed: index 'name'`).
pub(crate) fn conflict(constraint: Option<&str>, message: &str) -> Option<StorageError> {
    let listed = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    let indexed = listed.strip_prefix("index '").and_then(|name| name.strip_suffix('\''));
    UNIQUES
        .iter()
        .find(|unique| match constraint.or(indexed) {
            Some(name) => unique.constraint == name,
            None => unique.columns == listed,
        })
        .map(|unique| StorageError::Conflict { kind: unique.kind, field: unique.field })
}
