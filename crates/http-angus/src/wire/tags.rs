//! Tags and what they are on.

use citizenry_authz::CallerTenant;
use citizenry_directory::{
    DepartmentRef, GroupRef, NumberedSort, TagField, TagLinkField, TagLinkItem, TagLinkSort,
    TagLinkView, TagLinksRef, TagRef, TagView, TargetRef, UserRef,
};
use citizenry_identity::{TagTargetKind, Text};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    answer::{Answers, IdKey},
    authors,
    body::required,
    error::{Fault, Own},
    filters::Column,
    ids,
    language::Words,
    paging::ListShape,
    parameters::Parameters,
};

const COLUMNS: &[Column<TagField>] = &[
    Column::number("id", TagField::Number).ranged(),
    Column::text("name", TagField::Name).matched(),
    Column::time("createdDate", TagField::CreatedAt).ranged(),
];

const ORDERS: &[(&str, NumberedSort)] =
    &[("createdDate", NumberedSort::CreatedAt), ("id", NumberedSort::Number)];

/// What a list of tags can be filtered and sorted by.
pub(crate) const LIST: ListShape<TagField, NumberedSort> =
    ListShape { columns: COLUMNS, orders: ORDERS, search: None };

/// The same for a search.
pub(crate) const SEARCH: ListShape<TagField, NumberedSort> =
    ListShape { columns: COLUMNS, orders: ORDERS, search: Some(&[TagField::Name]) };

/// What a list of the tags on something can be filtered and sorted by.
pub(crate) const OF_TARGET: ListShape<TagLinkField, TagLinkSort> = ListShape {
    columns: &[
        Column::number("tagId", TagLinkField::Tag).ranged(),
        Column::text("tagName", TagLinkField::TagName).matched(),
        Column::number("createdBy", TagLinkField::CreatedBy),
        Column::time("createdDate", TagLinkField::CreatedAt).ranged(),
    ],
    orders: &[("createdDate", TagLinkSort::CreatedAt), ("tagId", TagLinkSort::Tag)],
    search: None,
};

/// What a list of what a tag is on can be filtered and sorted by.
pub(crate) const TARGETS: ListShape<TagLinkField, TagLinkSort> = ListShape {
    columns: &[
        Column::number("targetId", TagLinkField::Target).ranged(),
        Column::text("targetName", TagLinkField::TargetName).matched(),
        Column::number("createdBy", TagLinkField::CreatedBy),
        Column::time("createdDate", TagLinkField::CreatedAt).ranged(),
    ],
    orders: &[("createdDate", TagLinkSort::CreatedAt), ("targetId", TagLinkSort::Target)],
    search: None,
};

/// A tag as callers write it.
#[derive(Debug, Deserialize, Validate)]
pub(crate) struct TagBody {
    id: Option<i64>,
    #[validate(required, length(min = 1, max = 100))]
    name: Option<String>,
}

impl TagBody {
    fn names(list: &[Self]) -> Result<Vec<Text<100>>, Fault> {
        let mut seen = std::collections::BTreeSet::new();
        let mut names = Vec::new();
        for tag in list {
            let name = required("name", tag.name.clone())?;
            if !seen.insert(name.clone()) {
                let words = Words::new("标签名称重复", "the same name twice in one call");
                return Err(Own::protocol(words.about(&name)).into());
            }
            names.push(Text::parse("name", name)?);
        }
        Ok(names)
    }

    /// Names of tags to be made, none twice.
    pub(crate) fn all_new(list: &[Self]) -> Result<Vec<Text<100>>, Fault> {
        Self::names(list)
    }

    /// New names of tags, none twice.
    pub(crate) fn all_changes(list: &[Self]) -> Result<Vec<(TagRef, Text<100>)>, Fault> {
        let numbers: Vec<i64> =
            list.iter().map(|tag| required("id", tag.id)).collect::<Result<_, _>>()?;
        let numbers = ids::distinct("[].id", &numbers)?.into_iter().map(TagRef::from);
        Ok(numbers.zip(Self::names(list)?).collect())
    }
}

/// What a tag is put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TargetType {
    User,
    Dept,
    Group,
}

/// Something that a tag is put on.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TargetBody {
    #[validate(required)]
    target_type: Option<TargetType>,
    #[validate(required)]
    target_id: Option<i64>,
}

