//! `departments` and `department_members`.

use citizenry_identity::{Department, DepartmentId, DepartmentMember, TenantId, Text};
use citizenry_storage::Result;
use diesel::prelude::*;
use ulid::Ulid;

use super::{Column, users::key_of};
use crate::{
    schema,
    types::{DbId, DbTime},
};

fn column(name: &'static str) -> Column {
    Column("departments", name)
}

/// What ends each identifier of a path.
const SEPARATOR: char = '/';
/// The character after it: what is less lies below.
const AFTER_SEPARATOR: char = '0';

/// The path of a department: those above it and itself, the root first.
pub(crate) fn path(ids: &[DepartmentId]) -> String {
    let mut path = String::new();
    for id in ids {
        path.push_str(&DbId::from(*id).0.to_string().to_ascii_lowercase());
        path.push(SEPARATOR);
    }
    path
}

/// What is greater than every path that begins with `path`, and the least that is.
pub(crate) fn beyond_subtree(path: &str) -> String {
    let mut beyond = path.trim_end_matches(SEPARATOR).to_owned();
    beyond.push(AFTER_SEPARATOR);
    beyond
}

/// The identifiers of a path.
fn ids(path: &str) -> Result<Vec<DepartmentId>> {
    path.split_terminator(SEPARATOR)
        .map(|id| {
            let parse = |id: &str| Ulid::from_string(id).ok().map(|id| DbId(id).typed());
            column("path").word(id, parse)
        })
        .collect()
}

/// A department.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::departments)]
pub(crate) struct DepartmentRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) parent_id: Option<DbId>,
    pub(crate) path: String,
    pub(crate) level: i32,
    pub(crate) code: String,
    pub(crate) name: String,
    /// The name, folded, to search in and to order by.
    pub(crate) name_key: String,
    pub(crate) member_count: i64,
    pub(crate) version: i64,
    pub(crate) created_by: Option<DbId>,
    pub(crate) updated_by: Option<DbId>,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl DepartmentRow {
    /// The row of a department that nobody sits in yet.
    pub(crate) fn new(department: &Department) -> Result<Self> {
        Ok(Self {
            tenant_id: department.tenant.into(),
            id: department.id.into(),
            number: department.number.get(),
            parent_id: department.parent().map(DbId::from),
            path: path(&department.path()),
            level: column("level").fitting(department.level())?,
            code: department.code.as_str().to_owned(),
            name: department.name.as_str().to_owned(),
            name_key: key_of(&department.name),
            member_count: 0,
            version: department.version,
            created_by: department.created_by.map(DbId::from),
            updated_by: department.updated_by.map(DbId::from),
            created_at: department.created_at.into(),
            updated_at: department.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Department> {
        let mut ancestors = ids(&self.path)?;
        ancestors.pop();
        Ok(Department {
            id: self.id.typed(),
            number: column("number").number(self.number)?,
            tenant: self.tenant_id.typed(),
            ancestors,
            code: Text::from_stored(self.code),
            name: Text::from_stored(self.name),
            member_count: column("member_count").fitting(self.member_count)?,
            created_by: self.created_by.map(DbId::typed),
            updated_by: self.updated_by.map(DbId::typed),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// A user's place in a department.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::department_members)]
pub(crate) struct DepartmentMemberRow {
    pub(crate) tenant_id: DbId,
    pub(crate) department_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) number: i64,
    pub(crate) is_main: bool,
    pub(crate) is_head: bool,
    pub(crate) created_by: Option<DbId>,
    pub(crate) created_at: DbTime,
}

impl DepartmentMemberRow {
    pub(crate) fn new(tenant: TenantId, member: &DepartmentMember) -> Self {
        Self {
            tenant_id: tenant.into(),
            department_id: member.department.into(),
            user_id: member.user.into(),
            number: member.number.get(),
            is_main: member.is_main,
            is_head: member.is_head,
            created_by: member.created_by.map(DbId::from),
            created_at: member.created_at.into(),
        }
    }

    pub(crate) fn model(self) -> Result<DepartmentMember> {
        Ok(DepartmentMember {
            number: Column("department_members", "number").number(self.number)?,
            department: self.department_id.typed(),
            user: self.user_id.typed(),
            is_main: self.is_main,
            is_head: self.is_head,
            created_by: self.created_by.map(DbId::typed),
            created_at: self.created_at.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use citizenry_identity::Id as _;

    use super::*;

    #[test]
    fn a_subtree_is_a_range() {
        let id = |number: u128| DepartmentId::from_ulid(number.into());
        let (top, below) = (path(&[id(1), id(2)]), path(&[id(1), id(2), id(9)]));
        let end = beyond_subtree(&top);
        assert!(top < below && below < end, "{below}");
        assert!(path(&[id(1), id(3)]) > end, "a sibling");
        assert!(path(&[id(1)]) < top, "the parent");
        assert_eq!(ids(&below).unwrap(), [id(1), id(2), id(9)]);
    }
}
