//! Departments as doors show them.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::Caller;
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Error, Page, Tag, TagTarget, TenantId, User,
};
use citizenry_storage::{Tx, ports::Membership};

use crate::{
    authors::{Author, Authors},
    ports::Ports,
};

/// A department as doors show it.
#[derive(Debug, Clone, PartialEq)]
pub struct DepartmentView {
    /// The department.
    pub department: Department,
    /// The department that it is under; none for a root.
    pub parent: Option<Department>,
    /// Whether there are departments below it.
    pub has_children: bool,
    /// Who made it.
    pub created_by: Option<Author>,
    /// Who last changed it.
    pub updated_by: Option<Author>,
    /// The tags on it, in the order of their putting.
    pub tags: Vec<Tag>,
}

/// A user in a department, with what is known of both.
#[derive(Debug, Clone, PartialEq)]
pub struct DepartmentMemberView {
    /// The user's place.
    pub member: DepartmentMember,
    /// The department.
    pub department: Department,
    /// The user.
    pub user: User,
    /// Whether there are departments below the department.
    pub has_children: bool,
    /// Who put the user there.
    pub created_by: Option<Author>,
}

/// Views of `departments`, in their order, in a constant number of statements.
pub(super) async fn view_all(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    departments: Vec<Department>,
) -> Result<Vec<DepartmentView>, Error> {
    if departments.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = departments.iter().map(|it| it.id).collect();
    let authors = departments.iter().flat_map(|it| [it.created_by, it.updated_by]);
    let authors = Authors::find(ports.users(), tenant, authors.collect::<Vec<_>>()).await?;
    let parents: BTreeSet<_> = departments.iter().filter_map(Department::parent).collect();
    let parents = ports.departments().find_many(tenant, &Vec::from_iter(parents)).await?;
    let parents: BTreeMap<_, _> = parents.into_iter().map(|it| (it.id, it)).collect();
    let with_children = which_have_children(ports, tenant, &ids).await?;
    let targets: Vec<_> = ids.iter().copied().map(TagTarget::Department).collect();
    let mut tags: BTreeMap<TagTarget, Vec<Tag>> = BTreeMap::new();
    for (link, tag) in ports.tags().links_of(tenant, &targets).await? {
        tags.entry(link.target).or_default().push(tag);
    }
    let view = |department: Department| DepartmentView {
        parent: department.parent().and_then(|id| parents.get(&id).cloned()),
        has_children: with_children.contains(&department.id),
        created_by: authors.get(department.created_by),
        updated_by: authors.get(department.updated_by),
        tags: tags.remove(&TagTarget::Department(department.id)).unwrap_or_default(),
        department,
    };
    Ok(departments.into_iter().map(view).collect())
}

async fn which_have_children(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    ids: &[DepartmentId],
) -> Result<BTreeSet<DepartmentId>, Error> {
    let found = ports.departments().which_have_children(tenant, ids).await?;
    Ok(found.into_iter().collect())
}

/// Views of departments that this unit has written, as they are stored now.
pub(super) async fn view_written(
    tx: &mut dyn Tx,
    caller: &Caller,
    written: Vec<DepartmentId>,
) -> Result<Vec<DepartmentView>, Error> {
    let tenant = caller.tenant();
    let found = tx.departments().find_many(tenant, &written).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|it| (it.id, it)).collect();
    let departments = written.iter().filter_map(|id| found.remove(id)).collect();
    view_all(&mut Ports::Tx(tx), tenant, departments).await
}

/// Views of memberships, in their order.
pub(super) async fn view_all_members(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    members: Vec<Membership<DepartmentMember, Department>>,
) -> Result<Vec<DepartmentMemberView>, Error> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let authors: Vec<_> = members.iter().map(|it| it.member.created_by).collect();
    let authors = Authors::find(ports.users(), tenant, authors).await?;
    let ids: BTreeSet<_> = members.iter().map(|it| it.owner.id).collect();
    let with_children = which_have_children(ports, tenant, &Vec::from_iter(ids)).await?;
    let view = |it: Membership<DepartmentMember, Department>| DepartmentMemberView {
        has_children: with_children.contains(&it.owner.id),
        created_by: authors.get(it.member.created_by),
        member: it.member,
        department: it.owner,
        user: it.user,
    };
    Ok(members.into_iter().map(view).collect())
}

/// A page of memberships as doors show them.
pub(super) async fn view_page(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    page: Page<Membership<DepartmentMember, Department>>,
) -> Result<Page<DepartmentMemberView>, Error> {
    let items = view_all_members(ports, tenant, page.items).await?;
    Ok(Page { items, total: page.total, next: page.next })
}

/// Views of memberships that this unit has written, in the order of their numbers.
pub(super) async fn view_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    mut members: Vec<DepartmentMember>,
) -> Result<Vec<DepartmentMemberView>, Error> {
    let tenant = caller.tenant();
    members.sort_by_key(|member| member.number);
    let users: BTreeSet<_> = members.iter().map(|member| member.user).collect();
    let departments: BTreeSet<_> = members.iter().map(|member| member.department).collect();
    let users = tx.users().find_many(tenant, &Vec::from_iter(users)).await?;
    let departments = tx.departments().find_many(tenant, &Vec::from_iter(departments)).await?;
    let users: BTreeMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let departments: BTreeMap<_, _> = departments.into_iter().map(|it| (it.id, it)).collect();
    let whole = |member: DepartmentMember| {
        let owner = departments.get(&member.department)?.clone();
        let user = users.get(&member.user)?.clone();
        Some(Membership { member, owner, user })
    };
    let members = members.into_iter().filter_map(whole).collect();
    view_all_members(&mut Ports::Tx(tx), tenant, members).await
}