impl TargetBody {
    /// What the tag is put on, nothing twice.
    pub(crate) fn all(list: &[Self]) -> Result<Vec<TargetRef>, Own> {
        let numbers: Vec<i64> = list.iter().filter_map(|target| target.target_id).collect();
        let numbers = ids::distinct("[].targetId", &numbers)?;
        let target = |(number, target): (_, &Self)| {
            Ok(match required("[].targetType", target.target_type)? {
                TargetType::User => TargetRef::User(UserRef::Number(number)),
                TargetType::Dept => TargetRef::Department(DepartmentRef::Number(number)),
                TargetType::Group => TargetRef::Group(GroupRef::Number(number)),
            })
        };
        numbers.into_iter().zip(list).map(target).collect()
    }
}

/// The tag, and the kind of what it is on, that a list is asked for.
pub(crate) fn targets_of(parameters: &Parameters) -> Result<TagLinksRef, Own> {
    let kind = parameters.word("targetType", &["USER", "DEPT", "GROUP"])?;
    let (Some(_), Some(kind)) = (parameters.text("tagId")?, kind) else {
        let words = Words::new("必须指定标签和目标类型", "tagId and targetType must be given");
        return Err(Own::protocol(words));
    };
    let kind = match kind {
        "USER" => TagTargetKind::User,
        "DEPT" => TagTargetKind::Department,
        _ => TagTargetKind::Group,
    };
    Ok(TagLinksRef::Tag(TagRef::Number(parameters.required_number("tagId")?), kind))
}

/// A tag, as lists show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tag {
    id: i64,
    name: String,
    tenant_id: i64,
    tenant_name: String,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
    last_modified_by: i64,
    last_modified_by_name: Option<String>,
    last_modified_date: String,
}

impl Tag {
    /// The tag of `view`.
    pub(crate) fn new(view: &TagView, tenant: &CallerTenant, call: &impl Answers) -> Self {
        let (tag, voice) = (&view.tag, call.voice());
        Self {
            id: tag.number.get(),
            name: tag.name.as_str().to_owned(),
            tenant_id: tenant.number.get(),
            tenant_name: tenant.display_name.clone(),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            created_date: voice.time(tag.created_at),
            last_modified_by: authors::number(view.updated_by.as_ref()),
            last_modified_by_name: authors::name(view.updated_by.as_ref()),
            last_modified_date: voice.time(tag.updated_at),
        }
    }
}

/// What has been made.
pub(crate) fn id_keys(views: &[TagView]) -> Vec<IdKey> {
    let key = |view: &TagView| IdKey {
        id: view.tag.number.get(),
        key: view.tag.name.as_str().to_owned(),
    };
    views.iter().map(key).collect()
}

/// New links, by the names of what the tag is on.
pub(crate) fn target_keys(views: &[TagLinkView]) -> Vec<IdKey> {
    let key =
        |view: &TagLinkView| IdKey { id: view.link.number.get(), key: view.target_name.clone() };
    views.iter().map(key).collect()
}

/// A tag on something.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagTarget {
    tag_id: i64,
    tag_name: String,
    target_id: i64,
    target_type: TargetType,
    target_name: String,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
    target_created_by: i64,
    target_created_by_name: Option<String>,
    target_created_date: String,
}

impl TagTarget {
    /// The link of `item`: when the tag was made, and when it was put there.
    pub(crate) fn new(item: &TagLinkItem, call: &impl Answers) -> Self {
        let (view, voice) = (&item.view, call.voice());
        Self {
            tag_id: view.tag.number.get(),
            tag_name: view.tag.name.as_str().to_owned(),
            target_id: view.target_number.get(),
            target_type: match view.link.target.kind() {
                TagTargetKind::User => TargetType::User,
                TagTargetKind::Department => TargetType::Dept,
                TagTargetKind::Group => TargetType::Group,
            },
            target_name: view.target_name.clone(),
            created_by: authors::number(item.tag_created_by.as_ref()),
            created_by_name: authors::name(item.tag_created_by.as_ref()),
            created_date: voice.time(view.tag.created_at),
            target_created_by: authors::number(item.link_created_by.as_ref()),
            target_created_by_name: authors::name(item.link_created_by.as_ref()),
            target_created_date: voice.time(view.link.created_at),
        }
    }
}
