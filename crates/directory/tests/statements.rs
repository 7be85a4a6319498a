//! A list is a constant number of statements, however many items are on the page.
#![expect(clippy::unwrap_used, reason = "a test that does not find what it looks for has failed")]

use std::collections::BTreeSet;

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_directory::{
    Conditions, DepartmentPlace, Directory, GroupInclude, NewDepartment, NewGroup, NewTenant,
    NewUser, TagLinksRef, TagRef, UserLinks, UserQuery, UserRef,
};
use citizenry_identity::{
    Email, Error, Listing, Number, Origin, Page, RoleId, TagTargetKind, Tenant, TenantName, Text,
    UserId, Username,
};
use citizenry_persistence::SentStatements;
use citizenry_testkit::{TestDatabase, block_on, environment};

const MANY: u32 = 50;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse("text", text).unwrap()
}

/// A tenant where everything has fifty of what it can have, each made by somebody else.
struct Crowd {
    directory: Directory,
    operator: Caller,
    user: UserRef,
    group: Number,
    department: Number,
    tag: Number,
    role: RoleId,
    _database: TestDatabase,
}

fn person(tenant: &Tenant, id: UserId) -> Caller {
    let (subject, credential) = (Subject::User(id), Credential::AccessToken);
    let permissions = Permissions::all();
    Caller::new(CallerTenant::from(tenant), subject, credential, permissions, Origin::default())
}

fn new_user(n: u32) -> NewUser {
    NewUser {
        username: Some(Username::parse(&format!("user-{n}")).unwrap()),
        email: Some(Email::parse(&format!("user-{n}@example.com")).unwrap()),
        ..NewUser::default()
    }
}

impl Crowd {
    async fn new(database: TestDatabase) -> Self {
        let directory = Directory::new(database.storage(), environment());
        let new = NewTenant {
            name: TenantName::parse(TenantName::DEFAULT).unwrap(),
            management_identifier: text("https://example.com/api"),
            administrator: Username::parse("admin").unwrap(),
            administrator_password: None,
        };
        let provisioned = directory.create_tenant(new).await.unwrap();
        let tenant = &provisioned.tenant;
        let operator = Caller::operator(tenant);
        let first = UserRef::Id(provisioned.administrator.id);
        let roles = directory.user_roles(&operator, &first, Listing::first(1));
        let role = roles.await.unwrap().items.first().unwrap().id;
        let (mut makers, mut groups, mut departments) = (Vec::new(), Vec::new(), Vec::new());
        let mut tags = Vec::new();
        for n in 0..MANY {
            let made = directory.create_user(&operator, new_user(n)).await.unwrap().user;
            makers.push(person(tenant, made.id));
        }
        for (n, maker) in makers.iter().enumerate() {
            let rules = citizenry_directory::DialectRules::default();
            let name = format!("item-{n}");
            let made = directory.create_tags(maker, vec![text(&name)], rules).await.unwrap();
            tags.push(made.first().unwrap().tag.number);
            let new = NewGroup {
                code: None,
                name: text(&name),
                description: None,
                source: None,
                wildcards: BTreeSet::default(),
                members: Vec::new(),
                tags: tags.iter().copied().map(TagRef::from).collect(),
            };
            let made = directory.create_groups(maker, vec![new], rules).await.unwrap();
            groups.push(made.first().unwrap().group.number);
            let parent = departments.first().copied().map(Number::into);
            let new = NewDepartment { code: text(&name), name: text(&name), parent, tags: vec![] };
            let made = directory.create_departments(maker, vec![new], rules).await.unwrap();
            departments.push(made.first().unwrap().department.number);
        }
        let mut user = None;
        for (n, maker) in (MANY..).zip(&makers) {
            let place = |(at, number): (usize, &Number)| DepartmentPlace {
                department: (*number).into(),
                is_main: at == usize::try_from(n - MANY).unwrap(),
                is_head: true,
            };
            let links = UserLinks {
                departments: Some(departments.iter().enumerate().map(place).collect()),
                groups: Some(groups.iter().copied().map(Into::into).collect()),
                tags: Some(tags.iter().copied().map(TagRef::from).collect()),
                ..UserLinks::default()
            };
            let new = NewUser { links, administrator: true, ..new_user(n) };
            user = Some(directory.create_user(maker, new).await.unwrap().user.id);
        }
        Self {
            user: UserRef::Id(user.unwrap()),
            group: *groups.first().unwrap(),
            department: *departments.first().unwrap(),
            tag: *tags.first().unwrap(),
            role,
            directory,
            operator,
            _database: database,
        }
    }

