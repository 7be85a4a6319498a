//! A user with everything that belongs to him, and the rows of lists of users.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Error, Group, GroupId, Id, Kind, Listing, Number,
    Page, PasswordStrength, StoredPassword, Tag, TagTarget, Tenant, TenantId, Timestamp, User,
    UserId,
};
use citizenry_storage::{Read, ports::UserSort};

use super::{
    UserQuery, UserRef, UserView, find_user,
    read::{found_page, nothing},
    view::view,
};
use crate::{Author, Directory, authors::Authors};

/// The most departments or groups that are looked up at once.
const MAX_LOOKED_UP: usize = 2_000;

/// A user's place in a department.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPlace {
    /// The membership.
    pub member: DepartmentMember,
    /// The department.
    pub department: Department,
}

/// What may be told of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordFacts {
    /// How hard it is to guess.
    pub strength: PasswordStrength,
    /// Until when it is good; for ever without it.
    pub expires_at: Option<Timestamp>,
    /// Whether it has expired.
    pub has_expired: bool,
}

impl PasswordFacts {
    fn new(password: &StoredPassword, now: Timestamp) -> Self {
        Self {
            strength: password.strength,
            expires_at: password.expires_at,
            has_expired: password.has_expired(now),
        }
    }
}

/// A user with everything that belongs to him.
#[derive(Debug, Clone)]
pub struct UserDetail {
    /// The user and the connections of his identities.
    pub view: UserView,
    /// Whether he has the role of administrators.
    pub is_administrator: bool,
    /// Whether he is signed in anywhere.
    pub is_online: bool,
    /// Who made him.
    pub created_by: Option<Author>,
    /// Who last changed him.
    pub updated_by: Option<Author>,
    /// His departments, in the order in which he came into them.
    pub places: Vec<UserPlace>,
    /// His groups, in the order in which he came into them.
    pub groups: Vec<Group>,
    /// His tags, in the order in which they were put on him.
    pub tags: Vec<Tag>,
    /// His password; none when he has none.
    pub password: Option<PasswordFacts>,
    /// His tenant.
    pub tenant: Tenant,
}

impl UserDetail {
    /// The user.
    pub fn user(&self) -> &User {
        &self.view.user
    }

    /// Whether he leads a department.
    pub fn is_head(&self) -> bool {
        self.places.iter().any(|place| place.member.is_head)
    }

    /// His main department.
    pub fn main_department(&self) -> Option<&Department> {
        self.places.iter().find(|place| place.member.is_main).map(|place| &place.department)
    }
}

/// A user as lists show him.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRow {
    /// The user.
    pub user: User,
    /// Whether he has the role of administrators.
    pub is_administrator: bool,
    /// Whether he leads a department.
    pub is_head: bool,
    /// The number of his main department.
    pub main_department: Option<Number>,
    /// The numbers of his groups, in the order in which he came into them.
    pub group_numbers: Vec<Number>,
    /// Whether he is signed in anywhere.
    pub is_online: bool,
    /// Who made him.
    pub created_by: Option<Author>,
    /// Who last changed him.
    pub updated_by: Option<Author>,
}

/// What is known of some users beside their rows: the same few statements, however many they are.
struct Facts {
    administrators: BTreeSet<UserId>,
    online: BTreeSet<UserId>,
    authors: Authors,
}

impl Facts {
    async fn of(
        read: &mut dyn Read,
        tenant: TenantId,
        users: &[User],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let administrators = match read.roles().find_administrator(tenant).await? {
            Some(role) => read.assignments().which_have_role(tenant, role.id, &ids).await?,
            None => Vec::new(),
        };
        let online = read.token_families().which_are_signed_in(tenant, &ids, now).await?;
        let authors = users.iter().flat_map(|user| [user.created_by, user.updated_by]);
        let authors = Authors::find(read.users(), tenant, authors).await?;
        Ok(Self {
            administrators: administrators.into_iter().collect(),
            online: online.into_iter().collect(),
            authors,
        })
    }
}

fn distinct<I: Id>(ids: impl Iterator<Item = I>) -> Vec<I> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

async fn departments_of(
    read: &mut dyn Read,
    tenant: TenantId,
    members: &[DepartmentMember],
) -> Result<BTreeMap<DepartmentId, Department>, Error> {
    let mut found = BTreeMap::new();
    for some in distinct(members.iter().map(|it| it.department)).chunks(MAX_LOOKED_UP) {
        let departments = read.departments().find_many(tenant, some).await?;
        found.extend(departments.into_iter().map(|it| (it.id, it)));
    }
    Ok(found)
}

async fn groups_of(
    read: &mut dyn Read,
    tenant: TenantId,
    ids: impl Iterator<Item = GroupId>,
) -> Result<BTreeMap<GroupId, Group>, Error> {
    let mut found = BTreeMap::new();
    for some in distinct(ids).chunks(MAX_LOOKED_UP) {
        let groups = read.groups().find_many(tenant, some).await?;
        found.extend(groups.into_iter().map(|it| (it.id, it)));
    }
    Ok(found)
}

