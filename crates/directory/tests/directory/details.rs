//! Users with what belongs to them, and the rows of lists.

use citizenry_directory::{
    Condition, Conditions, Deletion, DepartmentPlace, DialectRules, NewDepartment, NewGroup,
    NewUser, Test, Unknown, UserChanges, UserField, UserLinks, UserQuery, UserRef, Value,
};
use citizenry_identity::{
    Department, Direction, Error, Group, Listing, Number, Quota, SortKey, Text, User, Username,
};
use citizenry_testkit::block_on;
use serde_json::json;

use super::world::{World, conflict, new_user, tenant};

struct Structure {
    departments: [Department; 2],
    groups: Vec<Group>,
    tag: citizenry_identity::Tag,
}

async fn structure(world: &World) -> Structure {
    let (directory, operator) = (&world.directory, &world.operator);
    let rules = DialectRules::default();
    let department = |code: &str| NewDepartment {
        code: Text::parse("code", code).unwrap(),
        name: Text::parse("name", code).unwrap(),
        parent: None,
        tags: Vec::new(),
    };
    let departments = vec![department("RD"), department("HR")];
    let departments = directory.create_departments(operator, departments, rules).await.unwrap();
    let group = |name: &str| NewGroup {
        code: None,
        name: Text::parse("name", name).unwrap(),
        description: None,
        source: None,
        wildcards: std::collections::BTreeSet::new(),
        members: Vec::new(),
        tags: Vec::new(),
    };
    let groups = directory.create_groups(operator, vec![group("A"), group("B")], rules).await;
    let names = vec![Text::parse("name", "vip").unwrap()];
    let tags = directory.create_tags(operator, names, rules).await.unwrap();
    Structure {
        departments: <[_; 2]>::try_from(departments).unwrap().map(|view| view.department),
        groups: groups.unwrap().into_iter().map(|view| view.group).collect(),
        tag: tags.into_iter().next().unwrap().tag,
    }
}

impl Structure {
    fn links(&self) -> UserLinks {
        let [leads, main] = &self.departments;
        let place = |department: &Department, is_main, is_head| DepartmentPlace {
            department: department.number.into(),
            is_main,
            is_head,
        };
        UserLinks {
            departments: Some(vec![place(leads, false, true), place(main, true, false)]),
            groups: Some(self.groups.iter().map(|group| group.number.into()).collect()),
            tags: Some(vec![self.tag.number.into()]),
            rules: DialectRules::default(),
        }
    }
}

#[test]
fn a_user_is_made_with_departments_groups_and_tags_and_shown_with_them() {
    block_on(async {
        let world = World::new().await;
        let structure = structure(&world).await;
        let admin = world.administrator();
        let new = NewUser { links: structure.links(), administrator: true, ..new_user("fioman") };
        let made = world.directory.create_user(&admin, new).await.unwrap().user;
        world.sign_in(made.id).await;
        let reference = UserRef::Number(made.number);
        let detail = world.directory.user_detail(&admin, &reference).await.unwrap();
        assert!(detail.is_administrator && detail.is_online && detail.is_head());
        assert_eq!(detail.main_department().unwrap().id, structure.departments[1].id);
        assert_eq!(detail.places.len(), 2);
        let groups: Vec<_> = detail.groups.iter().map(|group| group.id).collect();
        assert_eq!(groups, structure.groups.iter().map(|group| group.id).collect::<Vec<_>>());
        assert_eq!(detail.tags.first().unwrap().id, structure.tag.id);
        let author = detail.created_by.unwrap();
        let administrator = &world.provisioned.administrator;
        assert_eq!((author.number, author.name.as_str()), (administrator.number, "Administrator"));
        assert_eq!(detail.tenant.id, world.tenant());
        assert!(detail.password.is_none());
        // What is not said stays; an empty list takes all.
        let links = UserLinks { groups: Some(Vec::new()), ..UserLinks::default() };
        let changes = UserChanges { links, administrator: Some(false), ..UserChanges::default() };
        world.directory.update_user(&admin, &reference, changes).await.unwrap();
        let detail = world.directory.user_detail(&admin, &reference).await.unwrap();
        assert!(detail.groups.is_empty() && !detail.is_administrator);
        assert_eq!((detail.places.len(), detail.tags.len()), (2, 1));
    });
}

