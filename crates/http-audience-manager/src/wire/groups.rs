//! Groups.

use std::collections::BTreeSet;

use citizenry_directory::{
    Conditions, GroupChanges, GroupField, GroupRef, GroupView, NewGroup, NumberedSort, Search,
};
use citizenry_identity::{Error, Number, Text, Wildcard};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{
    body::{nullable_patch, present},
    ids,
    paging::{ListQuery, Sortable},
};

/// The orders of lists of groups.
pub(crate) const SORTABLE: &Sortable<NumberedSort> =
    &[("groupId", NumberedSort::Number), ("name", NumberedSort::Name)];

/// Everything of a group that is shown and can be searched.
const SEARCHED: [GroupField; 3] = [GroupField::Number, GroupField::Name, GroupField::Description];

/// The body of createGroup and updateGroup: whatever can be written, the rest of what is read being
/// passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct GroupBody {
    #[serde(default, rename = "groupId")]
    _group_id: IgnoredAny,
    #[serde(default, rename = "pid")]
    _pid: IgnoredAny,
    #[serde(default, rename = "membershipCount")]
    _membership_count: IgnoredAny,
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    wildcards: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    users: Option<Vec<i64>>,
}

fn wildcards(names: &[String]) -> Result<BTreeSet<Wildcard>, Error> {
    names.iter().map(|name| Wildcard::parse(name)).collect()
}

impl TryFrom<GroupBody> for NewGroup {
    type Error = Error;

    fn try_from(body: GroupBody) -> Result<Self, Error> {
        Ok(Self {
            code: None,
            name: Text::parse("name", body.name)?,
            description: Text::optional("description", body.description)?,
            source: None,
            wildcards: wildcards(&body.wildcards.unwrap_or_default())?,
            members: ids::users(&body.users.unwrap_or_default())?,
            tags: Vec::new(),
        })
    }
}

impl GroupBody {
    /// What the body makes of `group`. Wild cards and users that are not sent stay.
    pub(crate) fn changes(self, group: GroupRef) -> Result<GroupChanges, Error> {
        Ok(GroupChanges {
            group,
            code: None,
            name: Some(Text::parse("name", self.name)?),
            description: nullable_patch("description", self.description)?,
            wildcards: self.wildcards.as_deref().map(wildcards).transpose()?,
            members: self.users.as_deref().map(ids::users).transpose()?,
            tags: None,
        })
    }
}

/// Which groups a list holds.
pub(crate) fn conditions(query: &ListQuery) -> Conditions<GroupField> {
    let search =
        query.search().map(|text| Search { text: text.to_owned(), fields: SEARCHED.to_vec() });
    Conditions { search, ..Conditions::default() }
}

/// A group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Group {
    group_id: i64,
    pid: i64,
    name: String,
    description: Option<String>,
    membership_count: u64,
    wildcards: Vec<&'static str>,
    users: Vec<i64>,
}

impl Group {
    /// A group of the partner of that number.
    pub(crate) fn of_partner(partner: i64, view: GroupView) -> Self {
        let group = view.group;
        Self {
            group_id: group.number.get(),
            pid: partner,
            name: group.name.into_string(),
            description: group.description.map(Text::into_string),
            membership_count: group.member_count,
            wildcards: group.wildcards.into_iter().map(Wildcard::as_str).collect(),
            users: view.members.into_iter().map(Number::get).collect(),
        }
    }
}