/// Everything that belongs to a user.
pub(super) async fn detail(
    read: &mut dyn Read,
    user: User,
    now: Timestamp,
) -> Result<UserDetail, Error> {
    let (tenant, id) = (user.tenant, user.id);
    let facts = Facts::of(read, tenant, std::slice::from_ref(&user), now).await?;
    let (created_by, updated_by) =
        (facts.authors.get(user.created_by), facts.authors.get(user.updated_by));
    let members = read.departments().memberships_of(tenant, &[id]).await?;
    let mut departments = departments_of(read, tenant, &members).await?;
    let place = |member: DepartmentMember| {
        let department = departments.remove(&member.department)?;
        Some(UserPlace { member, department })
    };
    let places = members.into_iter().filter_map(place).collect();
    let members = read.groups().memberships_of(tenant, &[id]).await?;
    let mut groups = groups_of(read, tenant, members.iter().map(|it| it.group)).await?;
    let groups = members.iter().filter_map(|member| groups.remove(&member.group)).collect();
    let tags = read.tags().links_of(tenant, &[TagTarget::User(id)]).await?;
    let password = read.passwords().find(tenant, id).await?;
    let found = read.tenants().find(tenant).await?;
    Ok(UserDetail {
        is_administrator: facts.administrators.contains(&id),
        is_online: facts.online.contains(&id),
        created_by,
        updated_by,
        places,
        groups,
        tags: tags.into_iter().map(|(_, tag)| tag).collect(),
        password: password.map(|password| PasswordFacts::new(&password, now)),
        tenant: found.ok_or_else(|| Error::not_found(Kind::Tenant, tenant))?,
        view: view(read.connections(), tenant, user).await?,
    })
}

/// The rows of a page of users: a constant number of statements.
async fn rows(
    read: &mut dyn Read,
    tenant: TenantId,
    page: Page<User>,
    now: Timestamp,
) -> Result<Page<UserRow>, Error> {
    if page.items.is_empty() {
        return Ok(Page { items: Vec::new(), total: page.total, next: page.next });
    }
    let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
    let facts = Facts::of(read, tenant, &page.items, now).await?;
    let places = read.departments().memberships_of(tenant, &ids).await?;
    let heads: BTreeSet<UserId> =
        places.iter().filter(|place| place.is_head).map(|place| place.user).collect();
    let main: Vec<_> = places.into_iter().filter(|place| place.is_main).collect();
    let departments = departments_of(read, tenant, &main).await?;
    let number = |place: &DepartmentMember| {
        departments.get(&place.department).map(|department| (place.user, department.number))
    };
    let main: BTreeMap<UserId, Number> = main.iter().filter_map(number).collect();
    let members = read.groups().memberships_of(tenant, &ids).await?;
    let groups = groups_of(read, tenant, members.iter().map(|it| it.group)).await?;
    let mut group_numbers = BTreeMap::<UserId, Vec<Number>>::new();
    for member in members {
        if let Some(group) = groups.get(&member.group) {
            group_numbers.entry(member.user).or_default().push(group.number);
        }
    }
    Ok(page.map(|user| UserRow {
        is_administrator: facts.administrators.contains(&user.id),
        is_head: heads.contains(&user.id),
        main_department: main.get(&user.id).copied(),
        group_numbers: group_numbers.remove(&user.id).unwrap_or_default(),
        is_online: facts.online.contains(&user.id),
        created_by: facts.authors.get(user.created_by),
        updated_by: facts.authors.get(user.updated_by),
        user,
    }))
}

impl Directory {
    /// A user with everything that belongs to him.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_detail(&self, caller: &Caller, user: &UserRef) -> Result<UserDetail, Error> {
        caller.may(Action::Read, Resource::User)?;
        self.detail_of(caller, user).await
    }

    /// As [`Directory::user_detail`], for who has been let in already.
    pub(super) async fn detail_of(
        &self,
        caller: &Caller,
        user: &UserRef,
    ) -> Result<UserDetail, Error> {
        let (tenant, user, now) = (caller.tenant(), user.clone(), self.now());
        self.storage
            .read(async move |read| {
                let found = find_user(read.users(), tenant, &user).await?;
                detail(read, found, now).await
            })
            .await
    }

    /// A page of the users that `query` lets through, as lists show them.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on a filter that reads every user when the tenant is too large for
    /// it.
    pub async fn user_rows(
        &self,
        caller: &Caller,
        query: UserQuery,
        listing: Listing<UserSort>,
    ) -> Result<Page<UserRow>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (caller, now) = (caller.clone(), self.now());
        self.storage
            .read(async move |read| {
                match found_page(read, &caller, query.clone(), &listing).await? {
                    Some(page) => rows(read, caller.tenant(), page, now).await,
                    None => Ok(nothing(&listing)),
                }
            })
            .await
    }
}
