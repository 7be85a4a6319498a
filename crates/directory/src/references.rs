//! How callers name groups, departments, tags and what tags are put on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use citizenry_identity::{
    Department, DepartmentId, Error, Group, GroupId, Kind, Number, Tag, TagTargetKind, TenantId,
    UserId,
};
use citizenry_storage::ports::{ReadDepartments, ReadGroups, ReadTags, ReadUsers};

use crate::UserRef;

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $id:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            /// By identifier.
            Id($id),
            /// By number.
            Number(Number),
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Id(id) => id.fmt(f),
                    Self::Number(number) => number.fmt(f),
                }
            }
        }

        impl From<$id> for $name {
            fn from(id: $id) -> Self {
                Self::Id(id)
            }
        }

        impl From<Number> for $name {
            fn from(number: Number) -> Self {
                Self::Number(number)
            }
        }

        impl Named for $name {
            const KIND: Kind = Kind::$kind;
        }
    };
}

/// What a caller names something by.
pub(crate) trait Named: fmt::Display {
    /// The kind of thing.
    const KIND: Kind;

    /// There is no such thing.
    fn not_found(&self) -> Error {
        Error::not_found(Self::KIND, self)
    }
}

impl Named for UserRef {
    const KIND: Kind = Kind::User;
}

reference! {
    /// How a caller names a group.
    GroupRef, GroupId, Group
}

reference! {
    /// How a caller names a department.
    DepartmentRef, DepartmentId, Department
}

/// How a caller names a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagRef {
    /// By number.
    Number(Number),
}

impl fmt::Display for TagRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Number(number) = self;
        number.fmt(f)
    }
}

impl From<Number> for TagRef {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl Named for TagRef {
    const KIND: Kind = Kind::Tag;
}

/// How a caller names what a tag is put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetRef {
    /// A user.
    User(UserRef),
    /// A department.
    Department(DepartmentRef),
    /// A group.
    Group(GroupRef),
}

impl From<UserRef> for TargetRef {
    fn from(user: UserRef) -> Self {
        Self::User(user)
    }
}

impl From<DepartmentRef> for TargetRef {
    fn from(department: DepartmentRef) -> Self {
        Self::Department(department)
    }
}

impl From<GroupRef> for TargetRef {
    fn from(group: GroupRef) -> Self {
        Self::Group(group)
    }
}

/// Which tags on things a list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagLinksRef {
    /// Those on one thing.
    Target(TargetRef),
    /// Those of one tag on things of one kind.
    Tag(TagRef, TagTargetKind),
    /// All those on things of one kind.
    Kind(TagTargetKind),
}

/// What is done about things of a list that there are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// They are passed over.
    PassOver,
    /// The first of them is `NotFound`.
    Refuse,
    /// They are passed over, unless none of the list is there: then the first is `NotFound`.
    RefuseIfAll,
}

impl Unknown {
    /// Those that were found, in the order of the references.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn keep<R: Named, T>(
        self,
        references: &[R],
        found: Vec<Option<T>>,
    ) -> Result<Vec<T>, Error> {
        let none = found.iter().all(Option::is_none);
        let refused = match self {
            Self::PassOver => None,
            Self::Refuse => found.iter().position(Option::is_none),
            Self::RefuseIfAll => none.then_some(0),
        };
        match refused.and_then(|index| references.get(index)) {
            Some(missing) => Err(missing.not_found()),
            None => Ok(found.into_iter().flatten().collect()),
        }
    }
}

/// Those of `items` that come for the first time, by `key`.
pub(crate) fn distinct<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(key(item))).collect()
}

/// Passes when nothing of the list comes twice, by `key`.
///
/// # Errors
/// `Invalid` on `field`.
pub(crate) fn check_distinct<T, K: Ord>(
    field: &'static str,
    items: &[T],
    key: impl Fn(&T) -> K,
) -> Result<(), Error> {
    let keys: BTreeSet<K> = items.iter().map(key).collect();
    if keys.len() == items.len() {
        Ok(())
    } else {
        Err(Error::invalid(field, "must not name the same one twice"))
    }
}

/// The groups that those are, each where its reference stands. At most two statements.
pub(crate) async fn find_groups(
    groups: &mut dyn ReadGroups,
    tenant: TenantId,
    references: &[GroupRef],
) -> Result<Vec<Option<Group>>, Error> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for reference in references {
        match reference {
            GroupRef::Id(id) => ids.push(*id),
            GroupRef::Number(number) => numbers.push(*number),
        }
    }
    let mut found = Vec::new();
    if !ids.is_empty() {
        found = groups.find_many(tenant, &ids).await?;
    }
    if !numbers.is_empty() {
        found.extend(groups.find_by_numbers(tenant, &numbers).await?);
    }
    let is = |group: &&Group, reference: &GroupRef| match reference {
        GroupRef::Id(id) => group.id == *id,
        GroupRef::Number(number) => group.number == *number,
    };
    Ok(references.iter().map(|it| found.iter().find(|group| is(group, it)).cloned()).collect())
}

