//! What lies in another tenant is absent, and nothing refers to it.

use citizenry_identity::{Department, Group, Listing, Tag, TagTarget, TagTargetKind, UserId};
use citizenry_storage::{
    Conditions, StorageError,
    ports::{MembersOf, TagLinksOf},
};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{department, group, link, member, place, tag},
    support::{World, user},
};

/// What the other tenant has.
#[derive(Clone)]
struct Theirs {
    user: UserId,
    department: Department,
    group: Group,
    tag: Tag,
}

impl Theirs {
    /// A user in a department and a group, all tagged.
    async fn furnish(world: &World) -> Self {
        let other = world.other_tenant;
        let theirs = user(other, world.other_connection, 1);
        let furnished = Self {
            user: theirs.id,
            department: department(other, 101, None, "d"),
            group: group(other, 102, "g"),
            tag: tag(other, 103, "t"),
        };
        let written = furnished.clone();
        world
            .storage
            .transact(async move |tx| {
                let Self { user, department, group, tag } = written.clone();
                tx.users().insert(&theirs).await?;
                tx.departments().insert(&department).await?;
                tx.groups().insert(&group).await?;
                tx.tags().insert(&tag).await?;
                let places = [place(201, department.id, user)];
                tx.departments().put_members(other, &places).await?;
                tx.groups().put_members(other, &[member(202, group.id, user)]).await?;
                let links = [
                    link(203, tag.id, TagTarget::User(user)),
                    link(204, tag.id, TagTarget::Department(department.id)),
                    link(205, tag.id, TagTarget::Group(group.id)),
                ];
                tx.tags().put_links(other, &links).await
            })
            .await
            .unwrap();
        furnished
    }
}

on_both_databases! {
    async fn other_tenants_departments_are_never_seen(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, theirs) = (world.tenant, Theirs::furnish(&world).await);
        world
            .storage
            .transact(async move |tx| {
                let Theirs { user, department, .. } = theirs.clone();
                assert_eq!(tx.departments().find(tenant, department.id).await?, None);
                assert_eq!(tx.departments().find_for_update(tenant, department.id).await?, None);
                let found = tx.departments().find_by_number(tenant, department.number).await?;
                assert_eq!(found, None);
                let ids = [department.id];
                assert_eq!(tx.departments().find_many(tenant, &ids).await?, []);
                let numbers = [department.number];
                assert_eq!(tx.departments().find_by_numbers(tenant, &numbers).await?, []);
                assert_eq!(tx.departments().which_have_children(tenant, &ids).await?, []);
                assert_eq!(tx.departments().count(tenant).await?, 0);
                assert_eq!(tx.departments().memberships_of(tenant, &[user]).await?, []);
                let pairs = [(department.id, user)];
                assert_eq!(tx.departments().remove_members(tenant, &pairs).await?, 0);
                let mut stray = department.clone();
                stray.tenant = tenant;
                assert_eq!(tx.departments().count_below(&stray).await?, (0, 0));
                assert_eq!(tx.departments().delete_subtree(&stray).await?, 0);
                let all = Listing::first(10);
                let page = tx.departments().list(tenant, &Conditions::default(), &all).await?;
                assert_eq!(page.items, []);
                let all = Listing::first(10);
                let of = MembersOf::Owner(department.id);
                let anybody = Conditions::default();
                let page = tx.departments().members(tenant, of, &anybody, &all).await?;
                assert_eq!(page.items, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn other_tenants_groups_are_never_seen(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, theirs) = (world.tenant, Theirs::furnish(&world).await);
        world
            .storage
            .transact(async move |tx| {
                let Theirs { user, group, .. } = theirs.clone();
                assert_eq!(tx.groups().find(tenant, group.id).await?, None);
                assert_eq!(tx.groups().find_for_update(tenant, group.id).await?, None);
                assert_eq!(tx.groups().find_by_number(tenant, group.number).await?, None);
                assert_eq!(tx.groups().find_many(tenant, &[group.id]).await?, []);
                assert_eq!(tx.groups().find_by_numbers(tenant, &[group.number]).await?, []);
                assert_eq!(tx.groups().count(tenant).await?, 0);
                assert_eq!(tx.groups().memberships_of(tenant, &[user]).await?, []);
                assert_eq!(tx.groups().member_numbers(tenant, &[group.id]).await?, []);
                assert_eq!(tx.groups().object_permissions(tenant, group.id).await?, []);
                let pairs = [(group.id, user)];
                assert_eq!(tx.groups().remove_members(tenant, &pairs).await?, 0);
                assert!(!tx.groups().delete(tenant, group.id).await?);
                let all = Listing::first(10);
                let page = tx.groups().list(tenant, &Conditions::default(), &all).await?;
                assert_eq!(page.items, []);
                let all = Listing::first(10);
                let of = MembersOf::User(user);
                let page = tx.groups().members(tenant, of, &Conditions::default(), &all).await?;
                assert_eq!(page.items, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn other_tenants_tags_are_never_seen(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, theirs) = (world.tenant, Theirs::furnish(&world).await);
        world
            .storage
            .transact(async move |tx| {
                let Theirs { user, tag, .. } = theirs.clone();
                let target = TagTarget::User(user);
                assert_eq!(tx.tags().find_for_update(tenant, tag.id).await?, None);
                assert_eq!(tx.tags().find_by_number(tenant, tag.number).await?, None);
                assert_eq!(tx.tags().find_by_numbers(tenant, &[tag.number]).await?, []);
                assert_eq!(tx.tags().count(tenant).await?, 0);
                assert_eq!(tx.tags().links_of(tenant, &[target]).await?, []);
                assert_eq!(tx.tags().remove_links(tenant, &[(tag.id, target)]).await?, 0);
                assert_eq!(tx.tags().delete(tenant, &[tag.id]).await?, 0);
                let all = Listing::first(10);
                let page = tx.tags().list(tenant, &Conditions::default(), &all).await?;
                assert_eq!(page.items, []);
                for of in [
                    TagLinksOf::Target(target),
                    TagLinksOf::Tag(tag.id, TagTargetKind::User),
                    TagLinksOf::Kind(TagTargetKind::User),
                ] {
                    let all = Listing::first(10);
                    let page = tx.tags().links(tenant, of, &Conditions::default(), &all).await?;
                    assert_eq!(page.items, []);
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn nothing_refers_to_another_tenant(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let theirs = user(other, world.other_connection, 1);
        let stranger = theirs.id;
        let (department, group) = (department(tenant, 101, None, "d"), group(tenant, 102, "g"));
        let tag = tag(tenant, 103, "t");
        let (department_id, group_id, tag_id) = (department.id, group.id, tag.id);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&theirs).await?;
                tx.departments().insert(&department).await?;
                tx.groups().insert(&group).await?;
                tx.tags().insert(&tag).await
            })
            .await
            .unwrap();
        let storage = &world.storage;
        let refused = storage
            .transact(async move |tx| {
                let places = [place(201, department_id, stranger)];
                tx.departments().put_members(tenant, &places).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let refused = storage
            .transact(async move |tx| {
                tx.groups().put_members(tenant, &[member(202, group_id, stranger)]).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let refused = storage
            .transact(async move |tx| {
                let target = TagTarget::User(stranger);
                tx.tags().put_links(tenant, &[link(203, tag_id, target)]).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
        let refused = storage
            .transact(async move |tx| {
                let parent = tx.departments().find(tenant, department_id).await?.unwrap();
                let mut child = crate::builders::department(tenant, 104, Some(&parent), "c");
                child.tenant = other;
                tx.departments().insert(&child).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
    }
}
