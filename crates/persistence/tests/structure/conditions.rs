//! Conditions of lists: every test of every field.

use citizenry_identity::{
    Department, DepartmentId, DepartmentMember, Group, GroupMember, Id as _, Listing, Tag, TagLink,
    TagTarget, TagTargetKind, TenantId, User, UserId,
};
use citizenry_storage::{
    Storage, StorageError, Value,
    ports::{
        DepartmentField, GroupField, MemberField, MembersOf, TagField, TagLinkField, TagLinksOf,
    },
};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{department, group, link, main_place, member, place, tag},
    matching::{Values, cases},
    support::{World, text},
};

const NAMES: [&str; 6] = ["研发部 R&D", "Sales_EU", "sales-us", "100% Ops", "ÉCLAIR", "a"];

/// A tenant with everything.
#[derive(Clone)]
struct Scene {
    storage: Storage,
    tenant: TenantId,
    users: Vec<User>,
    departments: Vec<Department>,
    places: Vec<DepartmentMember>,
    groups: Vec<Group>,
    members: Vec<GroupMember>,
    tags: Vec<Tag>,
    links: Vec<TagLink>,
}

impl Scene {
    fn new(world: &World) -> Self {
        let tenant = world.tenant;
        let mut users: Vec<User> = (1..=4).map(|number| world.user(number)).collect();
        users[0].profile.name = Some(text("李雷"));
        users[1].profile.name = Some(text("Han_Meimei"));
        users[2].profile.name = Some(text("han 100%"));
        let maker = |nth: usize| match nth % 4 {
            0 => None,
            // Somebody who is gone, who is as nobody.
            1 => Some(UserId::from_ulid(7_u128.into())),
            nth => Some(users[nth].id),
        };
        let mut departments: Vec<Department> = Vec::new();
        let mut groups = Vec::new();
        let mut tags = Vec::new();
        for (nth, name) in NAMES.into_iter().enumerate() {
            let number = i64::try_from(nth).unwrap();
            let parent = (nth > 1).then(|| &departments[nth / 2]);
            let mut department = department(tenant, 101 + number, parent, name);
            department.created_by = maker(nth);
            departments.push(department);
            let mut group = group(tenant, 201 + number, name);
            group.description = (nth.is_multiple_of(2)).then(|| text(NAMES[nth / 2]));
            group.enabled = nth.is_multiple_of(3);
            group.created_by = maker(nth);
            groups.push(group);
            let mut tag = tag(tenant, 301 + number, name);
            tag.created_by = maker(nth);
            tags.push(tag);
        }
        let mut places = vec![
            main_place(401, departments[0].id, users[0].id),
            place(402, departments[1].id, users[0].id),
            place(403, departments[0].id, users[1].id),
            place(404, departments[2].id, users[0].id),
            place(405, departments[0].id, users[3].id),
        ];
        places[2].is_head = true;
        let members = vec![
            member(501, groups[0].id, users[0].id),
            member(502, groups[1].id, users[0].id),
            member(503, groups[0].id, users[1].id),
            member(504, groups[2].id, users[0].id),
            member(505, groups[0].id, users[3].id),
        ];
        let targets = [
            TagTarget::User(users[0].id),
            TagTarget::User(users[1].id),
            TagTarget::Department(departments[0].id),
            TagTarget::Department(departments[3].id),
            TagTarget::Group(groups[0].id),
            TagTarget::Group(groups[4].id),
        ];
        let mut links = Vec::new();
        for (nth, target) in targets.into_iter().enumerate() {
            for (offset, tag) in tags.iter().enumerate().skip(nth % 3).take(2) {
                let number = 601 + i64::try_from(10 * nth + offset).unwrap();
                let mut link = link(number, tag.id, target);
                link.created_by = maker(nth + offset);
                links.push(link);
            }
        }
        let (storage, users) = (world.storage.clone(), users.clone());
        Self { storage, tenant, users, departments, places, groups, members, tags, links }
    }

