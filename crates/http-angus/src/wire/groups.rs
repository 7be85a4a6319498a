//! Groups and who is in them.

use citizenry_authz::CallerTenant;
use citizenry_directory::{
    ByAge, GroupChanges, GroupField, GroupMemberView, GroupRef, GroupSave, GroupView, MemberField,
    NewGroup, NumberedSort, TagRef,
};
use citizenry_identity::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use validator::Validate;

use super::{
    answer::{Answers, IdKey},
    authors,
    body::{given, required, text_patch, text_replaced},
    departments::{BY_AGE, NUMBERED},
    error::{Fault, Own},
    filters::Column,
    ids,
    paging::ListShape,
    people::Person,
    user_bodies::EnabledBody,
    users::ADDED,
};

const COLUMNS: &[Column<GroupField>] = &[
    Column::number("id", GroupField::Number).ranged(),
    Column::text("name", GroupField::Name).matched(),
    Column::text("code", GroupField::Code).matched(),
    Column::flag("enabled", GroupField::Enabled),
    Column::number("createdBy", GroupField::CreatedBy),
    Column::time("createdDate", GroupField::CreatedAt).ranged(),
    Column::number("tagId", GroupField::Tag),
];

/// What a list of groups can be filtered and sorted by.
pub(crate) const LIST: ListShape<GroupField, NumberedSort> =
    ListShape { columns: COLUMNS, orders: NUMBERED, search: None };

/// The same for a search.
pub(crate) const SEARCH: ListShape<GroupField, NumberedSort> = ListShape {
    columns: COLUMNS,
    orders: NUMBERED,
    search: Some(&[GroupField::Name, GroupField::Code]),
};

/// What a list of the groups of a user can be filtered by.
pub(crate) const OF_USER: ListShape<MemberField, ByAge> = ListShape {
    columns: &[
        Column::number("groupId", MemberField::Owner),
        Column::text("groupName", MemberField::OwnerName).matched(),
        Column::time("createdDate", MemberField::CreatedAt).ranged(),
    ],
    orders: BY_AGE,
    search: None,
};

/// What a list of the users of a group can be filtered by.
pub(crate) const MEMBERS: ListShape<MemberField, ByAge> = ListShape {
    columns: &[
        Column::number("userId", MemberField::User),
        Column::text("fullName", MemberField::UserName).matched(),
        Column::time("createdDate", MemberField::CreatedAt).ranged(),
    ],
    orders: BY_AGE,
    search: None,
};

/// A group as callers write it; which members must be there depends on the method.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupBody {
    id: Option<i64>,
    #[validate(length(max = 100))]
    name: Option<String>,
    #[validate(length(max = 80))]
    code: Option<String>,
    #[validate(length(max = 200))]
    remark: Option<String>,
    #[validate(length(max = 2000))]
    tag_ids: Option<Vec<i64>>,
}

fn tags(tag_ids: &[i64]) -> Result<Vec<TagRef>, Own> {
    Ok(ids::distinct("tagIds", tag_ids)?.into_iter().map(TagRef::from).collect())
}

impl GroupBody {
    fn into_new(self) -> Result<NewGroup, Fault> {
        Ok(NewGroup {
            code: Some(Text::parse("code", required("code", self.code)?)?),
            name: Text::parse("name", required("name", self.name)?)?,
            description: Text::optional("remark", given(self.remark))?,
            source: Some(Text::parse("source", ADDED)?),
            wildcards: std::collections::BTreeSet::new(),
            members: Vec::new(),
            tags: tags(self.tag_ids.as_deref().unwrap_or_default())?,
        })
    }

    /// Groups to be made.
    pub(crate) fn all_new(list: Vec<Self>) -> Result<Vec<NewGroup>, Fault> {
        list.into_iter().map(Self::into_new).collect()
    }

    /// Changes of groups, none twice.
    pub(crate) fn all_changes(list: Vec<Self>) -> Result<Vec<GroupChanges>, Fault> {
        let numbers: Vec<i64> =
            list.iter().map(|group| required("id", group.id)).collect::<Result<_, _>>()?;
        let numbers = ids::distinct("[].id", &numbers)?;
        let change = |(number, group): (_, Self)| {
            Ok(GroupChanges {
                code: group.code.map(|code| Text::parse("code", code)).transpose()?,
                name: group.name.map(|name| Text::parse("name", name)).transpose()?,
                description: text_patch("remark", group.remark)?,
                tags: group.tag_ids.as_deref().map(tags).transpose()?,
                ..GroupChanges::of(number)
            })
        };
        numbers.into_iter().zip(list).map(change).collect()
    }

    /// Groups to be made, or with a number to be replaced.
    pub(crate) fn all_saves(list: Vec<Self>) -> Result<Vec<GroupSave>, Fault> {
        let numbers: Vec<i64> = list.iter().filter_map(|group| group.id).collect();
        ids::distinct("[].id", &numbers)?;
        list.into_iter().map(Self::save).collect()
    }

