//! `groups`, what their members may do, and `group_members`.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_identity::{
    Group, GroupId, GroupMember, ObjectPermissions, ObjectType, TenantId, Text, Wildcard, folded,
};
use citizenry_storage::{Result, StorageError};
use diesel::prelude::*;

use super::{Column, optional, users::key_of};
use crate::{
    schema,
    types::{DbId, DbTime},
};

fn column(name: &'static str) -> Column {
    Column("groups", name)
}

/// A group without its wild cards.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::groups)]
pub(crate) struct GroupRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) code: String,
    pub(crate) name: String,
    /// The name, folded, to search in and to order by.
    pub(crate) name_key: String,
    pub(crate) description: Option<String>,
    /// The description, folded, to search in.
    pub(crate) description_key: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) source: Option<String>,
    pub(crate) member_count: i64,
    pub(crate) version: i64,
    pub(crate) created_by: Option<DbId>,
    pub(crate) updated_by: Option<DbId>,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl GroupRow {
    /// The row of a group that nobody is in yet.
    pub(crate) fn new(group: &Group) -> Self {
        Self {
            tenant_id: group.tenant.into(),
            id: group.id.into(),
            number: group.number.get(),
            code: group.code.as_str().to_owned(),
            name: group.name.as_str().to_owned(),
            name_key: key_of(&group.name),
            description: optional(group.description.as_ref()),
            description_key: group.description.as_ref().map(|text| folded(text)),
            enabled: group.enabled,
            source: optional(group.source.as_ref()),
            member_count: 0,
            version: group.version,
            created_by: group.created_by.map(DbId::from),
            updated_by: group.updated_by.map(DbId::from),
            created_at: group.created_at.into(),
            updated_at: group.updated_at.into(),
        }
    }

    /// The group with its wild cards.
    pub(crate) fn model(self, wildcards: BTreeSet<Wildcard>) -> Result<Group> {
        Ok(Group {
            id: self.id.typed(),
            number: column("number").number(self.number)?,
            tenant: self.tenant_id.typed(),
            code: Text::from_stored(self.code),
            name: Text::from_stored(self.name),
            description: self.description.map(Text::from_stored),
            enabled: self.enabled,
            source: self.source.map(Text::from_stored),
            wildcards,
            member_count: column("member_count").fitting(self.member_count)?,
            created_by: self.created_by.map(DbId::typed),
            updated_by: self.updated_by.map(DbId::typed),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// A wild card of a group.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::group_wildcards)]
pub(crate) struct WildcardRow {
    pub(crate) tenant_id: DbId,
    pub(crate) group_id: DbId,
    pub(crate) name: String,
}

impl WildcardRow {
    /// The rows of a group's wild cards.
    pub(crate) fn all(group: &Group) -> Vec<Self> {
        let row = |wildcard: &Wildcard| Self {
            tenant_id: group.tenant.into(),
            group_id: group.id.into(),
            name: wildcard.as_str().to_owned(),
        };
        group.wildcards.iter().map(row).collect()
    }

    pub(crate) fn model(&self) -> Result<Wildcard> {
        let parse = |name: &str| Wildcard::parse(name).ok();
        Column("group_wildcards", "name").word(&self.name, parse)
    }
}

/// What the members of a group may do to one object: one of its permissions.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::group_permissions)]
pub(crate) struct GroupPermissionRow {
    pub(crate) tenant_id: DbId,
    pub(crate) group_id: DbId,
    pub(crate) object_type: String,
    pub(crate) object_id: i64,
    pub(crate) permission: String,
}

impl GroupPermissionRow {
    /// The rows of all permissions of a group on single objects, each once.
    pub(crate) fn all(
        tenant: TenantId,
        group: GroupId,
        permissions: &[ObjectPermissions],
    ) -> Vec<Self> {
        let mut single = BTreeSet::new();
        for on_object in permissions {
            let object = (on_object.object_type.as_str(), on_object.object);
            single.extend(on_object.permissions().map(|name| (object, name)));
        }
        let row = |((object_type, object_id), permission): ((&str, i64), &str)| Self {
            tenant_id: tenant.into(),
            group_id: group.into(),
            object_type: object_type.to_owned(),
            object_id,
            permission: permission.to_owned(),
        };
        single.into_iter().map(row).collect()
    }

    /// The permissions that rows of one group are, in the order of types and objects.
    pub(crate) fn models(rows: &[Self]) -> Result<Vec<ObjectPermissions>> {
        let mut of_objects = BTreeMap::<(ObjectType, i64), Vec<&str>>::new();
        for row in rows {
            let object_type = Column("group_permissions", "object_type")
                .word(&row.object_type, ObjectType::parse)?;
            let permissions = of_objects.entry((object_type, row.object_id)).or_default();
            permissions.push(&row.permission);
        }
        of_objects
            .into_iter()
            .map(|((object_type, object), names)| {
                ObjectPermissions::new(object_type, object, names).map_err(|unknown| {
                    StorageError::inconsistent("group_permissions", "permission", unknown)
                })
            })
            .collect()
    }
}

/// A user's membership in a group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::group_members)]
pub(crate) struct GroupMemberRow {
    pub(crate) tenant_id: DbId,
    pub(crate) group_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) number: i64,
    pub(crate) created_by: Option<DbId>,
    pub(crate) created_at: DbTime,
}

impl GroupMemberRow {
    pub(crate) fn new(tenant: TenantId, member: &GroupMember) -> Self {
        Self {
            tenant_id: tenant.into(),
            group_id: member.group.into(),
            user_id: member.user.into(),
            number: member.number.get(),
            created_by: member.created_by.map(DbId::from),
            created_at: member.created_at.into(),
        }
    }

    pub(crate) fn model(self) -> Result<GroupMember> {
        Ok(GroupMember {
            number: Column("group_members", "number").number(self.number)?,
            group: self.group_id.typed(),
            user: self.user_id.typed(),
            created_by: self.created_by.map(DbId::typed),
            created_at: self.created_at.into(),
        })
    }
}