    async fn set(world: &World) -> Self {
        let scene = Self::new(world);
        let written = scene.clone();
        scene
            .storage
            .transact(async move |tx| {
                let tenant = written.tenant;
                for user in &written.users {
                    tx.users().insert(user).await?;
                }
                for department in &written.departments {
                    tx.departments().insert(department).await?;
                }
                for group in &written.groups {
                    tx.groups().insert(group).await?;
                }
                for tag in &written.tags {
                    tx.tags().insert(tag).await?;
                }
                tx.departments().put_members(tenant, &written.places).await?;
                tx.groups().put_members(tenant, &written.members).await?;
                tx.tags().put_links(tenant, &written.links).await
            })
            .await
            .unwrap();
        scene
    }

    /// The number of the user who made something, if he is still there.
    fn maker(&self, id: Option<UserId>) -> Values {
        let found = self.users.iter().find(|user| Some(user.id) == id);
        found.map(|user| Value::from(user.number.get())).into_iter().collect()
    }

    /// The numbers of the tags on something.
    fn tags_on(&self, target: TagTarget) -> Values {
        let here = self.links.iter().filter(|link| link.target == target);
        here.map(|link| Value::from(self.tag(link).number.get())).collect()
    }

    fn tag(&self, link: &TagLink) -> &Tag {
        self.tags.iter().find(|tag| tag.id == link.tag).unwrap()
    }

    fn user(&self, id: UserId) -> &User {
        self.users.iter().find(|user| user.id == id).unwrap()
    }

    fn department(&self, id: DepartmentId) -> &Department {
        self.departments.iter().find(|department| department.id == id).unwrap()
    }

    /// The number and the name of what a tag is on.
    fn target(&self, target: TagTarget) -> (i64, Option<String>) {
        match target {
            TagTarget::User(id) => {
                let user = self.user(id);
                (user.number.get(), user.profile.name.as_ref().map(ToString::to_string))
            }
            TagTarget::Department(id) => {
                let department = self.department(id);
                (department.number.get(), Some(department.name.to_string()))
            }
            TagTarget::Group(id) => {
                let group = self.groups.iter().find(|group| group.id == id).unwrap();
                (group.number.get(), Some(group.name.to_string()))
            }
        }
    }
}

fn text_of(text: &str) -> Values {
    vec![Value::from(text)]
}

fn number_of(number: i64) -> Values {
    vec![Value::from(number)]
}

fn user_name(user: &User) -> Values {
    user.profile.name.as_deref().map(Value::from).into_iter().collect()
}

/// Asks for each case and compares the numbers of what comes.
macro_rules! compare {
    (
        $storage:expr, $cases:expr,
        |$read:ident, $conditions:ident, $listing:ident| $page:expr, $number:expr
    ) => {{
        let cases = $cases;
        assert!(cases.len() > 50, "{} cases", cases.len());
        let answers: Vec<(Vec<i64>, Option<u64>)> = {
            let asked: Vec<_> = cases.iter().map(|(conditions, _)| conditions.clone()).collect();
            $storage
                .read(async move |$read| {
                    let mut answers = Vec::new();
                    for $conditions in &asked {
                        let $listing = Listing { with_total: true, ..Listing::first(100) };
                        let page = $page.await?;
                        let mut numbers: Vec<i64> = page.items.iter().map($number).collect();
                        numbers.sort_unstable();
                        answers.push((numbers, page.total));
                    }
                    Ok::<_, StorageError>(answers)
                })
                .await
                .unwrap()
        };
        for ((conditions, expected), (found, total)) in cases.iter().zip(answers) {
            assert_eq!(&found, expected, "{conditions:?}");
            assert_eq!(total, u64::try_from(expected.len()).ok(), "{conditions:?}");
        }
    }};
}

