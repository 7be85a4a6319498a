//! Departments and who is in them.

use citizenry_authz::CallerTenant;
use citizenry_directory::{
    ByAge, DepartmentChanges, DepartmentField, DepartmentMemberView, DepartmentRef, DepartmentSave,
    DepartmentView, MemberField, NewDepartment, NumberedSort, TagRef, UserRef,
};
use citizenry_identity::{Department, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use super::{
    answer::{Answers, IdKey},
    authors,
    body::required,
    error::{Fault, Own},
    filters::Column,
    ids,
    paging::ListShape,
    people::Person,
};

const COLUMNS: &[Column<DepartmentField>] = &[
    Column::number("id", DepartmentField::Number).ranged(),
    Column::text("code", DepartmentField::Code).matched(),
    Column::text("name", DepartmentField::Name).matched(),
    Column::number("pid", DepartmentField::Parent),
    Column::number("level", DepartmentField::Level),
    Column::number("tagId", DepartmentField::Tag),
    Column::number("createdBy", DepartmentField::CreatedBy),
    Column::time("createdDate", DepartmentField::CreatedAt).ranged(),
];

/// The orders of lists of departments and groups.
pub(crate) const NUMBERED: &[(&str, NumberedSort)] = &[
    ("createdDate", NumberedSort::CreatedAt),
    ("id", NumberedSort::Number),
    ("name", NumberedSort::Name),
];

/// What a list of departments can be filtered and sorted by.
pub(crate) const LIST: ListShape<DepartmentField, NumberedSort> =
    ListShape { columns: COLUMNS, orders: NUMBERED, search: None };

/// The same for a search.
pub(crate) const SEARCH: ListShape<DepartmentField, NumberedSort> = ListShape {
    columns: COLUMNS,
    orders: NUMBERED,
    search: Some(&[DepartmentField::Code, DepartmentField::Name]),
};

/// The order of lists of members.
pub(crate) const BY_AGE: &[(&str, ByAge)] = &[("createdDate", ByAge::CreatedAt)];

/// What a list of the departments of a user can be filtered by.
pub(crate) const OF_USER: ListShape<MemberField, ByAge> = ListShape {
    columns: &[
        Column::number("deptId", MemberField::Owner),
        Column::text("deptName", MemberField::OwnerName).matched(),
        Column::time("createdDate", MemberField::CreatedAt).ranged(),
    ],
    orders: BY_AGE,
    search: None,
};

/// What a list of the users of a department can be filtered by.
pub(crate) const MEMBERS: ListShape<MemberField, ByAge> = ListShape {
    columns: &[
        Column::number("userId", MemberField::User),
        Column::text("fullName", MemberField::UserName).matched(),
        Column::time("createdDate", MemberField::CreatedAt).ranged(),
        Column::flag("deptHead", MemberField::IsHead),
        Column::flag("mainDept", MemberField::IsMain),
    ],
    orders: BY_AGE,
    search: None,
};

/// A department as callers write it; which members must be there depends on the method.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeptBody {
    id: Option<i64>,
    #[validate(length(max = 100))]
    name: Option<String>,
    #[validate(length(max = 80))]
    code: Option<String>,
    /// -1 for a root.
    pid: Option<i64>,
    #[validate(length(max = 2000))]
    tag_ids: Option<Vec<i64>>,
}

fn tags(tag_ids: &[i64]) -> Result<Vec<TagRef>, Own> {
    Ok(ids::distinct("tagIds", tag_ids)?.into_iter().map(TagRef::from).collect())
}

fn parent(pid: i64) -> Option<DepartmentRef> {
    (pid != ids::NOBODY).then(|| DepartmentRef::Number(ids::number(pid)))
}

impl DeptBody {
    fn into_new(self) -> Result<NewDepartment, Fault> {
        Ok(NewDepartment {
            code: Text::parse("code", required("code", self.code)?)?,
            name: Text::parse("name", required("name", self.name)?)?,
            parent: self.pid.and_then(parent),
            tags: tags(self.tag_ids.as_deref().unwrap_or_default())?,
        })
    }

    /// Departments to be made.
    pub(crate) fn all_new(list: Vec<Self>) -> Result<Vec<NewDepartment>, Fault> {
        list.into_iter().map(Self::into_new).collect()
    }

    /// Changes of departments, none twice.
    pub(crate) fn all_changes(list: Vec<Self>) -> Result<Vec<DepartmentChanges>, Fault> {
        let numbers: Vec<i64> =
            list.iter().map(|dept| required("id", dept.id)).collect::<Result<_, _>>()?;
        let numbers = ids::distinct("[].id", &numbers)?;
        let change = |(number, dept): (_, Self)| {
            Ok(DepartmentChanges {
                department: DepartmentRef::Number(number),
                code: dept.code.map(|code| Text::parse("code", code)).transpose()?,
                name: dept.name.map(|name| Text::parse("name", name)).transpose()?,
                parent: dept.pid.map(parent),
                tags: dept.tag_ids.as_deref().map(tags).transpose()?,
            })
        };
        numbers.into_iter().zip(list).map(change).collect()
    }

    /// Departments to be made, or with a number to be replaced.
    pub(crate) fn all_saves(list: Vec<Self>) -> Result<Vec<DepartmentSave>, Fault> {
        let numbers: Vec<i64> = list.iter().filter_map(|dept| dept.id).collect();
        ids::distinct("[].id", &numbers)?;
        list.into_iter().map(Self::save).collect()
    }