#[test]
fn a_link_to_nothing_leaves_no_user_behind() {
    block_on(async {
        let world = World::new().await;
        let structure = structure(&world).await;
        let unknown = Number::new(999_999).unwrap();
        let before = world.trail(100).await.len();
        let with = |change: &dyn Fn(&mut UserLinks)| {
            let mut links = structure.links();
            change(&mut links);
            NewUser { links, ..new_user("fioman") }
        };
        for new in [
            with(&|links| links.groups = Some(vec![unknown.into()])),
            with(&|links| links.tags = Some(vec![unknown.into()])),
            with(&|links| links.departments.as_mut().unwrap()[1].department = unknown.into()),
        ] {
            let refused = world.directory.create_user(&world.operator, new).await;
            assert!(matches!(refused, Err(Error::NotFound { .. })));
        }
        let new = with(&|links| links.departments.as_mut().unwrap()[1].is_main = false);
        let refused = world.directory.create_user(&world.operator, new).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "departments"));
        assert_eq!(world.trail(100).await.len(), before);
        let all = world.directory.users(&world.operator, UserQuery::default(), Listing::first(9));
        assert_eq!(all.await.unwrap().items.len(), 1);
    });
}

#[test]
fn a_tenant_may_be_full() {
    block_on(async {
        let world = World::new().await;
        world.set(json!({ "quotas": { "users": 2 } })).await;
        let rules = DialectRules { quotas: true, ..DialectRules::default() };
        let new = |name: &str| NewUser {
            links: UserLinks { rules, ..UserLinks::default() },
            ..new_user(name)
        };
        world.directory.create_user(&world.operator, new("second")).await.unwrap();
        let full = world.directory.create_user(&world.operator, new("third")).await.unwrap_err();
        assert_eq!(conflict(&full), Some(Quota::Users.field()));
        // Other dialects know no quotas.
        world.user("third").await;
    });
}

#[test]
fn rows_show_what_lists_need() {
    block_on(async {
        let world = World::new().await;
        let structure = structure(&world).await;
        let admin = world.administrator();
        let new = NewUser { links: structure.links(), ..new_user("fioman") };
        let made = world.directory.create_user(&admin, new).await.unwrap().user;
        world.sign_in(made.id).await;
        world.tick();
        let plain = world.user("hanmeimei").await.user;
        let rows = async |query: UserQuery| {
            let mut listing = Listing::first(10);
            let (field, direction) = (citizenry_directory::UserSort::Number, Direction::Ascending);
            listing.order = vec![SortKey { field, direction }];
            listing.with_total = true;
            world.directory.user_rows(&admin, query, listing).await.unwrap()
        };
        let page = rows(UserQuery::default()).await;
        assert_eq!(page.total, Some(3));
        let [first, second, third] = page.items.as_slice() else { panic!("{page:?}") };
        assert!(first.is_administrator && first.created_by.is_none() && !first.is_online);
        assert_eq!(second.user, made);
        assert!(second.is_head && second.is_online && !second.is_administrator);
        assert_eq!(second.main_department, Some(structure.departments[1].number));
        let numbers: Vec<_> = structure.groups.iter().map(|group| group.number).collect();
        assert_eq!(second.group_numbers, numbers);
        let administrator = &world.provisioned.administrator;
        assert_eq!(second.created_by.as_ref().unwrap().number, administrator.number);
        assert_eq!((third.user.id, third.group_numbers.len()), (plain.id, 0));
        let ids = |page: citizenry_identity::Page<citizenry_directory::UserRow>| {
            page.items.into_iter().map(|row| row.user.id).collect::<Vec<_>>()
        };
        let group = structure.groups[0].number;
        let query = UserQuery { groups: Some(vec![group.into()]), ..UserQuery::default() };
        assert_eq!(ids(rows(query).await), [made.id]);
        let unknown = Number::new(999_999).unwrap();
        let query = UserQuery { groups: Some(vec![unknown.into()]), ..UserQuery::default() };
        let nobody = rows(query).await;
        assert_eq!((nobody.total, nobody.items.len()), (Some(0), 0));
        let condition = Condition::new(UserField::Username, Test::Contains("MEI".to_owned()));
        let conditions = Conditions { all: vec![condition], search: None };
        let query = UserQuery { conditions, ..UserQuery::default() };
        assert_eq!(ids(rows(query).await), [plain.id]);
        let condition = Condition::equal(UserField::Administrator, Value::Flag(true));
        let conditions = Conditions { all: vec![condition], search: None };
        let query = UserQuery { conditions, ..UserQuery::default() };
        assert_eq!(ids(rows(query).await), [administrator.id]);
    });
}