on_both_databases! {
    async fn departments_pass_every_test(database: TestDatabase) {
        use DepartmentField::{Code, CreatedAt, CreatedBy, Level, Name, Number, Parent, Tag};
        let scene = Scene::set(&World::new(&database).await).await;
        let all = cases(
            &[Number, Code, Name, Parent, Level, Tag, CreatedBy, CreatedAt],
            &scene.departments,
            |item| item.number.get(),
            |item, field| match field {
                Number => number_of(item.number.get()),
                Code => text_of(&item.code),
                Name => text_of(&item.name),
                Parent => {
                    let parent = item.parent().map(|id| scene.department(id));
                    parent.map(|parent| Value::from(parent.number.get())).into_iter().collect()
                }
                Level => number_of(i64::try_from(item.level()).unwrap()),
                Tag => scene.tags_on(TagTarget::Department(item.id)),
                CreatedBy => scene.maker(item.created_by),
                CreatedAt => vec![Value::Time(item.created_at)],
            },
            |field| field == Name,
        );
        let tenant = scene.tenant;
        compare!(
            scene.storage,
            all,
            |read, conditions, listing| read.departments().list(tenant, conditions, &listing),
            |item| item.number.get()
        );
    }

    async fn groups_pass_every_test(database: TestDatabase) {
        use GroupField::{Code, CreatedAt, CreatedBy, Description, Enabled, Name, Number, Tag};
        let scene = Scene::set(&World::new(&database).await).await;
        let all = cases(
            &[Number, Code, Name, Description, Enabled, Tag, CreatedBy, CreatedAt],
            &scene.groups,
            |item| item.number.get(),
            |item, field| match field {
                Number => number_of(item.number.get()),
                Code => text_of(&item.code),
                Name => text_of(&item.name),
                Description => item.description.as_deref().map(Value::from).into_iter().collect(),
                Enabled => vec![Value::Flag(item.enabled)],
                Tag => scene.tags_on(TagTarget::Group(item.id)),
                CreatedBy => scene.maker(item.created_by),
                CreatedAt => vec![Value::Time(item.created_at)],
            },
            |field| matches!(field, Name | Description),
        );
        let tenant = scene.tenant;
        compare!(
            scene.storage,
            all,
            |read, conditions, listing| read.groups().list(tenant, conditions, &listing),
            |item| item.number.get()
        );
    }

    async fn tags_pass_every_test(database: TestDatabase) {
        use TagField::{CreatedAt, CreatedBy, Name, Number};
        let scene = Scene::set(&World::new(&database).await).await;
        let all = cases(
            &[Number, Name, CreatedBy, CreatedAt],
            &scene.tags,
            |item| item.number.get(),
            |item, field| match field {
                Number => number_of(item.number.get()),
                Name => text_of(&item.name),
                CreatedBy => scene.maker(item.created_by),
                CreatedAt => vec![Value::Time(item.created_at)],
            },
            |field| field == Name,
        );
        let tenant = scene.tenant;
        compare!(
            scene.storage,
            all,
            |read, conditions, listing| read.tags().list(tenant, conditions, &listing),
            |item| item.number.get()
        );
    }

    async fn memberships_in_departments_pass_every_test(database: TestDatabase) {
        use MemberField::{CreatedAt, IsHead, IsMain, Owner, OwnerName, User, UserName};
        let scene = Scene::set(&World::new(&database).await).await;
        let (user, owner) = (scene.users[0].id, scene.departments[0].id);
        for of in [MembersOf::User(user), MembersOf::Owner(owner)] {
            let here: Vec<DepartmentMember> = scene
                .places
                .iter()
                .filter(|place| match of {
                    MembersOf::User(user) => place.user == user,
                    MembersOf::Owner(owner) => place.department == owner,
                })
                .cloned()
                .collect();
            let all = cases(
                &[Owner, OwnerName, User, UserName, IsHead, IsMain, CreatedAt],
                &here,
                |item| item.number.get(),
                |item, field| match field {
                    Owner => number_of(scene.department(item.department).number.get()),
                    OwnerName => text_of(&scene.department(item.department).name),
                    User => number_of(scene.user(item.user).number.get()),
                    UserName => user_name(scene.user(item.user)),
                    IsHead => vec![Value::Flag(item.is_head)],
                    IsMain => vec![Value::Flag(item.is_main)],
                    CreatedAt => vec![Value::Time(item.created_at)],
                },
                |field| matches!(field, OwnerName | UserName),
            );
            let tenant = scene.tenant;
            compare!(
                scene.storage,
                all,
                |read, conditions, listing| {
                    read.departments().members(tenant, of, conditions, &listing)
                },
                |item| item.member.number.get()
            );
        }
    }

    async fn memberships_in_groups_pass_every_test(database: TestDatabase) {
        use MemberField::{CreatedAt, IsHead, IsMain, Owner, OwnerName, User, UserName};
        let scene = Scene::set(&World::new(&database).await).await;
        let (user, owner) = (scene.users[0].id, scene.groups[0].id);
        for of in [MembersOf::User(user), MembersOf::Owner(owner)] {
            let here: Vec<GroupMember> = scene
                .members
                .iter()
                .filter(|member| match of {
                    MembersOf::User(user) => member.user == user,
                    MembersOf::Owner(owner) => member.group == owner,
                })
                .cloned()
                .collect();
            let group = |item: &GroupMember| {
                scene.groups.iter().find(|group| group.id == item.group).unwrap()
            };
            let all = cases(
                &[Owner, OwnerName, User, UserName, IsHead, IsMain, CreatedAt],
                &here,
                |item| item.number.get(),
                |item, field| match field {
                    Owner => number_of(group(item).number.get()),
                    OwnerName => text_of(&group(item).name),
                    User => number_of(scene.user(item.user).number.get()),
                    UserName => user_name(scene.user(item.user)),
                    IsHead | IsMain => Vec::new(),
                    CreatedAt => vec![Value::Time(item.created_at)],
                },
                |field| matches!(field, OwnerName | UserName),
            );
            let tenant = scene.tenant;
            compare!(
                scene.storage,
                all,
                |read, conditions, listing| read.groups().members(tenant, of, conditions, &listing),
                |item| item.member.number.get()
            );
        }
    }

    async fn tags_on_things_pass_every_test(database: TestDatabase) {
        let scene = Scene::set(&World::new(&database).await).await;
        for kind in TagTargetKind::ALL {
            let of_kind = |link: &&TagLink| link.target.kind() == kind;
            let first = scene.links.iter().find(of_kind).unwrap();
            let ways = [
                TagLinksOf::Kind(kind),
                TagLinksOf::Target(first.target),
                TagLinksOf::Tag(first.tag, kind),
            ];
            for of in ways {
                links_pass_every_test(&scene, of, kind).await;
            }
        }
    }
}