/// The group, or `NotFound`.
pub(crate) async fn find_group(
    groups: &mut dyn ReadGroups,
    tenant: TenantId,
    group: &GroupRef,
) -> Result<Group, Error> {
    let found = match group {
        GroupRef::Id(id) => groups.find(tenant, *id).await?,
        GroupRef::Number(number) => groups.find_by_number(tenant, *number).await?,
    };
    found.ok_or_else(|| group.not_found())
}

/// The departments that those are, each where its reference stands. At most two statements.
pub(crate) async fn find_departments(
    departments: &mut dyn ReadDepartments,
    tenant: TenantId,
    references: &[DepartmentRef],
) -> Result<Vec<Option<Department>>, Error> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for reference in references {
        match reference {
            DepartmentRef::Id(id) => ids.push(*id),
            DepartmentRef::Number(number) => numbers.push(*number),
        }
    }
    let mut found = Vec::new();
    if !ids.is_empty() {
        found = departments.find_many(tenant, &ids).await?;
    }
    if !numbers.is_empty() {
        found.extend(departments.find_by_numbers(tenant, &numbers).await?);
    }
    let is = |department: &&Department, reference: &DepartmentRef| match reference {
        DepartmentRef::Id(id) => department.id == *id,
        DepartmentRef::Number(number) => department.number == *number,
    };
    Ok(references.iter().map(|it| found.iter().find(|that| is(that, it)).cloned()).collect())
}

/// The department, or `NotFound`.
pub(crate) async fn find_department(
    departments: &mut dyn ReadDepartments,
    tenant: TenantId,
    department: &DepartmentRef,
) -> Result<Department, Error> {
    let found = match department {
        DepartmentRef::Id(id) => departments.find(tenant, *id).await?,
        DepartmentRef::Number(number) => departments.find_by_number(tenant, *number).await?,
    };
    found.ok_or_else(|| department.not_found())
}

/// The tags that those are, each where its reference stands. One statement.
pub(crate) async fn find_tags(
    tags: &mut dyn ReadTags,
    tenant: TenantId,
    references: &[TagRef],
) -> Result<Vec<Option<Tag>>, Error> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<_> = references.iter().map(|TagRef::Number(number)| *number).collect();
    let found = tags.find_by_numbers(tenant, &numbers).await?;
    let found: BTreeMap<_, _> = found.into_iter().map(|tag| (tag.number, tag)).collect();
    Ok(numbers.iter().map(|number| found.get(number).cloned()).collect())
}

/// The tag, or `NotFound`.
pub(crate) async fn find_tag(
    tags: &mut dyn ReadTags,
    tenant: TenantId,
    tag: &TagRef,
) -> Result<Tag, Error> {
    let TagRef::Number(number) = tag;
    tags.find_by_number(tenant, *number).await?.ok_or_else(|| tag.not_found())
}

/// The identifiers of the users that those are, each where its reference stands. One statement for
/// those named by number, one for those named by identifier, one for each that is named by subject.
pub(crate) async fn find_user_ids(
    users: &mut dyn ReadUsers,
    tenant: TenantId,
    references: &[UserRef],
) -> Result<Vec<Option<UserId>>, Error> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for reference in references {
        match reference {
            UserRef::Id(id) => ids.push(*id),
            UserRef::Number(number) => numbers.push(*number),
            UserRef::Subject(_) => {}
        }
    }
    let mut there = BTreeSet::new();
    if !ids.is_empty() {
        there.extend(users.find_many(tenant, &ids).await?.into_iter().map(|user| user.id));
    }
    let mut by_number = BTreeMap::new();
    if !numbers.is_empty() {
        by_number.extend(users.ids_of_numbers(tenant, &numbers).await?);
    }
    let mut found = Vec::with_capacity(references.len());
    for reference in references {
        found.push(match reference {
            UserRef::Id(id) => there.get(id).copied(),
            UserRef::Number(number) => by_number.get(number).copied(),
            UserRef::Subject(subject) => {
                users.find_by_subject(tenant, subject).await?.map(|user| user.id)
            }
        });
    }
    Ok(found)
}
