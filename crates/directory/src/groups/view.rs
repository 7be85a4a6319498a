//! Groups as doors show them.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::Caller;
use citizenry_identity::{
    Error, Group, GroupId, GroupMember, Number, Tag, TagTarget, TenantId, User,
};
use citizenry_storage::{Tx, ports::Membership};

use crate::{
    authors::{Author, Authors},
    ports::Ports,
};

/// A group as doors show it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// Who made it.
    pub created_by: Option<Author>,
    /// Who last changed it.
    pub updated_by: Option<Author>,
    /// The numbers of its members, in their order; empty unless they were asked for.
    pub members: Vec<Number>,
    /// The tags on it, in the order of their putting; empty unless they were asked for.
    pub tags: Vec<Tag>,
}

/// What else is wanted with groups. Each costs one statement, whatever the number of groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupInclude {
    /// The numbers of the members.
    pub members: bool,
    /// The tags.
    pub tags: bool,
}

/// A user in a group, with what is known of both.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMemberView {
    /// The membership.
    pub member: GroupMember,
    /// The group.
    pub group: Group,
    /// The user.
    pub user: User,
    /// Who put the user there.
    pub created_by: Option<Author>,
}

/// Views of `groups`, in their order, in a constant number of statements.
pub(super) async fn view_all(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    groups: Vec<Group>,
    include: GroupInclude,
) -> Result<Vec<GroupView>, Error> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
    let authors = groups.iter().flat_map(|group| [group.created_by, group.updated_by]);
    let authors = Authors::find(ports.users(), tenant, authors.collect::<Vec<_>>()).await?;
    let mut members: BTreeMap<GroupId, Vec<Number>> = BTreeMap::new();
    if include.members {
        for (group, number) in ports.groups().member_numbers(tenant, &ids).await? {
            members.entry(group).or_default().push(number);
        }
    }
    let mut tags: BTreeMap<TagTarget, Vec<Tag>> = BTreeMap::new();
    if include.tags {
        let targets: Vec<_> = ids.iter().copied().map(TagTarget::Group).collect();
        for (link, tag) in ports.tags().links_of(tenant, &targets).await? {
            tags.entry(link.target).or_default().push(tag);
        }
    }
    let view = |group: Group| GroupView {
        created_by: authors.get(group.created_by),
        updated_by: authors.get(group.updated_by),
        members: members.remove(&group.id).unwrap_or_default(),
        tags: tags.remove(&TagTarget::Group(group.id)).unwrap_or_default(),
        group,
    };
    Ok(groups.into_iter().map(view).collect())
}

/// Views of groups that this unit has written, as they are stored now.
pub(super) async fn view_written(
    tx: &mut dyn Tx,
    caller: &Caller,
    written: Vec<Group>,
) -> Result<Vec<GroupView>, Error> {
    if written.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = written.iter().map(|group| group.id).collect();
    let found = tx.groups().find_many(caller.tenant(), &ids).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|group| (group.id, group)).collect();
    let groups = ids.iter().filter_map(|id| found.remove(id)).collect();
    let include = GroupInclude { members: true, tags: true };
    view_all(&mut Ports::Tx(tx), caller.tenant(), groups, include).await
}

/// Views of memberships, in their order.
pub(super) async fn view_all_members(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    members: Vec<Membership<GroupMember, Group>>,
) -> Result<Vec<GroupMemberView>, Error> {
    let authors: Vec<_> = members.iter().map(|it| it.member.created_by).collect();
    let authors = Authors::find(ports.users(), tenant, authors).await?;
    let view = |it: Membership<GroupMember, Group>| GroupMemberView {
        created_by: authors.get(it.member.created_by),
        member: it.member,
        group: it.owner,
        user: it.user,
    };
    Ok(members.into_iter().map(view).collect())
}

/// Views of memberships that this unit has written, in the order of their numbers.
pub(super) async fn view_members(
    tx: &mut dyn Tx,
    caller: &Caller,
    mut members: Vec<GroupMember>,
) -> Result<Vec<GroupMemberView>, Error> {
    let tenant = caller.tenant();
    members.sort_by_key(|member| member.number);
    let users: BTreeSet<_> = members.iter().map(|member| member.user).collect();
    let groups: BTreeSet<_> = members.iter().map(|member| member.group).collect();
    let users = tx.users().find_many(tenant, &Vec::from_iter(users)).await?;
    let groups = tx.groups().find_many(tenant, &Vec::from_iter(groups)).await?;
    let users: BTreeMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let groups: BTreeMap<_, _> = groups.into_iter().map(|group| (group.id, group)).collect();
    let whole = |member: GroupMember| {
        let (owner, user) = (groups.get(&member.group)?.clone(), users.get(&member.user)?.clone());
        Some(Membership { member, owner, user })
    };
    let members = members.into_iter().filter_map(whole).collect();
    view_all_members(&mut Ports::Tx(tx), tenant, members).await
}