    fn save(self) -> Result<GroupSave, Fault> {
        let Some(id) = self.id else { return Ok(GroupSave::New(self.into_new()?)) };
        Ok(GroupSave::Existing(GroupChanges {
            code: Some(Text::parse("code", required("code", self.code)?)?),
            name: Some(Text::parse("name", required("name", self.name)?)?),
            description: text_replaced("remark", self.remark)?,
            tags: Some(tags(self.tag_ids.as_deref().unwrap_or_default())?),
            ..GroupChanges::of(ids::number(id))
        }))
    }
}

/// The groups of a list, who must differ, each with whether it is to be in use.
pub(crate) fn enabled(list: &[EnabledBody]) -> Result<Vec<(GroupRef, bool)>, Own> {
    let numbers: Vec<i64> = list.iter().filter_map(|entry| entry.id).collect();
    let numbers = ids::distinct("[].id", &numbers)?;
    let entry = |(number, entry): (_, &EnabledBody)| {
        Ok((GroupRef::Number(number), required("[].enabled", entry.enabled)?))
    };
    numbers.into_iter().zip(list).map(entry).collect()
}

/// A group, as lists show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    id: i64,
    name: String,
    code: String,
    source: Option<String>,
    user_num: u64,
    enabled: bool,
    remark: Option<String>,
    tenant_id: i64,
    tenant_name: String,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
    last_modified_by: i64,
    last_modified_by_name: Option<String>,
    last_modified_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Value>>,
}

impl Group {
    /// The group of `view`.
    pub(crate) fn new(view: &GroupView, tenant: &CallerTenant, call: &impl Answers) -> Self {
        let (group, voice) = (&view.group, call.voice());
        Self {
            id: group.number.get(),
            name: group.name.as_str().to_owned(),
            code: group.code.as_str().to_owned(),
            source: group.source.as_ref().map(|source| source.as_str().to_owned()),
            user_num: group.member_count,
            enabled: group.enabled,
            remark: group.description.as_ref().map(|text| text.as_str().to_owned()),
            tenant_id: tenant.number.get(),
            tenant_name: tenant.display_name.clone(),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            created_date: voice.time(group.created_at),
            last_modified_by: authors::number(view.updated_by.as_ref()),
            last_modified_by_name: authors::name(view.updated_by.as_ref()),
            last_modified_date: voice.time(group.updated_at),
            tags: None,
        }
    }

    /// The same with its tags.
    pub(crate) fn with_tags(self, view: &GroupView) -> Self {
        Self { tags: Some(view.tags.iter().map(super::users::tag).collect()), ..self }
    }
}

/// What has been made or saved.
pub(crate) fn id_keys(views: &[GroupView]) -> Vec<IdKey> {
    let key = |view: &GroupView| IdKey {
        id: view.group.number.get(),
        key: view.group.name.as_str().to_owned(),
    };
    views.iter().map(key).collect()
}

/// A user's membership in a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupUser {
    id: i64,
    group_id: i64,
    group_name: String,
    group_code: String,
    group_enabled: bool,
    group_remark: Option<String>,
    user_id: i64,
    full_name: String,
    mobile: Option<String>,
    avatar: Option<String>,
    created_date: String,
    created_by: i64,
    created_by_name: Option<String>,
    tenant_id: i64,
}

impl GroupUser {
    /// The membership of `view`.
    pub(crate) fn new(view: &GroupMemberView, tenant: &CallerTenant, call: &impl Answers) -> Self {
        let Person { id, full_name, mobile, avatar } = Person::from(&view.user);
        let group = &view.group;
        Self {
            id: view.member.number.get(),
            group_id: group.number.get(),
            group_name: group.name.as_str().to_owned(),
            group_code: group.code.as_str().to_owned(),
            group_enabled: group.enabled,
            group_remark: group.description.as_ref().map(|text| text.as_str().to_owned()),
            user_id: id,
            full_name,
            mobile,
            avatar,
            created_date: call.voice().time(view.member.created_at),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            tenant_id: tenant.number.get(),
        }
    }
}

/// New memberships, by the names of the groups.
pub(crate) fn group_keys(views: &[GroupMemberView]) -> Vec<IdKey> {
    let key = |view: &GroupMemberView| IdKey {
        id: view.member.number.get(),
        key: view.group.name.as_str().to_owned(),
    };
    views.iter().map(key).collect()
}

/// New memberships, by the names of the users.
pub(crate) fn user_keys(views: &[GroupMemberView]) -> Vec<IdKey> {
    let key = |view: &GroupMemberView| IdKey {
        id: view.member.number.get(),
        key: view.user.display_name(),
    };
    views.iter().map(key).collect()
}