    /// How many statements `list` takes for pages of one and of fifty.
    async fn compare<S, T>(
        &self,
        sent: &SentStatements,
        name: &str,
        list: impl AsyncFn(Listing<S>) -> Result<Page<T>, Error>,
    ) {
        let mut counts = Vec::new();
        // The first page is there to open what is opened once.
        for limit in [MANY, 1, MANY] {
            let mut listing = Listing::<S>::first(limit);
            listing.with_total = true;
            let before = sent.so_far();
            let page = list(listing).await.unwrap();
            counts.push(sent.so_far() - before);
            assert_eq!(page.items.len(), usize::try_from(limit).unwrap(), "{name}");
        }
        let (one, many) = (counts.get(1).unwrap(), counts.get(2).unwrap());
        assert!(*one > 0, "{name}: nothing was counted");
        // Fewer where the page is the last one and so knows the total.
        assert!(many <= one, "{name}: {one} statements for one item, {many} for {MANY}");
    }

    async fn lists(&self, sent: &SentStatements) {
        let (directory, operator) = (&self.directory, &self.operator);
        let users = async |page| directory.users(operator, UserQuery::default(), page).await;
        self.compare(sent, "users", users).await;
        // From the last made on, who stand in departments and groups.
        let query = || UserQuery { groups: Some(vec![self.group.into()]), ..UserQuery::default() };
        let rows = async |page| directory.user_rows(operator, query(), page).await;
        self.compare(sent, "user rows", rows).await;
        let include = GroupInclude { members: true, tags: true };
        let groups =
            async |page| directory.groups(operator, Conditions::default(), page, include).await;
        self.compare(sent, "groups", groups).await;
        let departments =
            async |page| directory.departments(operator, Conditions::default(), page).await;
        self.compare(sent, "departments", departments).await;
        let tags = async |page| directory.tags(operator, Conditions::default(), page).await;
        self.compare(sent, "tags", tags).await;
        let users = async |page| directory.role_users(operator, self.role, page).await;
        self.compare(sent, "users of a role", users).await;
        let events = async |page| directory.events(operator, None, page).await;
        self.compare(sent, "events", events).await;
    }

    async fn members(&self, sent: &SentStatements) {
        let (directory, operator, user) = (&self.directory, &self.operator, &self.user);
        let (group, department) = (self.group.into(), self.department.into());
        let list = async |page| {
            directory.group_members(operator, &group, Conditions::default(), page).await
        };
        self.compare(sent, "members of a group", list).await;
        let list = async |page| {
            directory.department_members(operator, &department, Conditions::default(), page).await
        };
        self.compare(sent, "members of a department", list).await;
        let list =
            async |page| directory.user_groups(operator, user, Conditions::default(), page).await;
        self.compare(sent, "groups of a user", list).await;
        let list = async |page| {
            directory.user_departments(operator, user, Conditions::default(), page).await
        };
        self.compare(sent, "departments of a user", list).await;
    }

    async fn tag_links(&self, sent: &SentStatements) {
        let tag = TagRef::Number(self.tag);
        let lists = [
            TagLinksRef::Target(self.user.clone().into()),
            TagLinksRef::Tag(tag, TagTargetKind::User),
            TagLinksRef::Tag(tag, TagTargetKind::Group),
            TagLinksRef::Kind(TagTargetKind::User),
            TagLinksRef::Kind(TagTargetKind::Group),
        ];
        for of in lists {
            let list = async |page| {
                let every = Conditions::default();
                self.directory.tag_links(&self.operator, of.clone(), every, page).await
            };
            self.compare(sent, &format!("{of:?}"), list).await;
        }
    }
}

/// One test, since what is sent is counted for the process.
#[test]
fn a_list_takes_as_many_statements_for_fifty_items_as_for_one() {
    let sent = SentStatements::count().unwrap();
    block_on(async {
        for database in [TestDatabase::memory().await, TestDatabase::postgres().await] {
            let crowd = Crowd::new(database).await;
            crowd.lists(&sent).await;
            crowd.members(&sent).await;
            crowd.tag_links(&sent).await;
        }
    });
}