    fn save(self) -> Result<DepartmentSave, Fault> {
        let id = self.id;
        required("pid", self.pid)?;
        let NewDepartment { code, name, parent, tags } = self.into_new()?;
        Ok(match id {
            None => DepartmentSave::New(NewDepartment { code, name, parent, tags }),
            Some(id) => DepartmentSave::Existing(DepartmentChanges {
                code: Some(code),
                name: Some(name),
                parent: Some(parent),
                tags: Some(tags),
                ..DepartmentChanges::of(ids::number(id))
            }),
        })
    }
}

/// Whether somebody leads the department.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeadBody {
    #[validate(required)]
    user_id: Option<i64>,
    #[validate(required)]
    head: Option<bool>,
}

impl HeadBody {
    /// Who, and whether.
    pub(crate) fn read(&self) -> Result<(UserRef, bool), Own> {
        let user = UserRef::Number(ids::number(required("userId", self.user_id)?));
        Ok((user, required("head", self.head)?))
    }
}

/// A department, as lists show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Dept {
    id: i64,
    code: String,
    name: String,
    /// -1 for a root.
    pid: i64,
    parent_name: Option<String>,
    level: usize,
    has_sub_dept: bool,
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

impl Dept {
    /// The department of `view`.
    pub(crate) fn new(view: &DepartmentView, tenant: &CallerTenant, call: &impl Answers) -> Self {
        let (department, voice) = (&view.department, call.voice());
        Self {
            id: department.number.get(),
            code: department.code.as_str().to_owned(),
            name: department.name.as_str().to_owned(),
            pid: view.parent.as_ref().map_or(ids::NOBODY, |parent| parent.number.get()),
            parent_name: view.parent.as_ref().map(|parent| parent.name.as_str().to_owned()),
            level: department.level(),
            has_sub_dept: view.has_children,
            tenant_id: tenant.number.get(),
            tenant_name: tenant.display_name.clone(),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            created_date: voice.time(department.created_at),
            last_modified_by: authors::number(view.updated_by.as_ref()),
            last_modified_by_name: authors::name(view.updated_by.as_ref()),
            last_modified_date: voice.time(department.updated_at),
            tags: None,
        }
    }

    /// The same with its tags.
    pub(crate) fn with_tags(self, view: &DepartmentView) -> Self {
        Self { tags: Some(view.tags.iter().map(super::users::tag).collect()), ..self }
    }
}

/// What has been made or saved.
pub(crate) fn id_keys(views: &[DepartmentView]) -> Vec<IdKey> {
    let key = |view: &DepartmentView| IdKey {
        id: view.department.number.get(),
        key: view.department.name.as_str().to_owned(),
    };
    views.iter().map(key).collect()
}

/// A department and those above it, the root first.
pub(crate) fn navigation(path: &[Department]) -> Value {
    let node = |(index, department): (usize, &Department)| {
        let parent = index.checked_sub(1).and_then(|above| path.get(above));
        json!({
            "id": department.number.get(),
            "name": department.name.as_str(),
            "pid": parent.map_or(ids::NOBODY, |parent| parent.number.get()),
            "level": department.level(),
        })
    };
    let mut chain: Vec<Value> = path.iter().enumerate().map(node).collect();
    let current = chain.pop().unwrap_or_default();
    json!({ "current": current, "parentChain": chain })
}

/// A user's place in a department.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeptUser {
    id: i64,
    dept_id: i64,
    dept_code: String,
    dept_name: String,
    dept_head: bool,
    main_dept: bool,
    user_id: i64,
    full_name: String,
    mobile: Option<String>,
    avatar: Option<String>,
    has_sub_dept: bool,
    created_date: String,
    created_by: i64,
    created_by_name: Option<String>,
    tenant_id: i64,
}

impl DeptUser {
    /// The place of `view`.
    pub(crate) fn new(
        view: &DepartmentMemberView,
        tenant: &CallerTenant,
        call: &impl Answers,
    ) -> Self {
        let Person { id, full_name, mobile, avatar } = Person::from(&view.user);
        Self {
            id: view.member.number.get(),
            dept_id: view.department.number.get(),
            dept_code: view.department.code.as_str().to_owned(),
            dept_name: view.department.name.as_str().to_owned(),
            dept_head: view.member.is_head,
            main_dept: view.member.is_main,
            user_id: id,
            full_name,
            mobile,
            avatar,
            has_sub_dept: view.has_children,
            created_date: call.voice().time(view.member.created_at),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            tenant_id: tenant.number.get(),
        }
    }
}

/// New places, by the names of the departments.
pub(crate) fn dept_keys(views: &[DepartmentMemberView]) -> Vec<IdKey> {
    let key = |view: &DepartmentMemberView| IdKey {
        id: view.member.number.get(),
        key: view.department.name.as_str().to_owned(),
    };
    views.iter().map(key).collect()
}

/// New places, by the names of the users.
pub(crate) fn user_keys(views: &[DepartmentMemberView]) -> Vec<IdKey> {
    let key = |view: &DepartmentMemberView| IdKey {
        id: view.member.number.get(),
        key: view.user.display_name(),
    };
    views.iter().map(key).collect()
}