async fn links_pass_every_test(scene: &Scene, of: TagLinksOf, kind: TagTargetKind) {
    use TagLinkField::{CreatedAt, CreatedBy, Tag, TagName, Target, TargetName};
    let here: Vec<TagLink> = scene
        .links
        .iter()
        .filter(|link| link.target.kind() == kind)
        .filter(|link| match of {
            TagLinksOf::Target(target) => link.target == target,
            TagLinksOf::Tag(tag, _) => link.tag == tag,
            TagLinksOf::Kind(_) => true,
        })
        .cloned()
        .collect();
    let all = cases(
        &[Tag, TagName, Target, TargetName, CreatedBy, CreatedAt],
        &here,
        |item| item.number.get(),
        |item, field| match field {
            Tag => number_of(scene.tag(item).number.get()),
            TagName => text_of(&scene.tag(item).name),
            Target => number_of(scene.target(item.target).0),
            TargetName => {
                scene.target(item.target).1.as_deref().map(Value::from).into_iter().collect()
            }
            CreatedBy => scene.maker(item.created_by),
            CreatedAt => vec![Value::Time(item.created_at)],
        },
        |field| matches!(field, TagName | TargetName),
    );
    let tenant = scene.tenant;
    compare!(
        scene.storage,
        all,
        |read, conditions, listing| read.tags().links(tenant, of, conditions, &listing),
        |item| item.link.number.get()
    );
}
