//! `tags` and `tag_links`.

use citizenry_identity::{Number, Tag, TagLink, TagTarget, TagTargetKind, TenantId, Text};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, users::key_of};
use crate::{
    schema,
    types::{DbId, DbTime},
};

/// A tag.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::tags)]
pub(crate) struct TagRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) name: String,
    /// The name, folded, to search in and to order by.
    pub(crate) name_key: String,
    pub(crate) version: i64,
    pub(crate) created_by: Option<DbId>,
    pub(crate) updated_by: Option<DbId>,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl TagRow {
    pub(crate) fn new(tag: &Tag) -> Self {
        Self {
            tenant_id: tag.tenant.into(),
            id: tag.id.into(),
            number: tag.number.get(),
            name: tag.name.as_str().to_owned(),
            name_key: key_of(&tag.name),
            version: tag.version,
            created_by: tag.created_by.map(DbId::from),
            updated_by: tag.updated_by.map(DbId::from),
            created_at: tag.created_at.into(),
            updated_at: tag.updated_at.into(),
        }
    }

    pub(crate) fn model(self) -> Result<Tag> {
        Ok(Tag {
            id: self.id.typed(),
            number: Column("tags", "number").number(self.number)?,
            tenant: self.tenant_id.typed(),
            name: Text::from_stored(self.name),
            created_by: self.created_by.map(DbId::typed),
            updated_by: self.updated_by.map(DbId::typed),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// The identifier of what a tag is on.
pub(crate) fn target_id(target: TagTarget) -> DbId {
    match target {
        TagTarget::User(id) => id.into(),
        TagTarget::Department(id) => id.into(),
        TagTarget::Group(id) => id.into(),
    }
}

/// A tag on something.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::tag_links)]
pub(crate) struct TagLinkRow {
    pub(crate) tenant_id: DbId,
    pub(crate) tag_id: DbId,
    pub(crate) target_kind: String,
    pub(crate) target_id: DbId,
    /// `target_id` when it is a user's.
    pub(crate) user_id: Option<DbId>,
    /// `target_id` when it is a department's.
    pub(crate) department_id: Option<DbId>,
    /// `target_id` when it is a group's.
    pub(crate) group_id: Option<DbId>,
    pub(crate) number: i64,
    pub(crate) tag_number: i64,
    pub(crate) target_number: i64,
    pub(crate) created_by: Option<DbId>,
    pub(crate) created_at: DbTime,
}

impl TagLinkRow {
    /// The row of a link between a tag and a thing of these numbers.
    pub(crate) fn new(
        tenant: TenantId,
        link: &TagLink,
        tag_number: i64,
        target_number: i64,
    ) -> Self {
        let kind = link.target.kind();
        let target_id = target_id(link.target);
        let only = |wanted: TagTargetKind| (kind == wanted).then_some(target_id);
        Self {
            tenant_id: tenant.into(),
            tag_id: link.tag.into(),
            target_kind: kind.as_str().to_owned(),
            target_id,
            user_id: only(TagTargetKind::User),
            department_id: only(TagTargetKind::Department),
            group_id: only(TagTargetKind::Group),
            number: link.number.get(),
            tag_number,
            target_number,
            created_by: link.created_by.map(DbId::from),
            created_at: link.created_at.into(),
        }
    }

    /// The number of what the tag is on.
    pub(crate) fn target_number(&self) -> Result<Number> {
        Column("tag_links", "target_number").number(self.target_number)
    }

    pub(crate) fn model(self) -> Result<TagLink> {
        let column = Column("tag_links", "target_kind");
        let target = match column.word(&self.target_kind, TagTargetKind::parse)? {
            TagTargetKind::User => TagTarget::User(self.target_id.typed()),
            TagTargetKind::Department => TagTarget::Department(self.target_id.typed()),
            TagTargetKind::Group => TagTarget::Group(self.target_id.typed()),
        };
        Ok(TagLink {
            number: Column("tag_links", "number").number(self.number)?,
            tag: self.tag_id.typed(),
            target,
            created_by: self.created_by.map(DbId::typed),
            created_at: self.created_at.into(),
        })
    }
}