#[test]
fn numbers_of_another_tenant_are_absent() {
    block_on(async {
        let world = World::new().await;
        let user: User = world.user("fioman").await.user;
        let other = tenant(&world.directory, "other").await;
        let stranger = citizenry_authz::Caller::operator(&other.tenant);
        let (directory, number) = (&world.directory, UserRef::Number(user.number));
        let absent = |result: Result<(), Error>| matches!(result, Err(Error::NotFound { .. }));
        assert!(absent(directory.user_detail(&stranger, &number).await.map(drop)));
        let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
        assert!(absent(directory.update_user(&stranger, &number, changes).await.map(drop)));
        assert!(absent(directory.set_administrator(&stranger, &number, true).await));
        let users = vec![(number.clone(), false)];
        assert!(absent(directory.set_users_enabled(&stranger, users).await));
        let dates = citizenry_directory::LockDates::default();
        assert!(absent(directory.lock_user_between(&stranger, &number, dates).await.map(drop)));
        assert!(absent(directory.lift_admin_lock(&stranger, &number).await.map(drop)));
        let password = "correct horse battery".into();
        assert!(absent(directory.set_password(&stranger, &number, password, None, false).await));
        assert!(absent(directory.set_operator(&stranger, &number, true).await));
        for unknown in [Unknown::Refuse, Unknown::RefuseIfAll] {
            let rules = Deletion { unknown, ..Deletion::default() };
            assert!(absent(directory.delete_users(&stranger, vec![number.clone()], rules).await));
        }
        let rules = Deletion::default();
        directory.delete_users(&stranger, vec![number.clone()], rules).await.unwrap();
        let owner = directory.username_owner(&stranger, "fioman").await.unwrap();
        assert_eq!(owner, None);
        let owner = directory.username_owner(&world.operator, "FIOMAN").await.unwrap();
        assert_eq!(owner, Some(user.number));
        assert_eq!(directory.username_owner(&world.operator, "not a name").await.unwrap(), None);
        assert_eq!(directory.user(&world.operator, &number).await.unwrap().user, user);
        assert_eq!(user.username, Some(Username::parse("fioman").unwrap()));
    });
}

#[test]
fn many_are_deleted_together_or_none_is() {
    block_on(async {
        let world = World::new().await;
        let (directory, admin) = (&world.directory, world.administrator());
        let (one, two) = (world.user("one").await.user, world.user("two").await.user);
        let own = UserRef::Id(world.provisioned.administrator.id);
        let unknown = UserRef::Number(Number::new(999_999).unwrap());
        let delete = async |users: Vec<UserRef>, unknown, may_delete_self| {
            let rules = Deletion { unknown, may_delete_self };
            directory.delete_users(&admin, users, rules).await
        };
        let (one, two) = (UserRef::Number(one.number), UserRef::Id(two.id));
        let refused = delete(vec![one.clone(), unknown.clone()], Unknown::Refuse, true).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })));
        let refused = delete(vec![one.clone(), own.clone()], Unknown::Refuse, false).await;
        assert_eq!(conflict(&refused.unwrap_err()), Some("self"));
        let refused = delete(vec![one.clone(), own], Unknown::Refuse, true).await;
        assert_eq!(conflict(&refused.unwrap_err()), Some("last_administrator"));
        assert!(directory.user(&admin, &one).await.is_ok());
        world.tick();
        delete(vec![one.clone(), unknown.clone(), two], Unknown::RefuseIfAll, false).await.unwrap();
        assert_eq!(world.trail(2).await, ["user.deleted", "user.deleted"]);
        assert!(directory.user(&admin, &one).await.is_err());
        let refused = delete(vec![unknown], Unknown::RefuseIfAll, true).await;
        assert!(matches!(refused, Err(Error::NotFound { .. })));
    });
}
